/** The figures of `panels.ts` are virtual, so they are the same everywhere and a test can hold them. */
import { describe, expect, it } from "vitest";
import { edgesByPhase, edgesWithBacklog } from "./panels";

const POLL_US = 1_000_000;

describe("a panel's edge", () => {
  it("is acknowledged by the broker within a poll and 300 ms, at every phase of the poll", async () => {
    const worstUs = Math.max(...(await edgesByPhase(48)).map(({ acknowledgedUs }) => acknowledgedUs));
    expect(worstUs).toBeLessThanOrEqual(POLL_US + 300_000);
    // An edge just behind its block waits for the next poll: less would mean that not every phase was met.
    expect(worstUs).toBeGreaterThan(POLL_US);
  });

  it("is acknowledged within 10 s behind a backlog of 10,000 records", async () => {
    const { records, edges } = await edgesWithBacklog(2);
    expect(records).toBeGreaterThanOrEqual(10_000);
    expect(edges).toHaveLength(2);
    for (const { acknowledgedUs } of edges) expect(acknowledgedUs).toBeLessThanOrEqual(10_000_000);
  });
});
