/** Topics of what has a sequence number: without one of them there would be gaps. */
export const EVIDENCE: readonly string[] = ["telemetry", "alarm", "event", "audit"];
