/** What the checks of a channel's page share: quantities in a unit, durations, and where to report. */
import { clip, type Diagnostic } from "./diagnostic";
import type { Path, Source } from "./source";
import { parseDuration, parseQuantity } from "./units";

/** What a quantity is measured against. */
export type Measured = {
  /** The channel's name, for messages. */
  readonly name: string;
  readonly unit: string;
};

export class PageCheck {
  readonly diagnostics: Diagnostic[];
  readonly #source: Source;

  /** @param into where mistakes are told */
  constructor(source: Source, into: Diagnostic[]) {
    this.#source = source;
    this.diagnostics = into;
  }

  /** In the unit of the channel; 0 where it is wrong, which was then reported. */
  quantity(path: Path, text: string | number, { name, unit }: Measured): number {
    const parsed = parseQuantity(text, unit);
    if (parsed.ok) return parsed.value;
    const { ok: _, ...help } = parsed;
    this.report(path, `"${clip(String(text))}" is not in the unit of ${name}`, help);
    return 0;
  }

  /** Milliseconds; 0 where it is wrong, which was then reported. */
  duration(path: Path, text: string): number {
    const parsed = parseDuration(text);
    if (parsed.ok) return parsed.value;
    this.report(path, `"${text}" is not a duration`, { expected: parsed.expected });
    return 0;
  }

  report(path: Path, message: string, more: Partial<Diagnostic> = {}, at: "key" | "value" = "value"): void {
    this.diagnostics.push(this.#source.problem(path, message, more, at));
  }
}
