/**
 * What a current loop says, after NAMUR NE 43 (edition 03.02.2003; the figures as makers of transmitters quote them): measured
 * values lie from 3.8 to 20.5 mA, a transmitter that has failed sends 3.6 mA or less, or 21 mA or more. Between these
 * nobody has decided.
 */
export const LOOP_MA = {
  /** The ends of the measuring range. */
  low: 4,
  high: 20,
  failedLow: 3.6,
  validLow: 3.8,
  validHigh: 20.5,
  failedHigh: 21,
} as const;

/** 21 mA make 2.1 V in it, which the converter of an ESP32 still sees. */
export const DEFAULT_SHUNT_OHM = 100;

/** What the state of an input is, in the order of its voltage. */
export const InputState = {
  good: 0,
  /** Beyond what is measured, not far enough for a failure. */
  outOfRange: 1,
  /** The loop is open, or the transmitter reports a failure below its range. */
  openWire: 2,
  /** The loop is shorted, or the transmitter reports a failure above its range. */
  overRange: 3,
} as const;
export type InputState = (typeof InputState)[keyof typeof InputState];

/**
 * A straight line from millivolts at the pin to the process value, and where the pin's voltage ceases to mean one.
 * A limit that does not exist is absent.
 */
export type InputScale = {
  readonly perMv: number;
  readonly offset: number;
  readonly failedLowMv?: number;
  readonly validLowMv?: number;
  readonly validHighMv?: number;
  readonly failedHighMv?: number;
};

export function loopScale(shuntOhm: number, low: number, high: number): InputScale {
  const perMa = (high - low) / (LOOP_MA.high - LOOP_MA.low);
  return {
    perMv: perMa / shuntOhm,
    offset: low - LOOP_MA.low * perMa,
    failedLowMv: LOOP_MA.failedLow * shuntOhm,
    validLowMv: LOOP_MA.validLow * shuntOhm,
    validHighMv: LOOP_MA.validHigh * shuntOhm,
    failedHighMv: LOOP_MA.failedHigh * shuntOhm,
  };
}

/** @param ratio voltage at the input for each volt at the pin: (upper + lower resistor) / lower resistor */
export function voltageScale(ratio: number, lowMv: number, highMv: number, low: number, high: number): InputScale {
  const perInputMv = (high - low) / (highMv - lowMv);
  return { perMv: perInputMv * ratio, offset: low - lowMv * perInputMv };
}

/** The voltage at the pin for a process value. */
export function pinMillivolts(value: number, scale: InputScale): number {
  return (value - scale.offset) / scale.perMv;
}
