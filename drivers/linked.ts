/**
 * Which parts of larger modules a program holds: here all of them, as a simulator does.
 *
 * A build for one site puts a table in this one's place that says 0 for what the site's plan never asks for
 * (`host-sim/build/linked.ts`), and what stands behind a 0 is not linked: flash is dear. A plan that wants it all the
 * same, which its own build does not have, gets a `NotLinkedError` where it would have been made.
 */
export const Linked = {
  /** Filters, by their kind; a median by its window. */
  average: 1,
  calibrate: 1,
  clamp: 1,
  deadband: 1,
  debounce: 1,
  extreme: 1,
  hampel: 1,
  median: 1,
  medianOf3: 1,
  medianOf5: 1,
  quantile: 1,
  rate: 1,
  scale: 1,
  smooth: 1,
  smoothOver: 1,
  throttle: 1,
  /**
   * Checks of settings, and of a plan's form. The compiler has made them all, so a build that loads its own plan does without, unless
   * the site takes commands: those come from outside.
   */
  checks: 1,
  /** Alarm rules that look at how fast a value changes. */
  rateRules: 1,
  /** Modbus: serial lines, framings beside RTU, sockets. */
  modbusSerial: 1,
  modbusAscii: 1,
  modbusTcp: 1,
  modbusRtuOverTcp: 1,
  /** The questions about IEEE 802.15.7 that a luminaire does not ask: it has one answer to each. */
  vlcVariants: 1,
  /** Luminaires whose payload is coded, or that send other frames than beacons: else their headers are made in advance. */
  vlcCoding: 1,
  /** An SHT3x that measures by itself, heats, or watches limits. */
  sht3xModes: 1,
} as const;
