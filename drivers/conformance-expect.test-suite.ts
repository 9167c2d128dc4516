/** What the conformance test demands of readings. */
import { expect } from "vitest";
import type { ConformanceBench } from "./conformance-bench.test-suite";
import { Quality } from "./contract";
import type { Reading } from "./device-bench.test-suite";

type Instance = { start(us: number): number; finish(us: number): number; close(): void };

const DEFAULT_RETURN_TICKS = 6;

export function expectRight(at: ConformanceBench, { channel, value }: Reading): void {
  if (at.channels[channel].derived !== undefined) {
    expect(Number.isFinite(value), `${channel} reads ${value}`).toBe(true);
    return;
  }
  expect(Math.abs(value - at.expected(channel)), `${channel} reads ${value}`).toBeLessThanOrEqual(
    at.tolerance(channel),
  );
}

/** Every channel has one reading, good and right. */
export function expectGood(at: ConformanceBench, readings: readonly Reading[]): void {
  expect(readings).toHaveLength(at.device.plan.channels.length);
  for (const reading of readings) {
    expect(reading.quality, reading.channel).toBe(Quality.good);
    expectRight(at, reading);
  }
}

/** Every channel is refused. */
export function expectBad(readings: readonly Reading[]): void {
  expect(readings.length).toBeGreaterThan(0);
  for (const { quality } of readings) expect(quality).not.toBe(Quality.good);
}

/** No reading is good. A part that measures by itself may rightly say nothing for a while. */
export function expectNoneGood(readings: readonly Reading[]): void {
  for (const { quality } of readings) expect(quality).not.toBe(Quality.good);
}

/** What is good is right. */
export function expectNothingMadeUp(at: ConformanceBench, readings: readonly Reading[]): void {
  for (const reading of readings) if (reading.quality === Quality.good) expectRight(at, reading);
}

/** Readings are good again within the ticks for settling and `grace` more; none before is good and wrong. */
export function expectBack(at: ConformanceBench, instance: Instance, grace = 1): void {
  const allowed = 1 + (at.facts.settleTicks ?? 0) + grace;
  for (let i = 0; i < allowed; i++) {
    const readings = at.tick(instance);
    expectNothingMadeUp(at, readings);
    if (readings.length > 0 && readings.every(({ quality }) => quality === Quality.good)) return;
  }
  expect.fail(`no good reading in ${allowed} ticks`);
}

/** The same after a loss: a part that failed is reset at every fifth failure only. */
export function expectReturn(at: ConformanceBench, instance: Instance): void {
  expectBack(at, instance, at.facts.returnTicks ?? DEFAULT_RETURN_TICKS);
}
