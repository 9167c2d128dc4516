/**
 * The receiver with its own clock. Rates with more frames: npx tsx bench/reception.ts
 * The long fuzz: ARGAND_RECEIVER_FUZZ=1000000 npx vitest run optics/capture-receiver -t "stands captures"
 * In parts, of which each is the same whenever it runs: ARGAND_RECEIVER_FUZZ=250000-500000 ...
 */
import { describe, expect, it } from "vitest";
import { VlcEncoder } from "../../../drivers/vlc/encoder";
import { LineChips, lightOf } from "../../../drivers/vlc/line-chips";
import { DEFAULT_PROFILE, frameCheck, profileFor, type VlcProfile } from "../../../drivers/vlc/profile";
import { dbOfRatio } from "../math";
import { RandomBranch, uniform } from "../random";
import { CaptureReceiver, Reception } from "./capture-receiver";
import { IDEAL_DB, ReceptionBench } from "./reception-rate";
import { SampledLight } from "./sampled-light";

/** `1000000`, or a part of them: `250000-500000`. */
const [LAST, FIRST = 0] = (process.env["ARGAND_RECEIVER_FUZZ"] ?? "1000").split("-").map(Number).reverse();
/** 40 ppm on either side. */
const CLOCKS_PPM = 80;

describe("the receiver", () => {
  it.each(IDEAL_DB.map((db, mcs) => [mcs, db]))(
    "loses at most one frame in ten 1 dB above ideal synchronisation, MCS %d (%d dB)",
    { timeout: 300_000 },
    (mcs, db) => {
      const bench = new ReceptionBench(new RandomBranch(1), { mcs, octets: 64, flp: mcs === 0 ? 256 : 64 });
      expect(bench.measure(db + 1, CLOCKS_PPM, 100)).toBeLessThanOrEqual(0.1);
      // Not because the noise was left out: 3 dB less and nearly nothing comes through.
      expect(bench.measure(db - 2, CLOCKS_PPM, 10)).toBeGreaterThan(0.5);
    },
  );

  it("reads MCS 0 with a long locking pattern at -7 dB", { timeout: 300_000 }, () => {
    const bench = new ReceptionBench(new RandomBranch(2), { mcs: 0, octets: 64, flp: 256 });
    expect(bench.measure(-7, CLOCKS_PPM, 100)).toBeLessThanOrEqual(0.1);
  });

  it("holds on to the clock through the longest frame, 40 ppm off on either side", { timeout: 300_000 }, () => {
    const bench = new ReceptionBench(new RandomBranch(3), { mcs: 0, octets: 1023 });
    for (const ppm of [CLOCKS_PPM, -CLOCKS_PPM]) {
      expect(bench.send(0, ppm)).toBe(true);
      expect(Math.abs(bench.receiver.ppm - ppm)).toBeLessThan(3);
    }
  });

  it("finds short locking patterns of MCS 0 too", { timeout: 300_000 }, () => {
    const bench = new ReceptionBench(new RandomBranch(5), { mcs: 0, octets: 64, flp: 64 });
    expect(bench.measure(IDEAL_DB[0] + 1, CLOCKS_PPM, 100)).toBeLessThanOrEqual(0.1);
  });

  it.each([
    [0, -7],
    [0, -2],
    [1, 5],
    [4, 12],
    [5, 0],
    [8, 8],
  ])("says how much light there is over the noise, MCS %d at %d dB", { timeout: 300_000 }, (mcs, db) => {
    const bench = new ReceptionBench(new RandomBranch(1, `energy ${mcs}`), { mcs, octets: 10, flp: 256 });
    let sum = 0;
    let read = 0;
    for (let i = 0; i < 60; i++) {
      if (!bench.send(db, i & 1 ? CLOCKS_PPM : -CLOCKS_PPM)) continue;
      read++;
      // Of VPPM the energy is counted by half a pulse.
      sum += bench.receiver.chipToNoise / (mcs < 5 ? 1 : 2);
    }
    expect(read).toBeGreaterThan(50);
    expect(Math.abs(dbOfRatio(sum / read) - db)).toBeLessThan(0.5);
  });
});

