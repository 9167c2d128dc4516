/** Each block of the optical world against a formula of its own: closed forms, brute force in small steps, figures of papers. */
import { describe, expect, it } from "vitest";
import { NormalDeviates } from "../normal";
import { RandomBranch } from "../random";
import { AmbientLight } from "./ambient-light";
import { takeBaseline } from "./baseline";
import { FrontEnd } from "./front-end";
import { isBlocked, type Placement, sightBetween, straightBelow, UP } from "./geometry";
import { concentratorGain, illuminanceGain, lambertianOrder, lineOfSightGain } from "./lambertian";
import { LampLight } from "./lamp-light";
import { ChipRun } from "./led";
import { converterStep, linkBudget, noiseDensities } from "./link-budget";
import { DEFAULT_RECEIVER, type ReceiverParts } from "./parts";
import { SamplingClock } from "./sampling";

const db = (ratio: number) => 10 * Math.log10(ratio);
const SAMPLE_HZ = 1.6e6;
const evenClock = (hz: number) => new SamplingClock(hz, { ppm: 0, jitterS: 0 }, new RandomBranch(1));

describe("geometry", () => {
  it("knows distance and both angles", () => {
    const lamp: Placement = { at: [1, 2, 3], faces: [0, 0, -2] };
    const sight = sightBetween(lamp, { at: [4, 2, -1], faces: UP });
    expect(sight.distanceM).toBeCloseTo(5, 12);
    expect(sight.cosLamp).toBeCloseTo(0.8, 12);
    expect(sight.cosReceiver).toBeCloseTo(0.8, 12);
    // Tilted towards the lamp, straight at it: the normal of a 3-4-5 triangle.
    expect(sightBetween(lamp, { at: [4, 2, -1], faces: [-3, 0, 4] }).cosReceiver).toBeCloseTo(1, 12);
    expect(sightBetween(lamp, { at: [1, 2, 4], faces: UP }).cosLamp).toBeCloseTo(-1, 12);
    expect(sightBetween(lamp, { at: [1, 2, 3], faces: UP }).distanceM).toBe(0.05);
    expect(straightBelow(3)).toEqual({ distanceM: 3, cosLamp: 1, cosReceiver: 1 });
  });

  it.each([
    ["in the middle, taller than the line there", [0, 0, 3], [4, 0, 0], 3.5, 0, true],
    ["under the line, which passes over the head", [0, 0, 3], [4, 0, 0], 0.5, 0, false],
    ["beside the line", [0, 0, 3], [4, 0, 0], 3.5, 0.26, false],
    ["just not beside it", [0, 0, 3], [4, 0, 0], 3.5, 0.24, true],
    ["behind the receiver", [0, 0, 3], [4, 0, 0], 4.5, 0, false],
    ["straight below the lamp, over the receiver", [2, 2, 3], [2, 2, 0.8], 2.1, 2, true],
    ["straight below, with the receiver above the head", [2, 2, 3], [2, 2, 1.8], 2.1, 2, false],
  ] as const)("a person %s", (_, from, to, x, y, expected) => {
    expect(isBlocked(from, to, x, y)).toBe(expected);
    // The other way round it is the same line; and so say a thousand points of it.
    expect(isBlocked(to, from, x, y)).toBe(expected);
    const points = Array.from({ length: 1001 }, (_, i) => from.map((part, k) => part + (i / 1000) * (to[k] - part)));
    const within = points.some(([px, py, pz]) => (px - x) ** 2 + (py - y) ** 2 < 0.0625 && pz < 1.75);
    expect(within).toBe(expected);
  });
});

