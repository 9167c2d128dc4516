/** The buses of a site: each by the page of its kind, then what two of them claim at once. */
import { type Diagnostic, nearest } from "./diagnostic";
import { BUS_KINDS, Buses, type BusKind } from "./schema/site";
import type { Path, Source } from "./source";
import { checkStructure } from "./structure";

export type CheckedBus = { readonly name: string; readonly kind: BusKind; readonly page: Record<string, unknown> };

const PIN_KEYS = ["data", "clock", "out", "in", "select", "transmit", "receive"] as const;

export class BusCheck {
  readonly checked = new Map<string, CheckedBus>();
  readonly diagnostics: Diagnostic[] = [];
  readonly #source: Source;
  /** Who uses a pin or a port of the board. */
  readonly #users = new Map<string, { readonly bus: string; readonly key: string }>();

  constructor(source: Source) {
    this.#source = source;
  }

  check(name: string, page: unknown): void {
    const path = ["buses", name];
    const kind = this.#kindOf(path, page);
    if (kind === undefined) return;
    const bus = { name, kind, page: page as Record<string, unknown> };
    this.diagnostics.push(...checkStructure(this.#source, path, Buses[kind], page));
    this.checked.set(name, bus);
    this.#claimPins(bus);
    this.#claimPort(bus);
  }

  #kindOf(path: Path, page: unknown): BusKind | undefined {
    const kind = (page as { kind?: unknown } | null)?.kind;
    const known = BUS_KINDS.find((one) => one === kind);
    if (known !== undefined) return known;
    if (kind === undefined || kind === null)
      this.#report(path, `bus "${path[1]}" has no kind`, nearest("", BUS_KINDS), "key");
    else this.#report([...path, "kind"], `there is no kind of bus "${String(kind)}"`, nearest(String(kind), BUS_KINDS));
    return undefined;
  }

  #claimPins({ name, kind, page }: CheckedBus): void {
    for (const key of PIN_KEYS) {
      const pin = page[key];
      if (typeof pin !== "number" && typeof pin !== "string") continue;
      const user = this.#claim(`pin ${pin}`, name, key);
      // SPI with three wires names one pin for both directions.
      if (user === undefined || (kind === "spi" && user.bus === name && user.key === "out" && key === "in")) continue;
      this.#report(["buses", name, key], `pin ${pin} is the ${user.key} pin of bus "${user.bus}" already`, {
        expected: "a pin of its own for each wire",
      });
    }
  }

  #claimPort({ name, kind, page }: CheckedBus): void {
    const { port } = page;
    if (kind === "tcp" || port === undefined) return;
    const user = this.#claim(`${kind} port ${String(port)}`, name, "port");
    if (user === undefined) return;
    this.#report(["buses", name, "port"], `${kind} port ${String(port)} is used by bus "${user.bus}" already`, {
      expected: "a port of its own for each bus",
    });
  }

  /** @returns who holds the resource already */
  #claim(resource: string, bus: string, key: string): { readonly bus: string; readonly key: string } | undefined {
    const user = this.#users.get(resource);
    if (user === undefined) this.#users.set(resource, { bus, key });
    return user;
  }

  #report(path: Path, message: string, more: Partial<Diagnostic>, at: "key" | "value" = "value"): void {
    this.diagnostics.push(this.#source.problem(path, message, more, at));
  }
}
