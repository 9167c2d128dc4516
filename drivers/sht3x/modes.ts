/**
 * What an SHT3x can do besides single measurements: measure by itself, warm its die, watch limits. A sensor without any of these
 * has no `Modes`: most have none, and memory is dear.
 */
import { type MeasurementsPerSecond, PERIODIC_COMMAND, type Repeatability } from "./constants";

/** Limits of the ALERT pin (application note "SHT3x alert mode"); the part compares while it measures by itself. */
export type AlertLimits = {
  readonly highCel: number;
  readonly lowCel: number;
  readonly highPercent: number;
  readonly lowPercent: number;
  /** How far a value must come back. */
  readonly hysteresisCel: number;
  readonly hysteresisPercent: number;
};

/** After a reset (application note, table 2). */
export const ALERT_AFTER_RESET: AlertLimits = {
  highCel: 60,
  lowCel: -10,
  highPercent: 80,
  lowPercent: 20,
  hysteresisCel: 2,
  hysteresisPercent: 2,
};

export type ModeSettings = {
  /** Undefined: single measurements. */
  readonly measurementsPerSecond?: MeasurementsPerSecond | undefined;
  /** Warms the die by some degrees, against dew and to see whether the part reacts: readings are not those of the air. */
  readonly heater?: boolean | undefined;
  readonly alert?: AlertLimits | undefined;
};

export class Modes {
  readonly settings: ModeSettings;
  readonly repeatability: Repeatability;
  /** Distance of two measurements, 0 for single ones. */
  readonly periodUs: number;
  /** The part has them. */
  isTold = false;
  /** When it had something new, on the clock of the sensor. */
  newsUs = 0;

  constructor(settings: ModeSettings, repeatability: Repeatability) {
    checkModes(settings);
    const { measurementsPerSecond } = settings;
    this.settings = settings;
    this.repeatability = repeatability;
    this.periodUs = measurementsPerSecond === undefined ? 0 : 1_000_000 / measurementsPerSecond;
  }

  get command(): number {
    return PERIODIC_COMMAND[this.settings.measurementsPerSecond!]![this.repeatability];
  }
}

function checkModes({ measurementsPerSecond, heater, alert }: ModeSettings): void {
  if (measurementsPerSecond !== undefined && !Object.hasOwn(PERIODIC_COMMAND, measurementsPerSecond))
    throw new RangeError(`SHT3x: measurementsPerSecond must be 0.5, 1, 2, 4 or 10; not ${measurementsPerSecond}`);
  if (heater !== undefined && typeof heater !== "boolean") throw new TypeError("SHT3x: heater must be true or false");
  if (alert === undefined) return;
  const { highCel, lowCel, highPercent, lowPercent, hysteresisCel, hysteresisPercent } = alert;
  if (measurementsPerSecond === undefined)
    throw new RangeError("SHT3x: limits are watched only while the part measures by itself: measurementsPerSecond");
  if (!isBand(lowCel, highCel, hysteresisCel, -40, 125) || !isBand(lowPercent, highPercent, hysteresisPercent, 0, 100))
    throw new RangeError("SHT3x: limits must lie in -40 to 125 Cel and 0 to 100 %RH, the low one below the high one");
}

/** The limits and how far a value must come back from each fit between the ends. */
function isBand(low: number, high: number, hysteresis: number, min: number, max: number): boolean {
  return low >= min && high <= max && hysteresis >= 0 && low + hysteresis < high - hysteresis;
}
