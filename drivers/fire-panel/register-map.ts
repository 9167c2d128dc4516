/**
 * Reads a point's register by the panel's profile. The profile is data that was compiled into the device's plan
 * (manifests/panels); this file knows how such data is applied, and no panel.
 */
import type { PlanMap } from "../plan";
import { PointCondition } from "./panel-state";

/** The part of a panel's profile that the gateway needs, as it stands in `DevicePlan.settings.map`. */
export type RegisterMap = {
  /** Bit numbers in the register, -1 where the panel has no such bit. */
  readonly active: number;
  readonly preAlarm: number;
  readonly trouble: number;
  readonly disabled: number;
  /** Low byte of a register that belongs to no point; -1 where the panel does not say so. */
  readonly notProgrammed: number;
  /** Event types (low byte, valid while `active`) and the condition bit that each stands for. */
  readonly events: readonly (readonly [type: number, condition: number])[];
  /** Condition of an active point whose event type is not listed: it must not get lost. */
  readonly otherEvent: number;
};

const EVENT_TYPES = 256;

export class RegisterReader {
  readonly #active: number;
  readonly #preAlarm: number;
  readonly #trouble: number;
  readonly #disabled: number;
  readonly #notProgrammed: number;
  /** Condition by event type. */
  readonly #conditions: Uint8Array;

  constructor(map: RegisterMap) {
    this.#active = mask(map.active);
    this.#preAlarm = mask(map.preAlarm);
    this.#trouble = mask(map.trouble);
    this.#disabled = mask(map.disabled);
    this.#notProgrammed = map.notProgrammed;
    this.#conditions = new Uint8Array(EVENT_TYPES).fill(map.otherEvent);
    for (const [type, condition] of map.events) this.#conditions[type] = condition;
  }

  // hot path
  /** The panel has no point here. */
  isUnused(register: number): boolean {
    return (register & 0xff) === this.#notProgrammed;
  }

  // hot path
  /** A set of `PointCondition` bits. */
  conditions(register: number): number {
    let set = 0;
    if (register & this.#active) set |= this.#conditions[register & 0xff];
    if (register & this.#preAlarm) set |= PointCondition.preAlarm;
    if (register & this.#trouble) set |= PointCondition.trouble;
    if (register & this.#disabled) set |= PointCondition.disabled;
    return set;
  }
}

function mask(bit: number): number {
  return bit < 0 ? 0 : 1 << bit;
}

/** What the driver finds in `DevicePlan.settings`. */
export type PanelSettings = {
  readonly profile: string;
  readonly unit: number;
  readonly functionCode: 3 | 4;
  /** Address of each channel's register, counted from 0, in the order of the plan's channels. */
  readonly registers: readonly number[];
  /** Reads that together cover `registers`: first address and count. */
  readonly blocks: readonly (readonly [address: number, count: number])[];
  readonly map: RegisterMap;
};

export function panelSettings(settings: PlanMap): PanelSettings {
  return settings as unknown as PanelSettings;
}
