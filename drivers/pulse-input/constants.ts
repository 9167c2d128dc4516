/** What a rate is per, in microseconds. */
export const RATE_PER_US = { s: 1_000_000, min: 60_000_000, h: 3_600_000_000 } as const;
export type RatePer = keyof typeof RATE_PER_US;