describe("a Lambertian source", () => {
  it("has the orders that the literature has", () => {
    expect(lambertianOrder(60)).toBeCloseTo(1, 10);
    expect(lambertianOrder(45)).toBeCloseTo(2, 10);
    expect(lambertianOrder(30)).toBeCloseTo(4.82, 2);
    expect(lambertianOrder(15)).toBeCloseTo(20, 0);
  });

  it("sends all of its light into the half space below it", () => {
    // The gain of a cosine receiver that faces the source, over all directions: it must come to 1.
    for (const halfAngle of [15, 40, 60]) {
      const order = lambertianOrder(halfAngle);
      const patch = { areaM2: 1e-6, fovDeg: 90, filter: 1, lensIndex: 0 };
      let sum = 0;
      const steps = 2000;
      for (let i = 0; i < steps; i++) {
        const angle = ((i + 0.5) / steps) * (Math.PI / 2);
        const sight = { distanceM: 2, cosLamp: Math.cos(angle), cosReceiver: 1 };
        const perArea = lineOfSightGain(order, patch, sight) / patch.areaM2;
        sum += perArea * 2 * Math.PI * 4 * Math.sin(angle) * (Math.PI / 2 / steps);
      }
      expect(sum).toBeCloseTo(1, 4);
    }
  });

  it("gives the gain that hands compute, and nothing outside of the view", () => {
    // m = 1, 1 cm², 2 m, both angles 45 degrees: 2e-4 / (2 π 4) · 0.5.
    const aperture = { areaM2: 1e-4, fovDeg: 60, filter: 0.8, lensIndex: 0 };
    const sight = { distanceM: 2, cosLamp: Math.SQRT1_2, cosReceiver: Math.SQRT1_2 };
    expect(lineOfSightGain(1, aperture, sight) / 3.1831e-6).toBeCloseTo(1, 4);
    expect(lineOfSightGain(1, { ...aperture, fovDeg: 44 }, sight)).toBe(0);
    expect(lineOfSightGain(1, aperture, { ...sight, cosLamp: -0.1 })).toBe(0);
    expect(concentratorGain({ ...aperture, lensIndex: 1.5 })).toBeCloseTo(2.25 / 0.75, 10);
    // 1,000 lm of a 60 degree lamp straight above, 2 m: 1,000 / π / 4 = 79.6 lx.
    expect(1000 * illuminanceGain(1, straightBelow(2))).toBeCloseTo(79.577, 2);
  });
});

describe("the link budget", () => {
  const parts: ReceiverParts = { ...DEFAULT_RECEIVER, ambientLux: 10_000, bits: 24 };

  it.each([
    [1, 45.5],
    [2, 33.4],
    [3, 26.4],
    [5, 17.5],
    [8, 9.4],
    [12, 2.3],
    [20, -6.6],
    [40, -18.6],
  ])("at %d m is that of the reference: %d dB (vlc.md section 5.2)", (distanceM, expected) => {
    const budget = linkBudget({ powerW: 1, order: 1 }, parts, straightBelow(distanceM), 5e-6, SAMPLE_HZ);
    expect(budget.ambientA).toBeCloseTo(100e-6, 12);
    expect(Math.abs(db(budget.ecn0) - expected)).toBeLessThan(0.06);
    const vppm = linkBudget({ powerW: 1, order: 1 }, parts, straightBelow(distanceM), 1.25e-6, 2 * SAMPLE_HZ);
    expect(db(budget.ecn0) - db(vppm.ecn0)).toBeCloseTo(6.02, 1);
  });

  it("has each noise as hands compute it", () => {
    const noisy: ReceiverParts = { ...parts, bits: 12, noiseVPerRootHz: 5e-9, capacitanceF: 30e-12 };
    const noise = noiseDensities(noisy, 1e-6, SAMPLE_HZ);
    expect(noise.signalShot / 3.2044e-25).toBeCloseTo(1, 4);
    expect(noise.ambientShot / 3.2044e-23).toBeCloseTo(1, 4);
    // 4 k T / R at 295 K and 100 kOhm: the square of 4.04e-13 A/√Hz.
    expect(Math.sqrt(noise.thermal) / 4.0363e-13).toBeCloseTo(1, 4);
    // 5 nV · 2 π · 30 pF = 9.425e-19; its square times (1 MHz)² / 3.
    expect(noise.amplifier / 2.9609e-25).toBeCloseTo(1, 3);
    // 3.3 V in 4,096 steps over 10 · 100 kOhm: 0.8057 nA a step.
    expect(converterStep(noisy) / 8.0566e-10).toBeCloseTo(1, 4);
    expect(noise.converter / 6.7615e-26).toBeCloseTo(1, 3);
    const { total, ...terms } = noise;
    expect(Object.values(terms).reduce((sum, one) => sum + one) / total).toBeCloseTo(1, 12);
  });
});

