import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import type { Plan } from "../../firmware/plan";
import { loadSite } from "../../manifests/load";
import { xsAvailability } from "../xs/toolchain";
import { type Board, boardNamed } from "./boards";
import type { Figures } from "./figures";
import { type MeasureOptions, measureBudget } from "./measure";
import { partNames } from "./parts";
import { writeSmallSite } from "./small-site.test-suite";
import { judge } from "./verdict";

const availability = xsAvailability();
const FIRST_LIGHT = fileURLToPath(new URL("../../manifests/examples/first-light.yaml", import.meta.url));
const ESP32 = boardNamed("esp32")!;
const SHORT = { warmUpUs: 10_000_000, measureUs: 20_000_000 };

async function planOf(path: string): Promise<Plan> {
  const site = await loadSite(path);
  if (!site.ok) throw new Error(`${path} does not load: ${site.diagnostics.map(({ message }) => message).join("; ")}`);
  return site.plan;
}

function measure(plan: Plan, board: Board, more: Partial<MeasureOptions> = {}): Promise<Figures> {
  return measureBudget({ plan, board, ...SHORT, ...more });
}

describe.skipIf(!availability.ok)("a measured budget", () => {
  let small: Plan;
  let figures: Figures;

  beforeAll(async () => {
    const site = writeSmallSite();
    small = await planOf(site.path);
    site.remove();
    figures = await measure(small, ESP32);
  });

  it("has what it was measured from: samples, ticks, batches of the measured time", () => {
    // Two channels and a luminaire's two, at 1 s and 2 s.
    expect(figures.ticks).toBe(30);
    expect(figures.virtualSeconds).toBe(20);
    expect(figures.batches).toBeGreaterThanOrEqual(4);
    expect(figures.samples).toBeGreaterThanOrEqual(40);
  });

  it("divides all units among the parts, what the probes cost left out", () => {
    expect(figures.parts.map((part) => part.name)).toEqual(partNames(["sht3x", "vlc-transmitter"]));
    const sum = figures.parts.reduce((total, part) => total + part.unitsPerSecond, 0);
    // 2 % are allowed, and as much would be missing if the probes' price were not subtracted: be strict.
    expect(Math.abs(sum / figures.unitsPerSecond - 1)).toBeLessThan(0.001);
    for (const part of figures.parts.slice(1)) expect(part.unitsPerSecond, part.name).toBeGreaterThan(0);
    expect(figures.parts[0].unitsPerSecond).toBeLessThan(figures.unitsPerSecond / 100);
  });

  it("divides a site with a serial bus as well, and all that it allocates", async () => {
    const whole = await measure(await planOf(FIRST_LIGHT), ESP32, { trace: true });
    const perSecond = whole.ticks / whole.virtualSeconds;
    const sum = (of: (part: Figures["parts"][number]) => number) =>
      whole.parts.reduce((total, part) => total + of(part), 0);
    expect(Math.abs(sum((part) => part.unitsPerSecond) / whole.unitsPerSecond - 1)).toBeLessThan(0.001);
    expect(sum((part) => part.slotsPerSecond)).toBeCloseTo(whole.slotsPerTick * perSecond, 6);
    expect(sum((part) => part.chunkBytesPerSecond)).toBeCloseTo(whole.chunkBytesPerTick * perSecond, 6);
    const measured = whole.allocations!.filter((allocation) => allocation.measured);
    expect(measured.reduce((total, one) => total + one.slots, 0)).toBe(whole.slotsPerTick * whole.ticks);
    const before = whole.allocations!.filter((allocation) => !allocation.measured);
    expect(before.some(({ chunkBytes }) => chunkBytes > 1000)).toBe(true);
    // Private methods have slots of their own, which the traced program, for its names' sake, has not.
    const alive = whole.alive!.reduce((total, one) => total + one.slots, 0);
    expect(alive).toBeLessThan(whole.liveSlots);
    expect(alive).toBeGreaterThan(whole.liveSlots * 0.8);
    const kept = whole.alive!.reduce((total, one) => total + one.chunkBytes, 0);
    expect(Math.abs(kept / whole.liveChunkBytes - 1)).toBeLessThan(0.1);
    const byClass = whole.classes!.reduce((total, one) => total + one.slots, 0);
    expect(Math.abs(byClass / whole.liveSlots - 1)).toBeLessThan(0.02);
    expect(whole.classes!.find(({ name }) => name === "SHT3xInstance")?.objects).toBe(1);
  });

  it("is the gateway's alone: a world that holds a hundred thousand objects more changes no figure", async () => {
    expect(await measure(small, ESP32, { worldBallast: 100_000 })).toEqual(figures);
  });

  it("finds an arena between what is alive and what a board gives", () => {
    const slotBytes = figures.bits === 32 ? 16 : 32;
    expect(figures.arenaBytes).toBeGreaterThan(figures.liveSlots * 16 + figures.liveChunkBytes / (slotBytes / 16));
    expect(figures.arenaBytes).toBeLessThan(165_888);
    expect(figures.arenaIsEstimate).toBe(figures.bits !== 32);
  });

  it("calls a small site anything but too large", () => {
    expect(figures.onBoard).toBe("ran");
    expect(judge(figures, ESP32).verdict).not.toBe("does not fit");
  });

  it("says that a board of 32 kB is too small, and measures all the same", async () => {
    const tiny: Board = { ...ESP32, name: "tiny", chunkBytes: 8_000, heapSlots: 1_000 };
    const on = await measure(small, tiny);
    expect(on).toMatchObject({
      onBoard: "memory",
      arenaBytes: figures.arenaBytes,
      unitsPerSample: figures.unitsPerSample,
    });
    const { verdict, reasons } = judge(on, tiny);
    expect(verdict).toBe("does not fit");
    expect(reasons[0]).toMatch(/ran out of memory with the board's own sizes/);
  });

  it("says that a stack is too small", async () => {
    const on = await measure(small, { ...ESP32, stackSlots: 64 });
    expect(on.onBoard).toBe("stack");
    expect(judge(on, { ...ESP32, stackSlots: 64 }).verdict).toBe("does not fit");
  });
});

if (!availability.ok) console.warn(`tests of the budget are skipped: ${availability.reason}`);
