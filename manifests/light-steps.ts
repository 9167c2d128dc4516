/** A scenario's lamps and receivers of light; its steps about them: somebody crosses, the sun comes out; what is expected of a receiver. */
import { type Static, Type } from "typebox";
import type { DevicePlan } from "../drivers/plan";
import { DOWN, UP } from "../host-sim/world/optics/geometry";
import { LIGHT, RECEIVER } from "../host-sim/world/optics/light-scenario";
import type { LampPlan, ReceiverPlan, ScenarioStep } from "../host-sim/world/scenario-plan";
import { clip, nearest } from "./diagnostic";
import {
  LampPage,
  type LightPage,
  type LightReport,
  lampParts,
  placementOf,
  ReceiverPage,
  receiverParts,
} from "./light-pages";
import type { Path } from "./source";
import { DURATION_PATTERN, parseDuration, parseQuantity } from "./units";

/** The driver whose emulator shines: host-sim/world looks for it by the same name. */
const LUMINAIRE = "vlc-transmitter";

export const Lamps = Type.Record(Type.String(), LampPage, {
  description: "Luminaires of the site: where they hang, and how they shine.",
});

export const Receivers = Type.Record(
  Type.String(),
  Type.Object(
    {
      ...ReceiverPage.properties,
      sees: Type.Optional(
        Type.Union([Type.String(), Type.Array(Type.String(), { minItems: 1 })], {
          description:
            "Device ids of the luminaires that it sees. Left out by one that has a place: all that have one.",
        }),
      ),
      distance: Type.Optional(
        Type.Union([Type.Number(), Type.String()], {
          description: "In m, straight below the one lamp that it sees, instead of a place. Default 3 m.",
        }),
      ),
      every: Type.Optional(
        Type.String({
          pattern: DURATION_PATTERN,
          description: "It looks at a lamp once in so long, as one on a battery does. Default: at each frame.",
        }),
      ),
    },
    { additionalProperties: false },
  ),
  { description: "Who looks at the light." },
);

/** Their first words, as people write them. */
export const LIGHT_VERBS = ["person", "ambient"] as const;

const PERSON = "person stand <x> <y>, person walk <x> <y> to <x> <y> in <duration>, or person leave";
const OF_RECEIVER = "<receiver> move <x> <y> <z>, cover [lamp], or uncover [lamp]";
const EXPECTED =
  "receiver <name> frame error rate [of <lamp>] below|above <n> % over <duration>, decodes beacon of <lamp> within <duration>, " +
  "or misses beacon of <lamp> over <duration>";
const STEP = /^[+-]?\d+(\.\d+)?$/;

export class LightSteps {
  readonly #report: LightReport;
  readonly #devices: ReadonlyMap<string, DevicePlan>;
  /** By name: the lamps that each receiver sees. */
  readonly #receivers = new Map<string, ReceiverPlan>();

  constructor(report: LightReport, devices: ReadonlyMap<string, DevicePlan>) {
    this.#report = report;
    this.#devices = devices;
  }

