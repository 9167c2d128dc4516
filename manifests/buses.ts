/** The buses of a site: each by the page of its kind, then what two of them claim at once. */

import { BUS_KINDS, type BusKind } from "../drivers/schema";
import { type Diagnostic, nearest } from "./diagnostic";
import { Buses } from "./schema/buses";
import type { Path, Source } from "./source";
import { checkStructure } from "./structure";

export type CheckedBus = { readonly name: string; readonly kind: BusKind; readonly page: Record<string, unknown> };

/** Who holds a pin or a port, as a person reads it: `data pin of bus "i2c0"`. */
type User = { readonly owner: string; readonly key: string };

const PIN_KEYS = ["data", "clock", "out", "in", "select", "transmit", "receive"] as const;

export class BusCheck {
  readonly checked = new Map<string, CheckedBus>();
  readonly diagnostics: Diagnostic[] = [];
  readonly #source: Source;
  /** Who uses a pin or a port of the board. */
  readonly #users = new Map<string, User>();

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
      const owner = `bus "${name}"`;
      // SPI with three wires names one pin for both directions.
      if (kind === "spi" && key === "in" && page["out"] === pin && this.#users.get(`pin ${pin}`)?.owner === owner)
        continue;
      this.#claimPin(["buses", name, key], pin, { owner, key });
    }
    const de = (page["rs485"] as { de?: unknown } | undefined)?.de;
    if (typeof de === "number" || typeof de === "string")
      this.#claimPin(["buses", name, "rs485", "de"], de, { owner: `bus "${name}"`, key: "de" });
  }

  /** The pins that a device names itself; after all buses, so that the device is told and not the bus. */
  claimDevicePins(device: string, page: Readonly<Record<string, unknown>>, keys: readonly string[]): void {
    for (const key of keys) {
      const pin = page[key];
      if (typeof pin === "number" || typeof pin === "string")
        this.#claimPin(["devices", device, key], pin, { owner: `device "${device}"`, key });
    }
  }

  #claimPin(path: Path, pin: number | string, claimant: User): void {
    const user = this.#claim(`pin ${pin}`, claimant);
    if (user === undefined) return;
    const role = user.key === "pin" ? "pin" : `${user.key} pin`;
    this.#report(path, `pin ${pin} is the ${role} of ${user.owner} already`, {
      expected: "a pin of its own for each wire",
    });
  }

  #claimPort({ name, kind, page }: CheckedBus): void {
    const { port } = page;
    if (kind === "tcp" || port === undefined) return;
    const user = this.#claim(`${kind} port ${String(port)}`, { owner: `bus "${name}"`, key: "port" });
    if (user === undefined) return;
    this.#report(["buses", name, "port"], `${kind} port ${String(port)} is used by ${user.owner} already`, {
      expected: "a port of its own for each bus",
    });
  }

  /** @returns who holds the resource already */
  #claim(resource: string, claimant: User): User | undefined {
    const user = this.#users.get(resource);
    if (user === undefined) this.#users.set(resource, claimant);
    return user;
  }

  #report(path: Path, message: string, more: Partial<Diagnostic>, at: "key" | "value" = "value"): void {
    this.diagnostics.push(this.#source.problem(path, message, more, at));
  }
}
