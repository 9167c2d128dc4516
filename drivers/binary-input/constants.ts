/**
 * The arithmetic of a supervised line, shared by driver, emulator and schema.
 *
 *   supply -- pull-up resistor --+-- pin
 *                                |
 *                  line ---------+--------------+
 *                                |              |
 *                          series resistor   end-of-line resistor
 *                                |              |
 *                             contact           |
 *                  line ---------+--------------+-- ground
 *
 * The customary two-resistor line: the end-of-line resistor at the far end keeps a current flowing, the series resistor
 * keeps a closed contact from looking like a short circuit. No standard gives the values: they are the installer's.
 */

/** What the voltage of a line says. */
export const LineState = {
  /** The contact is open and the line is whole. */
  open: 0,
  /** The contact is closed and the line is whole. */
  closed: 1,
  /** Nothing is connected: a wire is cut. */
  cut: 2,
  /** The two wires touch. */
  short: 3,
} as const;
export type LineState = (typeof LineState)[keyof typeof LineState];

export type Resistors = {
  readonly supplyMv: number;
  readonly pullUpOhm: number;
  readonly endOfLineOhm: number;
  readonly seriesOhm: number;
};

/** A contact is open between `closedMv` and `cutMv`, closed between `shortMv` and `closedMv`. */
export type LineLimits = { readonly shortMv: number; readonly closedMv: number; readonly cutMv: number };

export const DEFAULT_RESISTORS: Resistors = {
  supplyMv: 3300,
  pullUpOhm: 10_000,
  endOfLineOhm: 10_000,
  seriesOhm: 4_700,
};

export const DEFAULT_DEBOUNCE_MS = 50;

/** Voltage at the pin in a state of the line. */
export function lineMillivolts(state: LineState, resistors: Resistors): number {
  const { supplyMv, pullUpOhm, endOfLineOhm, seriesOhm } = resistors;
  switch (state) {
    case LineState.cut:
      return supplyMv;
    case LineState.short:
      return 0;
    case LineState.open:
      return (supplyMv * endOfLineOhm) / (pullUpOhm + endOfLineOhm);
    case LineState.closed: {
      const bothOhm = (endOfLineOhm * seriesOhm) / (endOfLineOhm + seriesOhm);
      return (supplyMv * bothOhm) / (pullUpOhm + bothOhm);
    }
  }
}

/** Half-way between the voltages of neighbouring states, where the converter still tells them apart. */
export function limitsOf(resistors: Resistors, fullScaleMv: number): LineLimits {
  const open = lineMillivolts(LineState.open, resistors);
  const closed = lineMillivolts(LineState.closed, resistors);
  const cut = resistors.supplyMv < fullScaleMv ? resistors.supplyMv : fullScaleMv;
  return {
    shortMv: round(closed / 2),
    closedMv: round((closed + open) / 2),
    cutMv: round((open + cut) / 2),
  };
}

function round(millivolts: number): number {
  return Math.floor(millivolts + 0.5);
}
