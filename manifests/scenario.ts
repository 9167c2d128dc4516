/** A scenario file: the world around a site, what happens in it, and what is expected of the gateway. */
import { type Static, Type } from "typebox";
import { PointNames } from "../drivers/panel-points/point-names";
import { ALARM_CLASSES, type DevicePlan } from "../drivers/plan";
import { ruleNames } from "../firmware/alarms/names";
import { COMMAND_KINDS, CommandError, encodeCommand, usage } from "../firmware/commands/form";
import { GROUPS, type Plan } from "../firmware/plan";
import { RECEIVER } from "../host-sim/world/optics/light-scenario";
import { FIRE_GROWTH } from "../host-sim/world/room";
import type { RoomMember, ScenarioPlan, ScenarioStep } from "../host-sim/world/scenario-plan";
import { CENTRE } from "../host-sim/world/scenario-runner";
import { CentreSteps } from "./centre-steps";
import { clip, type Diagnostic, nearest } from "./diagnostic";
import { Lamps, LIGHT_VERBS, LightSteps, Receivers } from "./light-steps";
import type { Path, Source } from "./source";
import { checkStructure } from "./structure";
import { DURATION_PATTERN, parseDuration, parseQuantity } from "./units";

const strict = { additionalProperties: false } as const;
const Quantity = (description: string) => Type.Union([Type.Number(), Type.String()], { description });
const Duration = Type.String({ pattern: DURATION_PATTERN, description: "A duration such as 20 s or 5m." });

const Room = Type.Object(
  {
    temperature: Type.Optional(Quantity("Air temperature before anything happens, in Cel. Default 20 Cel.")),
    humidity: Type.Optional(Quantity("Relative humidity before anything happens, in %RH. Default 50 %RH.")),
    volume: Type.Optional(Quantity("Volume in m3. Default 60 m3.")),
    devices: Type.Optional(Type.Array(Type.String(), { description: "Devices, or channels as device.channel." })),
  },
  strict,
);

const Step = Type.Object(
  {
    at: Duration,
    do: Type.Optional(
      Type.String({
        description:
          "fire <room> [growth], extinguish <room>, reboot gateway, clock step [-]<duration>, acknowledge <alarm>, command <device> <command> [point], send <command> [words] (through the broker), <device> and words " +
          "for its emulator, person stand|walk|leave, ambient <n> lx [at <receiver>], <receiver> move|cover|uncover, or centre read <what>, initialise, set-clock, duty-check [minutes].",
      }),
    ),
    fault: Type.Optional(
      Type.String({
        description:
          "broker down [for <duration>], network down [for <duration>], broker up, or centre silent, denies, slow, down " +
          "[for <duration>], reset.",
      }),
    ),
    expect: Type.Optional(
      Type.String({
        description:
          "alarm <device>.<channel> <class> acknowledged within <duration>: counted from this step's time. Or centre confirms " +
          "<device>.<channel> <condition>, reads <what>, hears duty-answer, within <duration>. Or receiver <name> frame error rate " +
          "[of <lamp>] below|above <n> % over <duration>, decodes beacon of <lamp> within <duration>, misses beacon of <lamp> over <duration>.",
      }),
    ),
  },
  strict,
);

export const Scenario = Type.Object(
  {
    rooms: Type.Optional(Type.Record(Type.String(), Room)),
    lamps: Type.Optional(Lamps),
    receivers: Type.Optional(Receivers),
    steps: Type.Optional(Type.Array(Step)),
  },
  strict,
);
type Scenario = Static<typeof Scenario>;
type Step = Static<typeof Step>;

export type CompiledScenario =
  | { readonly ok: true; readonly scenario: ScenarioPlan }
  | { readonly ok: false; readonly diagnostics: Diagnostic[] };

export function compileScenario(source: Source, plan: Plan): CompiledScenario {
  const compiler = new Compiler(source, plan);
  return compiler.run();
}