  get receiverNames(): readonly string[] {
    return [...this.#receivers.keys()];
  }

  lamps(pages: Static<typeof Lamps>): LampPlan[] {
    return Object.entries(pages).map(([device, page]) => {
      const path = ["lamps", device];
      this.#luminaire(path, device);
      const placement = placementOf(path, page as LightPage, DOWN, this.#report);
      const parts = lampParts(path, page as LightPage, this.#report);
      return { device, ...(placement === undefined ? {} : { placement }), parts };
    });
  }

  receivers(pages: Static<typeof Receivers>, lamps: readonly LampPlan[]): ReceiverPlan[] {
    return Object.entries(pages).map(([name, page]) => {
      const plan = this.#receiver(name, page as LightPage, lamps);
      this.#receivers.set(name, plan);
      return plan;
    });
  }

  #receiver(name: string, page: LightPage, lamps: readonly LampPlan[]): ReceiverPlan {
    const path = ["receivers", name];
    if (this.#devices.has(name))
      this.#report(path, `a device is called "${name}" already`, { expected: "another name" });
    const placement = placementOf(path, page, UP, this.#report);
    const parts = receiverParts(path, page, this.#report);
    const everyUs = page["every"] === undefined ? undefined : microseconds(page["every"] as string);
    const more = {
      ...(Object.keys(parts).length === 0 ? {} : { parts }),
      ...(everyUs === undefined ? {} : { everyUs }),
    };
    if (placement === undefined) return { name, ...this.#below(path, page), ...more };
    if (page["distance"] !== undefined)
      this.#report([...path, "distance"], "a receiver with a place has no other distance", {
        expected: "at, or distance",
      });
    const placed = lamps.filter((lamp) => lamp.placement !== undefined).map(({ device }) => device);
    const sees = page["sees"] === undefined ? placed : this.#seen(path, page);
    for (const lamp of sees)
      if (this.#devices.has(lamp) && !placed.includes(lamp))
        this.#report([...path, "sees"], `"${lamp}" has no place, so nobody knows how far it is`, {
          expected: `lamps: { ${lamp}: { at: [x, y, z] } }`,
        });
    if (sees.length === 0)
      this.#report(path, "no luminaire has a place: there is nothing to see", { expected: "lamps with at" });
    return { name, sees, placement, ...more };
  }

  /** Without a place: straight below one lamp. */
  #below(path: Path, page: LightPage): Pick<ReceiverPlan, "sees" | "distanceM"> {
    if (page["sees"] === undefined) this.#report(path, "it sees nothing", { expected: "sees, or at" });
    const sees = page["sees"] === undefined ? [] : this.#seen(path, page);
    if (sees.length > 1)
      this.#report([...path, "sees"], "a receiver without a place is straight below one lamp", {
        expected: "one luminaire, or at: [x, y, z]",
      });
    const text = page["distance"] as string | number | undefined;
    const parsed = parseQuantity(text ?? 3, "m");
    if (!parsed.ok) {
      const { ok: _, ...help } = parsed;
      this.#report([...path, "distance"], `"${clip(String(text))}" is not in m`, help);
      return { sees, distanceM: 3 };
    }
    if (parsed.value <= 0)
      this.#report([...path, "distance"], `${parsed.value} m leaves no room`, { expected: "more than 0 m" });
    return { sees, distanceM: parsed.value };
  }

