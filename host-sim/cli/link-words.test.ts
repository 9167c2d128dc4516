import { describe, expect, it } from "vitest";
import type { LinkSummary } from "../world/summary";
import { linkWords } from "./link-words";

const LINK: LinkSummary = {
  ...{ lamp: "lamp-1", distanceM: 2.5, worldDb: 20.125, receiverDb: 19.5, ppm: 3 },
  ...{
    sent: 12,
    skipped: 2,
    frames: 6,
    unseen: 1,
    unsynchronised: 0,
    hcsErrors: 0,
    fcsErrors: 2,
    refused: 0,
    others: 1,
  },
  ...{ overlapped: 1, frameErrorRate: 0.4, lastBeaconSeconds: 61.23 },
};

describe("a link in words", () => {
  it("says how far, how many, why not, how strong and when", () => {
    expect(linkWords(LINK)).toBe(
      "lamp-1 at 2.50 m: 6 of 10 frames, 40.0 % lost (1 without sight, 2 checksum errors, 1 drowned by another lamp), " +
        "Ec/N0 20.1 dB (the receiver says 19.5 dB), last beacon at 61.2 s",
    );
  });

  it("says less where there is less to say", () => {
    const dark = { ...LINK, frames: 0, worldDb: null, receiverDb: null, frameErrorRate: 1, lastBeaconSeconds: null };
    expect(linkWords({ ...dark, fcsErrors: 0, others: 0, unseen: 10 })).toBe(
      "lamp-1 at 2.50 m: 0 of 10 frames, 100.0 % lost (10 without sight), no beacon",
    );
    expect(linkWords({ ...dark, sent: 0, skipped: 0, frameErrorRate: null })).toBe(
      "lamp-1 at 2.50 m: nothing looked for yet",
    );
  });
});