describe("an LED", () => {
  const CHIPS = Uint8Array.of(0b1011_0010, 0b0111_0100);

  /** The low-pass in steps of a nanosecond. */
  function bruteForce(chipUs: number, tauUs: number, fromUs: number, toUs: number): number {
    const stepUs = 0.001;
    let state = 0;
    let sum = 0;
    for (let i = 0; i * stepUs < toUs - 1e-9; i++) {
      const chip = Math.floor((i * stepUs) / chipUs + 1e-9);
      const lit = chip < 16 ? (CHIPS[chip >> 3] >> (7 - (chip & 7))) & 1 : 0;
      state += (lit - state) * (1 - Math.exp(-stepUs / tauUs));
      if (i * stepUs >= fromUs - 1e-9) sum += state * stepUs;
    }
    return sum / (toUs - fromUs);
  }

  it.each([
    [2.5e6, 5],
    [300e3, 5],
    [2.5e6, 0.25],
    [500e3, 1.25],
  ])("of %d Hz shines chips of %d µs as its low-pass says", (bandwidthHz, chipUs) => {
    const run = new ChipRun(bandwidthHz);
    run.set(CHIPS, 16, false, chipUs, 0);
    const tauUs = 1e6 / (2 * Math.PI * bandwidthHz);
    for (let i = 0; i < 20; i++) {
      const from = Math.round(i * 0.731 * chipUs * 1000) / 1000;
      const to = Math.round((i * 0.731 + 0.4) * chipUs * 1000) / 1000;
      if (to > 16 * chipUs) break;
      const mean = (run.until(to) - run.until(from)) / (to - from);
      expect(Math.abs(mean - bruteForce(chipUs, tauUs, from, to))).toBeLessThan(0.006);
    }
  });

  it("repeats a pattern for ever, and the lamp says its frames between", () => {
    const light = new LampLight(1e9, 0);
    light.shine(Uint8Array.of(0b0101), 4, 100_000, 0);
    expect(light.level).toBe(0.5);
    light.frame(Uint8Array.of(0b1100_0000), 4, 100_000, 1_000_020);
    // In stretches of a chip, 10 µs: rest (lowest bit first), frame (highest first), rest.
    const into = new Float64Array(12);
    light.addTo(into, evenClock(100_000), 12, 999_980, 2);
    expect([...into].map((value) => Math.round(value))).toEqual([2, 0, 2, 0, 2, 2, 0, 0, 2, 0, 2, 0]);
    expect(light.speaksBetween(1_000_050, 1_000_070, -1)).toBe(true);
    expect(light.speaksBetween(1_000_060, 1_000_070, -1)).toBe(false);
  });

  it("is sampled as its low-pass says it, settled or not, whenever the samples are", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = new RandomBranch(seed, "sampled");
      const octets = Uint8Array.from({ length: 24 }, () => random.uint32() & random.uint32() & 0xff);
      const bandwidthHz = [2.5e6, 300e3, 20e6][seed % 3];
      const hz = [200_000, 1_600_000, 37_000][random.uint32() % 3];
      const ppm = (random.uint32() % 200) - 100;
      const light = new LampLight(bandwidthHz, ppm);
      const rest = new ChipRun(bandwidthHz);
      const frame = new ChipRun(bandwidthHz);
      light.shine(octets, 90, hz, 1_000);
      const at = 50_000 + (random.uint32() % 1000) / 7;
      light.frame(octets, 192, hz, at);
      const clock = new SamplingClock(SAMPLE_HZ, { ppm: 20, jitterS: 25e-9 }, random);
      const origin = at - 40.3;
      const into = new Float64Array(1000);
      light.addTo(into, clock, 1000, origin, 3);
      // The same from runs of its own, sample by sample.
      const speed = 1 + ppm / 1e6;
      rest.repeats = true;
      rest.set(octets, 90, true, 1e6 / (hz * speed), light.level);
      rest.startUs = 1_000;
      frame.set(octets, 192, false, 1e6 / (hz * speed), light.level);
      frame.startUs = at;
      const end = frame.endUs;
      const sum = (t: number) =>
        t < at
          ? rest.until(t)
          : t < end
            ? rest.until(at) + frame.until(t)
            : rest.until(at) + frame.until(end) + rest.until(t) - rest.until(end);
      for (let i = 0; i < 1000; i++) {
        const [from, to] = [origin + clock.at(i), origin + clock.at(i + 1)];
        expect(Math.abs(into[i] - (3 * (sum(to) - sum(from))) / (to - from))).toBeLessThan(3 / 4_096);
      }
    }
  });

  it("with a clock that is 100 ppm fast ends a frame of 100 ms 10 µs early", () => {
    const light = new LampLight(2.5e6, 100);
    expect(light.frame(new Uint8Array(2500), 20_000, 200_000, 0)).toBeCloseTo(99_990, 1);
  });
});