  #seen(path: Path, page: LightPage): string[] {
    const sees = page["sees"] as string | readonly string[];
    const isOne = typeof sees === "string";
    return (isOne ? [sees] : sees).map((device, i) => {
      this.#luminaire(isOne ? [...path, "sees"] : [...path, "sees", i], device);
      return device;
    });
  }

  #luminaire(path: Path, device: string): void {
    const plan = this.#devices.get(device);
    if (plan === undefined)
      this.#report(path, `there is no device "${clip(device)}"`, nearest(device, [...this.#devices.keys()]));
    else if (plan.driver !== LUMINAIRE) this.#report(path, `"${device}" gives no light: its driver is ${plan.driver}`);
  }

  /** A step whose first word is `person`, `ambient` or a receiver's name. */
  command(path: Path, atUs: number, words: readonly string[]): ScenarioStep | undefined {
    const [first, ...rest] = words;
    const compiled =
      first === "person"
        ? this.#person(rest)
        : first === "ambient"
          ? this.#ambient(path, rest)
          : this.#ofReceiver(path, first, rest);
    if (typeof compiled === "string")
      return this.#report(path, `"${words.join(" ")}" is not understood`, { expected: compiled });
    return compiled === undefined ? undefined : { atUs, kind: "do", words: [LIGHT, ...compiled] };
  }

  /** Words for the world, or what was expected. */
  #person([verb, ...rest]: readonly string[]): string[] | string {
    if (verb === "leave" && rest.length === 0) return ["person", "leave"];
    if (verb === "stand" && rest.length === 2 && rest.every(isNumber)) return ["person", "stand", ...rest];
    const [x, y, to, toX, toY, within, ...duration] = rest;
    const parsed = parseDuration(duration.join(" "));
    const isWalk = verb === "walk" && to === "to" && within === "in" && parsed.ok;
    if (!isWalk || ![x, y, toX, toY].every(isNumber)) return PERSON;
    return ["person", "walk", x, y, toX, toY, String(parsed.value / 1000)];
  }

  #ambient(path: Path, words: readonly string[]): string[] | string | undefined {
    const at = words.indexOf("at");
    const parsed = parseQuantity((at < 0 ? words : words.slice(0, at)).join(" "), "lx");
    if (!parsed.ok || parsed.value < 0 || (at >= 0 && words.length !== at + 2))
      return "ambient <n> lx, then perhaps: at <receiver>";
    if (at >= 0 && !this.#receivers.has(words[at + 1])) return this.#noReceiver(path, words[at + 1]);
    return ["ambient", String(parsed.value), ...(at < 0 ? [] : [words[at + 1]])];
  }

  #ofReceiver(path: Path, name: string, [verb, ...rest]: readonly string[]): string[] | string | undefined {
    const plan = this.#receivers.get(name)!;
    if (verb === "move") {
      if (rest.length !== 3 || !rest.every(isNumber)) return OF_RECEIVER;
      if (plan.placement === undefined)
        return this.#report(path, `"${name}" has no place that it could move from`, { expected: "a receiver with at" });
      return ["move", name, ...rest];
    }
    if ((verb !== "cover" && verb !== "uncover") || rest.length > 1) return OF_RECEIVER;
    if (rest.length === 1 && !plan.sees.includes(rest[0])) return this.#unseen(path, name, rest[0]);
    return [verb, name, ...rest];
  }

  expect(path: Path, atUs: number, words: readonly string[]): ScenarioStep | undefined {
    const end = words.findIndex((word) => word === "within" || word === "over");
    const parsed = parseDuration(words.slice(end + 1).join(" "));
    const said = end < 0 ? [] : words.slice(0, end);
    const [, name = "", ...rest] = said;
    if (!parsed.ok || !isExpectation(rest, words[end]))
      return this.#report(path, `"${words.join(" ")}" is not understood`, { expected: EXPECTED });
    if (!this.#receivers.has(name)) return this.#noReceiver(path, name);
    const of = rest.indexOf("of");
    const lamp = rest[of + 1];
    if (of >= 0 && !this.#receivers.get(name)!.sees.includes(lamp)) return this.#unseen(path, name, lamp);
    return { atUs, kind: "expect", words: [RECEIVER, name, ...rest], withinUs: parsed.value * 1000 };
  }

  #noReceiver(path: Path, name: string): undefined {
    return this.#report(path, `there is no receiver "${clip(name)}"`, nearest(name, this.receiverNames));
  }

  #unseen(path: Path, name: string, lamp: string): undefined {
    return this.#report(path, `"${name}" does not see "${clip(lamp)}"`, nearest(lamp, this.#receivers.get(name)!.sees));
  }
}

function isExpectation(words: readonly string[], preposition: string): boolean {
  const [verb, ...rest] = words;
  if (verb === "decodes" || verb === "misses")
    return (
      rest.length === 3 &&
      rest[0] === "beacon" &&
      rest[1] === "of" &&
      preposition === (verb === "decodes" ? "within" : "over")
    );
  if (verb !== "frame" || rest[0] !== "error" || rest[1] !== "rate" || preposition !== "over") return false;
  const [side, n, unit, ...none] = rest[2] === "of" ? rest.slice(4) : rest.slice(2);
  return (side === "below" || side === "above") && isNumber(n ?? "") && unit === "%" && none.length === 0;
}

function isNumber(word: string | undefined): boolean {
  return word !== undefined && STEP.test(word);
}

function microseconds(duration: string): number {
  const parsed = parseDuration(duration);
  return parsed.ok ? parsed.value * 1000 : 0;
}
