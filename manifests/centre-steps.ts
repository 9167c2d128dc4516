/** Steps of a scenario about a monitoring centre: what it does, how it fails, what is expected of it. */
import { CONDITION_NAMES } from "../drivers/panel-points/conditions";
import { CENTRE_COMMANDS, CENTRE_MOODS, CENTRE_QUESTIONS } from "../host-sim/world/centre";
import { endOfCentreFault } from "../host-sim/world/centre-scenario";
import type { ScenarioStep } from "../host-sim/world/scenario-plan";
import { clip, type Diagnostic, nearest } from "./diagnostic";
import type { Path } from "./source";
import { parseDuration } from "./units";

type Report = (path: Path, message: string, more?: Partial<Diagnostic>) => undefined;

const FAULTS = [...CENTRE_MOODS, "down", "up", "reset"];
const QUESTIONS = Object.keys(CENTRE_QUESTIONS);
const CONDITIONS = Object.keys(CONDITION_NAMES).filter((name) => name !== "unknown");
const EXPECTATIONS =
  "confirms <device>.<channel> <condition>, reads <what> or hears duty-answer, then within <duration>";

export class CentreSteps {
  readonly #report: Report;
  /** Tells of a place that is none, and gives its last part. */
  readonly #place: (path: Path, place: string) => string;

  constructor(report: Report, place: (path: Path, place: string) => string) {
    this.#report = report;
    this.#place = place;
  }

  command(path: Path, atUs: number, words: readonly string[]): ScenarioStep | undefined {
    const [, verb = "", what] = words;
    const verbs = ["read", ...CENTRE_COMMANDS];
    if (!verbs.includes(verb))
      return this.#report(path, `a centre does not know "${clip(verb)}"`, nearest(verb, verbs));
    if (verb === "read" && !QUESTIONS.includes(what ?? ""))
      return this.#report(path, `a centre cannot read "${clip(what ?? "")}"`, nearest(what ?? "", QUESTIONS));
    if (verb === "duty-check" && what !== undefined && !(Number.isInteger(Number(what)) && Number(what) <= 255))
      return this.#report(path, `"${clip(what)}" are no minutes`, { expected: "a whole number from 0 to 255" });
    return { atUs, kind: "do", words };
  }

  fault(path: Path, atUs: number, words: readonly string[]): ScenarioStep | undefined {
    const [centre, state = "", preposition, ...rest] = words;
    if (!FAULTS.includes(state))
      return this.#report(path, `a centre cannot be "${clip(state)}"`, nearest(state, FAULTS));
    if (preposition === undefined) return { atUs, kind: "fault", words };
    const parsed = parseDuration(rest.join(" "));
    if (preposition !== "for" || !parsed.ok || endOfCentreFault(state) === undefined)
      return this.#report(path, `"${words.join(" ")}" is not understood`, {
        expected: "centre silent, denies, slow or down, then perhaps: for 30 s; or centre answers, up, reset",
      });
    return { atUs, kind: "fault", words: [centre, state], forUs: parsed.value * 1000 };
  }

  expect(path: Path, atUs: number, words: readonly string[]): ScenarioStep | undefined {
    const within = words.indexOf("within");
    const parsed = parseDuration(words.slice(within + 1).join(" "));
    const said = within < 0 ? [] : words.slice(0, within);
    const [, verb, what, condition] = said;
    const wanted: { readonly [verb: string]: number } = { confirms: 4, reads: 3, hears: 3 };
    if (!parsed.ok || verb === undefined || said.length !== wanted[verb])
      return this.#report(path, `"${words.join(" ")}" is not understood`, { expected: `centre ${EXPECTATIONS}` });
    if (verb === "confirms" && this.#place(path, what) === "")
      return this.#report(path, `"${what}" names no channel`, { expected: "<device>.<channel>" });
    if (verb === "confirms" && !CONDITIONS.includes(condition))
      return this.#report(path, `there is no condition "${clip(condition)}"`, nearest(condition, CONDITIONS));
    if (verb === "reads" && !QUESTIONS.includes(what))
      return this.#report(path, `a centre cannot read "${clip(what)}"`, nearest(what, QUESTIONS));
    if (verb === "hears" && what !== "duty-answer")
      return this.#report(path, `a centre cannot hear "${clip(what)}"`, { expected: "duty-answer" });
    return { atUs, kind: "expect", words: said, withinUs: parsed.value * 1000 };
  }
}