describe("ambient light", () => {
  const parts: ReceiverParts = { ...DEFAULT_RECEIVER, ripple: 0.2, mainsHz: 50 };

  it("swings with the half waves about its mean", () => {
    const ambient = new AmbientLight(parts);
    const values = Array.from({ length: 2000 }, (_, i) => ambient.currentAt(3600 + i / 100_000));
    const mean = values.reduce((sum, value) => sum + value) / values.length;
    expect(mean / 10e-6).toBeCloseTo(1, 3);
    expect((Math.max(...values) - Math.min(...values)) / mean).toBeCloseTo((0.2 * Math.PI) / 2, 2);
    // A line of 100 Hz: the rectified sine has 2/3 of its mean there.
    const line = Math.hypot(
      ...[Math.cos, Math.sin].map(
        (wave) => (2 / 2000) * values.reduce((sum, value, i) => sum + value * wave((2 * Math.PI * i) / 1000), 0),
      ),
    );
    expect(line / (0.2 * mean)).toBeCloseTo(2 / 3, 2);
  });

  it("in a capture is what it is at each moment, ballasts too", () => {
    for (const ballast of [0, 0.1]) {
      const ambient = new AmbientLight({ ...parts, ballast, ballastHz: 45_000 });
      const into = new Float64Array(1000);
      ambient.write(into, evenClock(SAMPLE_HZ), 1000, 12_345_678);
      for (let i = 0; i < 1000; i += 7)
        expect(Math.abs(into[i] / ambient.currentAt((12_345_678 + i / 1.6) / 1e6) - 1)).toBeLessThan(0.01);
    }
  });

  it("leaves a coupling what a filter in small steps leaves", () => {
    const ambient = new AmbientLight(parts);
    const corner = 2000;
    let settled = 10e-6;
    const stepS = 1e-7;
    for (let i = 40_000; i > 0; i--)
      settled += 2 * Math.PI * corner * stepS * (ambient.currentAt(1.0033 - i * stepS) - settled);
    expect(Math.abs(ambient.settledAt(1.0033, corner) - settled)).toBeLessThan(0.05e-6);
  });
});