/** One frame without noise, and a receiver of another profile. */
function misread(sent: VlcProfile, expected: VlcProfile, negative = false) {
  const { samples, count } = frameOf(sent);
  if (negative) for (let i = 0; i < count; i++) samples[i] = -samples[i];
  const receiver = new CaptureReceiver({ profile: expected, maxPsduOctets: 40 });
  return { receiver, outcome: receiver.receive(samples, count) };
}

function frameOf(profile: VlcProfile, mcs = 1, random = new RandomBranch(1), octets = 40, perSymbol = 8, late = 0) {
  const encoder = new VlcEncoder({ mcs, profile, maxPsduOctets: octets });
  const psdu = Uint8Array.from({ length: octets }, (_, i) => (i * 77) & 0xff);
  frameCheck(profile).append(psdu, octets - 2);
  encoder.encode(psdu, octets);
  const light = new LineChips(lightOf(encoder));
  const chips = light.write(encoder);
  const perChip = (perSymbol * profile.clockHz) / light.hz;
  const around = 25 * perSymbol;
  const channel = new SampledLight(random, chips, Math.ceil(chips * perChip * 1.01 + 3 * around + late));
  const sampling = { perChip, lead: around + late + uniform(random) * 8, ppm: 20, amplitude: 1000, deviation: 50 };
  return { samples: channel.samples, count: channel.write(light.chips, chips, around, sampling) };
}

describe("a frame that begins late in its capture", () => {
  it.each([0, 500, 1_000, 1_500, 2_000, 2_500, 3_000])("%d samples, is found all the same", (late) => {
    for (const perSymbol of [8, 5.5]) {
      const { samples, count } = frameOf(DEFAULT_PROFILE, 1, new RandomBranch(late + 1), 40, perSymbol, late);
      const receiver = new CaptureReceiver({ profile: DEFAULT_PROFILE, maxPsduOctets: 40, perSymbol });
      expect(receiver.receive(samples, count)).toBe(Reception.frame);
      expect(Math.abs(receiver.bodyAt - (25 * perSymbol + late + 124 * perSymbol))).toBeLessThan(2 * perSymbol);
    }
  });
});

describe("what a receiver says of other people's frames", () => {
  it("reads light and dark exchanged, and counts it", () => {
    const { receiver, outcome } = misread(DEFAULT_PROFILE, DEFAULT_PROFILE, true);
    expect(outcome).toBe(Reception.frame);
    expect(receiver.inverted).toBe(1);
  });

  it("names the CRC that the header would hold with, and gives no frame", () => {
    for (const crc of ["ccitt-false", "kermit", "x25", "arc"] as const) {
      const { receiver, outcome } = misread({ ...DEFAULT_PROFILE, crc }, DEFAULT_PROFILE);
      expect(outcome).toBe(Reception.hcsError);
      expect(receiver.otherCrc).toBe(1);
      expect(receiver.lastOtherCrc).toBe(crc);
    }
  });

  it("notices Manchester the other way round", () => {
    const { receiver, outcome } = misread({ ...DEFAULT_PROFILE, manchester: "0=10" }, DEFAULT_PROFILE);
    expect(outcome).toBe(Reception.hcsError);
    expect(receiver.otherManchester).toBe(1);
  });
});

/** A bitwise CRC, nothing of the codec's. */
function fcsHolds(psdu: Uint8Array, length: number): boolean {
  let crc = 0xffff;
  for (let i = 0; i < length - 2; i++) {
    crc ^= psdu[i];
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0x8408 : crc >> 1;
  }
  return length > 2 && psdu[length - 2] === (crc & 0xff) && psdu[length - 1] === crc >> 8;
}

/** Frames of every line code and outer code, as short as they go, so that many captures fit in an hour. */
const FED = [
  { mcs: 1, octets: 6, perSymbol: 4 },
  { mcs: 3, octets: 8, perSymbol: 4 },
  { mcs: 4, octets: 40, perSymbol: 8 },
  { mcs: 5, octets: 5, perSymbol: 4 },
  { mcs: 7, octets: 8, perSymbol: 5.5 },
  { mcs: 8, octets: 40, perSymbol: 8 },
] as const;

