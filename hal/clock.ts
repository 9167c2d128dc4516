/** Time as portable code sees it. Real on a device, virtual in a world (design.md section 1, idea 3). */

/** How far the wall clock can be trusted; travels as `tq` in every batch (reference/protocols.md section 8). */
export const TimeQuality = {
  /** No wall clock: only the monotonic time is known. */
  none: 0,
  /** An RTC, a hold-over, or a time filled in later. */
  estimated: 1,
  /** SNTP with at most 250 ms of uncertainty. */
  sntp: 2,
  /** Several servers agree. */
  sntpAgreed: 3,
  /** Authenticated, GNSS or PTP. */
  authenticated: 4,
} as const;
export type TimeQuality = (typeof TimeQuality)[keyof typeof TimeQuality];

export interface Clock {
  /** Monotonic microseconds since boot: an integer that never steps back. */
  nowUs(): number;
  /** UNIX time in milliseconds, `NaN` while it is unknown. May step. */
  wallMs(): number;
  wallQuality(): TimeQuality;
  /**
   * A timer that is made once and armed often, so that a tick allocates nothing.
   * @param target what the callback is a method of: on a board a method lies in flash, a function around it takes 100 bytes
   */
  timer(callback: () => void, target?: object): Timer;
}

export interface Timer {
  /** Calls back once, not before `dueUs` (monotonic). Arming again replaces the earlier due time. */
  arm(dueUs: number): void;
  /** The callback will not come until armed again. */
  disarm(): void;
}