describe("the front end", () => {
  const quiet: ReceiverParts = { ...DEFAULT_RECEIVER, bits: 24, couplingHz: 10 };
  const frontEnd = (parts: ReceiverParts) => new FrontEnd(new NormalDeviates(new RandomBranch(3)), parts, SAMPLE_HZ);

  it("draws white noise of the density that the budget has", () => {
    const wide: ReceiverParts = { ...quiet, bandwidthHz: 1e9, couplingHz: 10 };
    const samples = new Float64Array(100_000);
    const density = 3.2e-24;
    frontEnd(wide).convert(samples, samples.length, 0, density, new Float64Array(samples.length + 1));
    const step = converterStep(wide);
    const power = samples.reduce((sum, value) => sum + (value * step) ** 2, 0) / samples.length;
    expect(power / ((density * SAMPLE_HZ) / 2)).toBeCloseTo(1, 1);
    const next =
      samples.reduce((sum, value, i) => sum + value * (samples[i + 1] ?? 0) * step * step, 0) / samples.length;
    expect(Math.abs(next / power)).toBeLessThan(0.02);
  });

  it("answers a step as its band says, and forgets it as its coupling says", () => {
    const parts: ReceiverParts = { ...quiet, bandwidthHz: 100_000, couplingHz: 2000 };
    const samples = new Float64Array(400).fill(1e-7);
    samples[0] = 0;
    frontEnd(parts).convert(samples, 400, 0, 0, new Float64Array(401));
    const step = converterStep(parts);
    for (const i of [3, 10, 100, 399]) {
      const t = i / SAMPLE_HZ;
      // Two poles in a row, of which the second is a difference.
      const [fast, slow] = [2 * Math.PI * 100_000, 2 * Math.PI * 2000];
      const expected = (fast / (fast - slow)) * (Math.exp(-slow * t) - Math.exp(-fast * t));
      expect(Math.abs((samples[i] * step) / 1e-7 - expected)).toBeLessThan(0.02);
    }
  });

  it("has steps, and ends", () => {
    const parts: ReceiverParts = { ...DEFAULT_RECEIVER, bits: 8, bandwidthHz: 1e9, couplingHz: 10 };
    const step = converterStep(parts);
    const samples = Float64Array.of(0, 3.4 * step, -3.6 * step, 1000 * step, -1000 * step);
    const converter = frontEnd(parts);
    const sums = new Float64Array(6);
    converter.convert(samples, 5, 0, 0, sums);
    expect([...samples]).toEqual([0, 3, -4, 127, -128]);
    expect([...sums]).toEqual([0, 0, 3, -1, 126, -2]);
    expect(converter.clipped).toBe(2);
  });
});

describe("the receiver's clock", () => {
  it("runs fast or slow, and jitters as it should", () => {
    const fast = new SamplingClock(SAMPLE_HZ, { ppm: 40, jitterS: 0 }, new RandomBranch(1));
    expect(fast.at(20_000)).toBeCloseTo(12_500 * (1 - 40e-6), 4);
    const clock = new SamplingClock(SAMPLE_HZ, { ppm: 0, jitterS: 25e-9 }, new RandomBranch(1));
    let squares = 0;
    let neighbours = 0;
    let most = 0;
    for (let i = 1; i <= 20_000; i++) {
      const early = clock.at(i) - i / 1.6;
      squares += early ** 2;
      neighbours += early * (clock.at(i + 1) - (i + 1) / 1.6);
      most = Math.max(most, Math.abs(early));
      expect(clock.at(i)).toBeGreaterThan(clock.at(i - 1));
    }
    expect(Math.sqrt(squares / 20_000) / 0.025).toBeCloseTo(1, 1);
    expect(Math.abs(neighbours / squares)).toBeLessThan(0.03);
    expect(most).toBeLessThanOrEqual(clock.mostJitterUs);
    expect(most).toBeGreaterThan(0.075);
  });
});

describe("the baseline", () => {
  it("takes what changes slowly and leaves chips", () => {
    const count = 4000;
    const chip = (i: number) => (((i >> 3) & 1) === 0 ? 1 : -1);
    const samples = Float64Array.from({ length: count }, (_, i) => chip(i) + 50 + i / 20 + 30 * Math.sin(i / 2500));
    const sums = new Float64Array(count + 1);
    for (let i = 0; i < count; i++) sums[i + 1] = sums[i] + samples[i];
    takeBaseline(samples, count, 8, sums);
    for (let i = 200; i < count - 200; i++) expect(Math.abs(samples[i] - chip(i))).toBeLessThan(0.1);
  });
});
