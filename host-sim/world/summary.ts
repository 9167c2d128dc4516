/** What a receiver saw and what a monitoring centre heard, in the form of a report. */
import type { MonitoringCentre } from "./centre";
import type { OpticalReceiver } from "./optics/receiver";

export type OpticalSummary = {
  readonly name: string;
  readonly frames: number;
  readonly failed: number;
  /** Luminaire id of the last beacon that was decoded, `null` before the first. */
  readonly beacon: number | null;
  readonly sequence: number | null;
};

export function summariseReceiver(receiver: OpticalReceiver): OpticalSummary {
  const report = receiver.report();
  return {
    name: receiver.name,
    frames: report.frames,
    failed: report.bursts - report.frames,
    beacon: report.lastBeacon?.id ?? null,
    sequence: report.lastBeacon?.sequence ?? null,
  };
}

export type CentreSummary = {
  readonly connects: number;
  readonly frames: number;
  readonly confirmed: number;
  readonly repeated: number;
  /** States and operations that were told. */
  readonly events: number;
  /** A chain over all frames as they came: the same bytes in the same order give the same. `null` where nobody kept it. */
  readonly sha256: string | null;
};

export function summariseCentre({ counters, journal }: MonitoringCentre): CentreSummary {
  const { connects, frames, confirmed, repeated } = counters;
  return { connects, frames, confirmed, repeated, events: journal.events.length + journal.overflow, sha256: null };
}