class Compiler {
  readonly #source: Source;
  readonly #devices: ReadonlyMap<string, DevicePlan>;
  /** Names of alarms with several witnesses. */
  readonly #groups: readonly string[];
  /** Names of all alarms that somebody can acknowledge. */
  readonly #alarms: readonly string[];
  /** Steps about a monitoring centre; `undefined` where the site has none. */
  readonly #centre: CentreSteps | undefined;
  readonly #light: LightSteps;
  readonly #diagnostics: Diagnostic[] = [];
  readonly #roomOf = new Map<string, string>();

  constructor(source: Source, plan: Plan) {
    this.#source = source;
    this.#devices = new Map(plan.devices.map((device) => [device.id, device]));
    this.#groups = (plan.alarms ?? []).map((group) => group.name);
    this.#alarms = [...ruleNames(plan.devices).values(), ...this.#groups];
    this.#light = new LightSteps((path, message, more) => this.#report(path, message, more), this.#devices);
    if (plan.uplink.gb26875 !== undefined)
      this.#centre = new CentreSteps(
        (path, message, more) => this.#report(path, message, more),
        (path, place) => this.#alarmPlace(path, place),
      );
  }

  run(): CompiledScenario {
    this.#diagnostics.push(...checkStructure(this.#source, [], Scenario, this.#source.value));
    if (this.#diagnostics.length > 0) return { ok: false, diagnostics: this.#diagnostics };
    const file = this.#source.value as Scenario;
    const rooms = Object.entries(file.rooms ?? {}).map(([name, room]) => ({
      name,
      temperatureCel: this.#quantity(["rooms", name, "temperature"], room.temperature, "Cel", 20),
      humidityPercent: this.#quantity(["rooms", name, "humidity"], room.humidity, "%RH", 50),
      volumeM3: this.#size(["rooms", name, "volume"], room.volume, "m3", 60),
      members: this.#members(name, room.devices ?? []),
    }));
    const lamps = this.#light.lamps(file.lamps ?? {});
    const receivers = this.#light.receivers(file.receivers ?? {}, lamps);
    const names = rooms.map((room) => room.name);
    const steps = (file.steps ?? []).map((step, i) => this.#step(["steps", i], step, names));
    if (this.#diagnostics.length > 0) return { ok: false, diagnostics: this.#diagnostics };
    return { ok: true, scenario: { rooms, lamps, receivers, steps: steps as ScenarioStep[] } };
  }

  #report(path: Path, message: string, more: Partial<Diagnostic> = {}): undefined {
    this.#diagnostics.push(this.#source.problem(path, message, more));
    return undefined;
  }

  #unknown(path: Path, what: string, word: string, known: readonly string[]): undefined {
    const help = known.length === 0 ? { expected: "nothing: the file defines none" } : nearest(word, known);
    return this.#report(path, `there is no ${what} "${clip(word)}"`, help);
  }

  #quantity(path: Path, text: string | number | undefined, unit: string, otherwise: number): number {
    if (text === undefined) return otherwise;
    const parsed = parseQuantity(text, unit);
    if (parsed.ok) return parsed.value;
    const { ok: _, ...help } = parsed;
    this.#report(path, `"${clip(String(text))}" is not in ${unit}`, help);
    return otherwise;
  }

  /** A length or a volume: the world divides by it. */
  #size(path: Path, text: string | number | undefined, unit: string, otherwise: number): number {
    const value = this.#quantity(path, text, unit, otherwise);
    if (value <= 0) this.#report(path, `${value} ${unit} leaves no room`, { expected: `more than 0 ${unit}` });
    return value;
  }

  /** Who hangs in a room. A place has one air. */
  #members(room: string, texts: readonly string[]): RoomMember[] {
    return texts.map((text, i) => {
      const path = ["rooms", room, "devices", i];
      const other = this.#roomOf.get(text);
      if (other !== undefined)
        this.#report(path, `"${text}" hangs in room "${other}" already`, { expected: "one room" });
      this.#roomOf.set(text, room);
      return this.#member(path, text);
    });
  }

  #member(path: Path, text: string): RoomMember {
    const dot = text.indexOf(".");
    const device = dot < 0 ? text : text.slice(0, dot);
    const channel = dot < 0 ? "" : text.slice(dot + 1);
    const plan = this.#devices.get(device);
    if (plan === undefined) this.#unknown(path, "device", device, [...this.#devices.keys()]);
    else if (channel !== "" && !namesIn(plan).includes(channel))
      this.#unknown(path, `channel of ${device}`, channel, namesIn(plan));
    return { device, channel };
  }

  /** The channel that an alarm is expected of, or the name of one with several witnesses. */
  #alarmPlace(path: Path, place: string): string {
    const [device, name] = place.split(".");
    if (device !== GROUPS) return this.#member(path, place).channel;
    if (!this.#groups.includes(name)) this.#unknown(path, "alarm of several witnesses", name ?? "", this.#groups);
    return name ?? "";
  }

  #step(path: Path, step: Step, rooms: readonly string[]): ScenarioStep | undefined {
    const kinds = (["do", "fault", "expect"] as const).filter((kind) => step[kind] !== undefined);
    if (kinds.length !== 1)
      return this.#report(path, "a step does one thing", { expected: "one of do, fault, expect" });
    const [kind] = kinds;
    const atUs = durationUs(step.at);
    const words = wordsOf(step[kind]!);
    const inner = [...path, kind];
    if (kind === "do" && this.#isOfLight(words[0])) return this.#light.command(inner, atUs, words);
    if (kind === "do") return this.#do(inner, atUs, this.#deed(words), rooms);
    if (kind === "fault") return this.#fault(inner, atUs, words);
    return this.#expect(inner, atUs, words);
  }

  /** Devices come first: a site may have one of any name. */
  #isOfLight(first: string | undefined): boolean {
    if (first === undefined || this.#devices.has(first) || this.#light.receiverNames.length === 0) return false;
    return (LIGHT_VERBS as readonly string[]).includes(first) || this.#light.receiverNames.includes(first);
  }

  /** `facp.zone 3 fire` is `facp zone 3 fire`. */
  #deed(words: readonly string[]): readonly string[] {
    const [first = "", ...rest] = words;
    const dot = first.indexOf(".");
    return dot > 0 ? [first.slice(0, dot), first.slice(dot + 1), ...rest] : words;
  }

  #do(path: Path, atUs: number, words: readonly string[], rooms: readonly string[]): ScenarioStep | undefined {
    const [verb, subject, growth] = words;
    if (verb === CENTRE && this.#centre !== undefined) return this.#centre.command(path, atUs, words);
    if (verb === "reboot" && !this.#devices.has(verb)) {
      if (words.length !== 2 || subject !== "gateway")
        return this.#report(path, `"${words.join(" ")}" is not understood`, { expected: "reboot gateway" });
    } else if (verb === "clock" && !this.#devices.has(verb)) {
      return this.#clockStep(path, atUs, words);
    } else if (verb === "acknowledge") {
      if (subject === undefined || !this.#alarms.includes(subject))
        return this.#unknown(path, "alarm", subject ?? "", this.#alarms);
    } else if (verb === "send" && !this.#devices.has(verb)) {
      return this.#send(path, atUs, words);
    } else if (verb === "command") {
      if (!this.#devices.has(subject)) return this.#unknown(path, "device", subject ?? "", [...this.#devices.keys()]);
      if (growth === undefined)
        return this.#report(path, "no command is given", { expected: "command <device> <command> [point]" });
    } else if (verb === "fire" || verb === "extinguish") {
      if (!rooms.includes(subject)) return this.#unknown(path, "room", subject ?? "", rooms);
      if (verb === "fire" && growth !== undefined && !Object.hasOwn(FIRE_GROWTH, growth))
        return this.#unknown(path, "growth", growth, Object.keys(FIRE_GROWTH));
    } else if (!this.#devices.has(verb)) {
      return this.#unknown(path, "device or verb", verb ?? "", [
        "fire",
        "extinguish",
        "acknowledge",
        "reboot",
        "clock",
        "command",
        "send",
        ...(this.#centre === undefined ? [] : [CENTRE]),
        ...(this.#light.receiverNames.length === 0 ? [] : [...LIGHT_VERBS, ...this.#light.receiverNames]),
        ...this.#devices.keys(),
      ]);
    } else if (subject === undefined) {
      return this.#report(path, `nothing is said about what "${verb}" does`, {
        expected: "<device> and words for its emulator",
      });
    }
    return { atUs, kind: "do", words };
  }

  /** As `argand cmd` would. */
  #send(path: Path, atUs: number, words: readonly string[]): ScenarioStep | undefined {
    const [, kind = "", ...rest] = words;
    try {
      encodeCommand("scenario", kind, rest);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      const expected = COMMAND_KINDS.map((one) => `send ${usage(one)}`).join(", ");
      return this.#report(path, `"${words.join(" ")}" is no command: ${error.message}`, { expected });
    }
    return { atUs, kind: "do", words };
  }

  /** The runner gets milliseconds. */
  #clockStep(path: Path, atUs: number, [, step, ...rest]: readonly string[]): ScenarioStep | undefined {
    const text = rest.join(" ");
    const back = text.startsWith("-");
    const parsed = parseDuration(back || text.startsWith("+") ? text.slice(1) : text);
    if (step !== "step" || !parsed.ok)
      return this.#report(path, `"clock ${step ?? ""} ${text}" is not understood`, {
        expected: "clock step <duration>, or clock step -<duration>",
      });
    return { atUs, kind: "do", words: ["clock", "step", String(back ? -parsed.value : parsed.value)] };
  }

  #fault(path: Path, atUs: number, words: readonly string[]): ScenarioStep | undefined {
    if (words[0] === CENTRE && this.#centre !== undefined) return this.#centre.fault(path, atUs, words);
    const [what, state, preposition, ...rest] = words;
    const expected = "broker or network, then down or up, then perhaps: for 30 s";
    if (!["broker", "network"].includes(what) || !["down", "up"].includes(state))
      return this.#report(path, `"${words.join(" ")}" is not a fault that a world knows`, { expected });
    if (preposition === undefined) return { atUs, kind: "fault", words };
    const parsed = parseDuration(rest.join(" "));
    if (preposition !== "for" || !parsed.ok)
      return this.#report(path, `"${words.join(" ")}" is not understood`, { expected });
    return { atUs, kind: "fault", words: [what, state], forUs: parsed.value * 1000 };
  }

  #expect(path: Path, atUs: number, words: readonly string[]): ScenarioStep | undefined {
    if (words[0] === CENTRE && this.#centre !== undefined) return this.#centre.expect(path, atUs, words);
    if (words[0] === RECEIVER) return this.#light.expect(path, atUs, words);
    const [what, place, alarmClass, acknowledged, within, ...rest] = words;
    const parsed = parseDuration(rest.join(" "));
    if (what !== "alarm" || acknowledged !== "acknowledged" || within !== "within" || !parsed.ok)
      return this.#report(path, `"${words.join(" ")}" is not understood`, {
        expected: "alarm <device>.<channel> <class> acknowledged within <duration>",
      });
    const channel = this.#alarmPlace(path, place);
    if (channel === "") return this.#report(path, `"${place}" names no channel`, { expected: "<device>.<channel>" });
    if (!(ALARM_CLASSES as readonly string[]).includes(alarmClass))
      return this.#unknown(path, "alarm class", alarmClass, ALARM_CLASSES);
    return { atUs, kind: "expect", words: [what, place, alarmClass, acknowledged], withinUs: parsed.value * 1000 };
  }
}

/** Channels and points of a device. */
function namesIn({ channels, points }: DevicePlan): string[] {
  const names = channels.map((one) => one.name);
  return points === undefined ? names : [...names, ...new PointNames(points.names).all()];
}

function durationUs(text: string): number {
  const parsed = parseDuration(text);
  return parsed.ok ? parsed.value * 1000 : 0;
}

function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}
