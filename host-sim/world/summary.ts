/** What a receiver saw, in the form of a report. */
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