type Fed = { readonly samples: Float64Array; readonly count: number; readonly receiver: CaptureReceiver };

/** Spoils `work`, which holds a frame of `count` samples, in one of many ways. Returns how many samples it has then. */
function spoil(work: Float64Array, count: number, below: (bound: number) => number, other: Fed): number {
  const kind = below(12);
  if (kind === 0) for (let k = 0; k < count; k++) work[k] = below(4096);
  if (kind <= 1) return below(count + 1);
  const part = work.subarray(0, count);
  if (kind === 2) part.copyWithin(below(count), below(count), below(count));
  if (kind === 3) part.fill(below(3000) - 1000, below(count), below(count));
  if (kind === 4) for (let k = below(40); k > 0; k--) work[below(count)] = (below(3) - 1) * 1e9;
  if (kind === 5) work[below(count)] = [Number.NaN, Number.POSITIVE_INFINITY, -1e300, 1e-300][below(4)];
  if (kind === 6) for (let k = 0; k < count; k++) work[k] = Math.min(work[k] * below(50), 4095);
  if (kind === 7) for (let k = 0; k < count; k++) work[k] += below(6000) - 3000;
  // Another lamp's frame over this one, earlier or later.
  if (kind === 8) for (let k = below(count); k < Math.min(count, other.count); k++) work[k] += other.samples[k];
  // A clock that no crystal has: samples are left out.
  if (kind === 9)
    for (let k = 0, step = 1 + below(100) / 2000; k < count; k++) work[k] = work[Math.floor(k * step)] ?? 0;
  // A payload that says what a header or a preamble says, once more.
  if (kind === 10) part.copyWithin(below(count), 0, count >> 1);
  return count;
}

describe("a receiver that is fed anything", () => {
  it(`stands captures ${FIRST} to ${LAST - 1} of every kind and length`, { timeout: 36_000_000 }, () => {
    const fed: Fed[] = FED.map(({ mcs, octets, perSymbol }) => ({
      ...frameOf(profileFor(mcs), mcs, new RandomBranch(1), octets, perSymbol),
      receiver: new CaptureReceiver({ profile: profileFor(mcs), maxPsduOctets: octets, perSymbol }),
    }));
    const work = new Float64Array(Math.max(...fed.map(({ count }) => count)));
    const ended = [0, 0, 0, 0, 0];
    let longestMs = 0;
    for (let i = FIRST; i < LAST; i++) {
      const random = new RandomBranch(6, `${i}`);
      const below = (bound: number) => random.uint32() % bound;
      const { samples, count, receiver } = fed[below(fed.length)];
      work.set(samples.subarray(0, count));
      const left = spoil(work, count, below, fed[below(fed.length)]);
      const fromMs = performance.now();
      const outcome = receiver.receive(work, left);
      longestMs = Math.max(longestMs, performance.now() - fromMs);
      ended[outcome]++;
      if (outcome === Reception.frame && !fcsHolds(receiver.decoder.psdu, receiver.decoder.psduLength))
        throw new Error(`capture ${i} gave a frame whose FCS does not hold`);
    }
    for (const { receiver } of fed) expect(Math.max(...receiver.ended)).toBeGreaterThan(0);
    expect(ended.reduce((sum, one) => sum + one)).toBe(LAST - FIRST);
    for (const outcome of [Reception.frame, Reception.unsynchronised, Reception.hcsError, Reception.fcsError])
      expect(ended[outcome]).toBeGreaterThan(0);
    if (process.env["ARGAND_RECEIVER_FUZZ"] !== undefined)
      console.info(
        `captures ${FIRST} to ${LAST - 1} by outcome: ${ended.join(" ")}; the longest took ${longestMs.toFixed(0)} ms`,
      );
  });

  it("ends where its memory ends when the light does not", () => {
    const receiver = new CaptureReceiver({ profile: DEFAULT_PROFILE, maxPsduOctets: 10 });
    const endless = Float64Array.from({ length: 2 * receiver.capacity }, (_, i) => (i >> 3) & 1);
    expect(receiver.receive(endless, endless.length)).not.toBe(Reception.frame);
    expect(receiver.receive([], 0)).toBe(Reception.unsynchronised);
  });
});
