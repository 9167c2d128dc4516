/** The parts of a gateway that a budget is broken down to. Numbers are those of `host.enter`. */
export const Part = {
  /** What no probe claims: the loading of the site, and what the simulator asks. */
  rest: 0,
  /** Scheduler, channels, filters, rules, ring, batch timer. */
  loop: 1,
  /** The SenML records. */
  encoder: 2,
  /** Outbox and MQTT. */
  uplink: 3,
  /** The drivers follow, in the order of their names. */
  firstDriver: 4,
} as const;

export const FIXED_PARTS = ["rest", "loop", "encoder", "uplink"] as const;

export function partNames(drivers: readonly string[]): string[] {
  return [...FIXED_PARTS, ...drivers];
}
