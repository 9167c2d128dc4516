/**
 * A panel behind its Modbus gateway, with one multi-sensor detector for each point of the site: smoke and heat, each with
 * a limit. An alarm stands until the panel is reset, whatever the air does.
 *
 * It speaks registers by the same profile as the driver: a driver that misreads the profile is not noticed here, but by
 * `driver.test.ts`, which holds register words from the panel's published table.
 */
import { type Emulator, type EmulatorContext, type EmulatorModule, Quantity, type SerialPort } from "../emulation";
import { ModbusException } from "../modbus/pdu";
import { ModbusSlave } from "../modbus/slave-emulator";
import type { DevicePlan } from "../plan";
import { PointCondition, REPORTED_CONDITIONS } from "./panel-state";
import { type PanelSettings, panelSettings, type RegisterMap } from "./register-map";

/**
 * Response of a point-type optical smoke detector. EN 54-7 tests fires in dB/m; the common figure for a panel's normal
 * sensitivity is not in a source that was read, so this is a choice of the emulator.
 */
const SMOKE_ALARM_DB_PER_M = 0.15;
const SMOKE_PRE_ALARM_DB_PER_M = 0.1;
/** Static response temperature of a class A1 heat detector lies between 54 and 65 degC (EN 54-5, as widely quoted). */
const HEAT_ALARM_CEL = 58;

/** Panels answer after some milliseconds; the Modbus gateway's figure is not published. */
const TURNAROUND_US = 5_000;

/** Register of a point that exists, is enabled and quiet: bits 12 (inactive) and 10 (enabled). */
const INACTIVE = 1 << 12;
const ENABLED = 1 << 10;

type Point = {
  readonly name: string;
  /** Conditions from detectors, latched. */
  latched: number;
  /** Conditions that follow the air. */
  present: number;
  /** Conditions that a scenario imposes. */
  imposed: number;
};

const VERBS: { readonly [word: string]: number } = {
  fire: PointCondition.fire,
  prealarm: PointCondition.preAlarm,
  supervisory: PointCondition.supervisory,
  trouble: PointCondition.trouble,
  disabled: PointCondition.disabled,
};

export class FirePanelEmulator implements Emulator {
  readonly #context: EmulatorContext;
  readonly #settings: PanelSettings;
  readonly #points: readonly Point[];
  /** Point by register address. */
  readonly #byRegister = new Map<number, Point>();
  readonly #encoder: RegisterEncoder;
  #silent = false;

  constructor(plan: DevicePlan, context: EmulatorContext) {
    this.#context = context;
    this.#settings = panelSettings(plan.settings);
    this.#encoder = new RegisterEncoder(this.#settings.map);
    this.#points = plan.channels.map(({ name }) => ({ name, latched: 0, present: 0, imposed: 0 }));
    this.#settings.registers.forEach((register, channel) => {
      this.#byRegister.set(register, this.#points[channel]);
    });
  }

  readonly serial = (port: SerialPort): ModbusSlave =>
    new ModbusSlave({
      unit: this.#settings.unit,
      turnaroundUs: TURNAROUND_US,
      transmit: (bytes, delayUs) => {
        if (!this.#silent) port.transmit(bytes, delayUs);
      },
      read: (functionCode, address, count, into) => this.#read(functionCode, address, count, into),
    });

  /** Detectors look at the air. */
  step(): void {
    for (const point of this.#points) {
      const smoke = this.#context.quantity(Quantity.smoke, point.name);
      const celsius = this.#context.quantity(Quantity.temperature, point.name);
      point.present = smoke >= SMOKE_PRE_ALARM_DB_PER_M ? PointCondition.preAlarm : 0;
      if (smoke >= SMOKE_ALARM_DB_PER_M || celsius >= HEAT_ALARM_CEL) point.latched |= PointCondition.fire;
    }
  }

  /**
   * `zone <point> fire|prealarm|supervisory|trouble|disabled|normal`, `reset`, `silent`, `return`. A point is named as in
   * the site, or by its number when its name ends with `-<number>`.
   */
  act(verb: string, words: readonly string[]): void {
    if (verb === "zone") this.#impose(words);
    else if (verb === "reset") for (const point of this.#points) point.latched = point.imposed = 0;
    else if (verb === "silent") this.#silent = true;
    else if (verb === "return") this.#silent = false;
    else throw new Error(`a fire panel knows zone, reset, silent and return, not "${verb}"`);
  }

  #impose([name, state]: readonly string[]): void {
    const point = this.#points.find((one) => one.name === name || one.name.endsWith(`-${name}`));
    if (point === undefined) throw new Error(`this panel has no point "${name}"`);
    if (state === "normal") {
      point.imposed = 0;
      return;
    }
    if (!Object.hasOwn(VERBS, state))
      throw new Error(`a point can be ${Object.keys(VERBS).join(", ")} or normal, not "${state}"`);
    point.imposed |= VERBS[state];
  }

  /** Registers without a point read as "not programmed", as the panel's table says. */
  #read(functionCode: number, address: number, count: number, into: Uint16Array): number {
    if (functionCode !== this.#settings.functionCode) return ModbusException.illegalFunction;
    for (let i = 0; i < count; i++) {
      const point = this.#byRegister.get(address + i);
      into[i] = point === undefined ? this.#encoder.unused : this.#encoder.word(conditionsOf(point));
    }
    return 0;
  }
}

function conditionsOf(point: Point): number {
  return point.latched | point.present | point.imposed;
}

/** From conditions to the panel's register: the profile's table read backwards. */
class RegisterEncoder {
  readonly unused: number;
  readonly #map: RegisterMap;

  constructor(map: RegisterMap) {
    this.#map = map;
    this.unused = map.notProgrammed < 0 ? 0 : map.notProgrammed;
  }

  word(conditions: number): number {
    const event = this.#eventOf(conditions);
    let word = event < 0 ? INACTIVE : bit(this.#map.active) | event;
    word |= conditions & PointCondition.disabled ? bit(this.#map.disabled) : ENABLED;
    if (conditions & PointCondition.preAlarm) word |= bit(this.#map.preAlarm);
    if (conditions & PointCondition.trouble) word |= bit(this.#map.trouble);
    return word;
  }

  /** Type of the most urgent event that a register can carry: it has room for one. -1: none. */
  #eventOf(conditions: number): number {
    for (const condition of [PointCondition.fire, PointCondition.life, PointCondition.supervisory]) {
      if ((conditions & condition) === 0) continue;
      const event = this.#map.events.find(([, stands]) => stands === condition);
      if (event !== undefined) return event[0];
    }
    return -1;
  }
}

function bit(number: number): number {
  return number < 0 ? 0 : 1 << number;
}

/** `fire, pre-alarm`; `quiet` when nothing is. */
function describe(conditions: number): string {
  const names = REPORTED_CONDITIONS.filter(({ bit }) => conditions & bit).map((condition) => condition.class);
  const all = conditions & PointCondition.disabled ? [...names, "disabled"] : names;
  return all.length === 0 ? "quiet" : all.join(", ");
}

export const emulator: EmulatorModule = {
  create: (plan, context) => new FirePanelEmulator(plan, context),
  describe,
};
