/** What a receiver saw and what a monitoring centre heard, in the form of a report. */
import type { MonitoringCentre } from "./centre";
import { Reception } from "./optics/capture-receiver";
import type { OpticalLink } from "./optics/link";
import type { OpticalReceiver } from "./optics/receiver";

/** One lamp as a receiver had it. */
export type LinkSummary = {
  readonly lamp: string;
  readonly distanceM: number;
  /** Ec/N0 in the mean of received frames, in dB: as the world has it, and as the receiver takes it to be. `null` before the first. */
  readonly worldDb: number | null;
  readonly receiverDb: number | null;
  /** How much faster than the receiver's the lamp's clock ran, as the receiver found. */
  readonly ppm: number | null;
  readonly sent: number;
  /** Frames at which the receiver rested. */
  readonly skipped: number;
  readonly frames: number;
  /** Lost ones by what happened: no light reached the diode; no preamble; header; checksum; more than is read; another lamp's instead. */
  readonly unseen: number;
  readonly unsynchronised: number;
  readonly hcsErrors: number;
  readonly fcsErrors: number;
  readonly refused: number;
  readonly others: number;
  /** Looks in which another lamp spoke as well. */
  readonly overlapped: number;
  /** Of the frames that were looked for; `null` where there were none. */
  readonly frameErrorRate: number | null;
  readonly lastBeaconSeconds: number | null;
};

export type OpticalSummary = {
  readonly name: string;
  readonly frames: number;
  readonly failed: number;
  /** Luminaire id of the last beacon that was decoded, `null` before the first. */
  readonly beacon: number | null;
  readonly sequence: number | null;
  readonly links: readonly LinkSummary[];
};

export function summariseReceiver(receiver: OpticalReceiver): OpticalSummary {
  return {
    name: receiver.name,
    frames: receiver.frames,
    failed: receiver.lost,
    beacon: receiver.lastBeacon?.id ?? null,
    sequence: receiver.lastBeacon?.sequence ?? null,
    links: receiver.links.map(summariseLink),
  };
}

export function summariseLink(link: OpticalLink): LinkSummary {
  const { ended, frames, lost } = link;
  return {
    lamp: link.lamp.name,
    distanceM: hundredths(link.distanceM)!,
    worldDb: hundredths(link.worldDb),
    receiverDb: hundredths(link.receiverDb),
    ppm: hundredths(link.ppm),
    sent: link.sent,
    skipped: link.skipped,
    frames,
    unseen: link.unseen,
    unsynchronised: ended[Reception.unsynchronised],
    hcsErrors: ended[Reception.hcsError],
    fcsErrors: ended[Reception.fcsError],
    refused: ended[Reception.refused],
    others: link.others,
    overlapped: link.overlapped,
    frameErrorRate: frames + lost === 0 ? null : lost / (frames + lost),
    lastBeaconSeconds: link.lastBeaconUs < 0 ? null : link.lastBeaconUs / 1e6,
  };
}

function hundredths(value: number | null): number | null {
  return value === null ? null : Math.floor(value * 100 + 1 / 2) / 100;
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
