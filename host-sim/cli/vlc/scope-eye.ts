/**
 * What a scope says of a frame's coded part: levels, eye, crossings, rise, duty, the mean over 5 ms.
 *
 * Light stands as samples, each the mean of its time; between their middles a straight line. The eye of OOK is a chip wide. That of
 * VPPM is as wide as the stretch at a pulse's front where a 0 and a 1 differ: the duty, or what is left of the pulse.
 */
import { FLICKER_WINDOW_US } from "../../world/optics/flicker";

export type CodedPart = {
  readonly samples: Float64Array;
  /** Share of an eye that the amplifier takes the mean of: what is looked at is that. */
  readonly filter: number;
  /** First sample of the coded part, and samples of a line symbol, both in parts of a sample too. */
  readonly at: number;
  readonly period: number;
  readonly symbols: number;
  readonly isOok: boolean;
  readonly duty: number;
  readonly clockHz: number;
};

export type EyeFigures = {
  /** Steps of the converter. */
  readonly dark: number;
  readonly lit: number;
  /** At its best moment: distance of the levels less three deviations of each, in percent of the amplitude. Below 0: closed. */
  readonly eyeOpeningPercent: number;
  /** The same with the nearest samples of either level instead of deviations. */
  readonly eyeInnerPercent: number;
  /** How long the eye is open, in percent of its width. */
  readonly eyeWidthPercent: number;
  /** When it is widest open, in percent of its width. */
  readonly eyeBestPercent: number;
  readonly crossings: number;
  /** Deviation of the crossings at half the amplitude from where the clock has them, and the farthest two apart. */
  readonly crossingJitterNs: number | null;
  readonly crossingJitterPercent: number | null;
  readonly crossingPeakToPeakNs: number | null;
  /** 10 % to 90 %, and back; not shorter than a sample or so. Null where edges do not come that far. */
  readonly riseNs: number | null;
  readonly fallNs: number | null;
  readonly sampleNs: number;
  /** Mean light of the coded part over a lit lamp's. */
  readonly dutyPercent: number;
  /** Farthest 5 ms mean from the mean, in percent of that. Null: the coded part is shorter. */
  readonly flicker5msPercent: number | null;
};

/** A stretch of one level, in samples. */
type Run = { from: number; to: number; level: number };

const PHASES = 64;
/** Parts of a sample that edges at other places within their samples tell apart. */
const EDGE_BINS_PER_SAMPLE = 4;
const DEVIATIONS = 3;

/** Samples that the eye is wide. */
export function eyeWidth({ period, isOok, duty }: CodedPart): number {
  return isOok ? period : period * Math.min(duty, 1 - duty);
}

/** The samples behind the amplifier. */
export function amplified(part: CodedPart): Float64Array {
  const { samples } = part;
  const sums = sumsOf(samples);
  const half = Math.max(1, part.filter * eyeWidth(part)) / 2;
  return samples.map((_, i) => {
    const from = Math.max(0, i + 0.5 - half);
    const to = Math.min(samples.length, i + 0.5 + half);
    return (until(sums, to) - until(sums, from)) / (to - from);
  });
}

function sumsOf(samples: Float64Array): Float64Array {
  const sums = new Float64Array(samples.length + 1);
  for (let i = 0; i < samples.length; i++) sums[i + 1] = sums[i] + samples[i];
  return sums;
}

/** Light at a moment, in samples. */
export function lightAt(samples: Float64Array, moment: number): number {
  const place = Math.min(Math.max(moment - 0.5, 0), samples.length - 1);
  const whole = Math.floor(place);
  if (whole + 1 >= samples.length) return samples[whole];
  return samples[whole] + (place - whole) * (samples[whole + 1] - samples[whole]);
}

export function eyeFigures(part: CodedPart): EyeFigures {
  const { clockHz } = part;
  const sums = sumsOf(part.samples);
  const seen = { ...part, samples: amplified(part) };
  const bits = decided(part, sums);
  const [dark, lit] = levels(part, bits);
  const sampleNs = 1e9 / (clockHz * part.period);
  const runs = runsOf(part, bits);
  const end = part.at + part.symbols * part.period;
  const mean = (until(sums, end) - until(sums, part.at)) / (end - part.at);
  return {
    dark,
    lit,
    ...opening(seen, bits, lit - dark),
    ...crossings(seen, runs, (dark + lit) / 2, sampleNs),
    riseNs: edgeTime(part, runs, dark, lit, 1, sampleNs),
    fallNs: edgeTime(part, runs, dark, lit, -1, sampleNs),
    sampleNs,
    dutyPercent: (100 * (mean - dark)) / (lit - dark),
    flicker5msPercent: flicker(part, sums, dark, mean),
  };
}

function until(sums: Float64Array, at: number): number {
  const place = Math.min(Math.max(at, 0), sums.length - 1);
  const whole = Math.floor(place);
  return whole + 1 >= sums.length ? sums[whole] : sums[whole] + (place - whole) * (sums[whole + 1] - sums[whole]);
}

/** Symbols by their whole light: chips by pairs, of which one is lit; pulses by front and back. */
function decided({ at, period, symbols, isOok, duty }: CodedPart, sums: Float64Array): Uint8Array {
  const bits = new Uint8Array(symbols);
  const light = (from: number, to: number) => until(sums, to) - until(sums, from);
  const share = Math.min(duty, 1 - duty) * period;
  for (let i = 0; i < symbols; i++) {
    const from = at + i * period;
    if (!isOok) bits[i] = light(from + period - share, from + period) > light(from, from + share) ? 1 : 0;
    else if ((i & 1) === 1) bits[i] = 1 - bits[i - 1];
    else bits[i] = light(from, from + period) > light(from + period, from + 2 * period) ? 1 : 0;
  }
  return bits;
}

/** Is there light at the front of a symbol where its bit matters? A pulse of a 1 is at the back. */
function isLit(part: CodedPart, bit: number): boolean {
  return part.isOok ? bit === 1 : bit === 0;
}

/** Means in the middle of the eye. */
function levels(part: CodedPart, bits: Uint8Array): [number, number] {
  const half = eyeWidth(part) / 2;
  const sum = [0, 0];
  const count = [0, 0];
  for (let i = 0; i < bits.length; i++) {
    const level = isLit(part, bits[i]) ? 1 : 0;
    sum[level] += lightAt(part.samples, part.at + i * part.period + half);
    count[level]++;
  }
  return [sum[0] / count[0], sum[1] / count[1]];
}

function opening(part: CodedPart, bits: Uint8Array, amplitude: number) {
  const width = eyeWidth(part);
  let best = Number.NEGATIVE_INFINITY;
  let bestPhase = 0;
  let inner = Number.NEGATIVE_INFINITY;
  let open = 0;
  for (let phase = 0; phase < PHASES; phase++) {
    const offset = part.at + ((phase + 0.5) / PHASES) * width;
    const { height, gap } = heightAt(part, bits, offset);
    if (height > 0) open++;
    if (height > best) {
      best = height;
      bestPhase = phase + 0.5;
    }
    inner = Math.max(inner, gap);
  }
  return {
    eyeOpeningPercent: (100 * best) / amplitude,
    eyeInnerPercent: (100 * inner) / amplitude,
    eyeWidthPercent: (100 * open) / PHASES,
    eyeBestPercent: (100 * bestPhase) / PHASES,
  };
}

function heightAt(part: CodedPart, bits: Uint8Array, offset: number): { height: number; gap: number } {
  const count = [0, 0];
  const sum = [0, 0];
  const squares = [0, 0];
  let leastLit = Number.POSITIVE_INFINITY;
  let mostDark = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < bits.length; i++) {
    const light = lightAt(part.samples, offset + i * part.period);
    const level = isLit(part, bits[i]) ? 1 : 0;
    count[level]++;
    sum[level] += light;
    squares[level] += light * light;
    if (level === 1) leastLit = Math.min(leastLit, light);
    else mostDark = Math.max(mostDark, light);
  }
  const mean = sum.map((one, level) => one / count[level]);
  const deviation = squares.map((one, level) => Math.sqrt(Math.max(0, one / count[level] - mean[level] ** 2)));
  return {
    height: mean[1] - DEVIATIONS * deviation[1] - mean[0] - DEVIATIONS * deviation[0],
    gap: leastLit - mostDark,
  };
}

/** Stretches of equal light, as the bits and the clock have them. */
function runsOf(part: CodedPart, bits: Uint8Array): Run[] {
  const { at, period, isOok, duty } = part;
  const runs: Run[] = [];
  const add = (from: number, to: number, level: number) => {
    const last = runs.at(-1);
    if (last?.level === level) last.to = to;
    else runs.push({ from, to, level });
  };
  for (let i = 0; i < bits.length; i++) {
    const from = at + i * period;
    const to = at + (i + 1) * period;
    if (isOok) add(from, to, bits[i]);
    else {
      const edge = from + (bits[i] === 0 ? duty : 1 - duty) * period;
      add(from, edge, 1 - bits[i]);
      add(edge, to, bits[i]);
    }
  }
  return runs;
}

/** The crossing of half the amplitude that is nearest to each edge, not farther than half the shorter stretch beside it. */
function crossings(part: CodedPart, runs: readonly Run[], middle: number, sampleNs: number) {
  const late: number[] = [];
  for (let i = 1; i < runs.length; i++) {
    const edge = runs[i].from;
    const reach = Math.min(runs[i].to - edge, edge - runs[i - 1].from) / 2;
    const found = crossingNear(part.samples, edge, reach, middle, runs[i].level === 1 ? 1 : -1);
    if (found !== undefined) late.push((found - edge) * sampleNs);
  }
  if (late.length < 2)
    return {
      crossings: late.length,
      crossingJitterNs: null,
      crossingJitterPercent: null,
      crossingPeakToPeakNs: null,
    };
  const mean = late.reduce((sum, one) => sum + one, 0) / late.length;
  const jitter = Math.sqrt(late.reduce((sum, one) => sum + (one - mean) ** 2, 0) / late.length);
  return {
    crossings: late.length,
    crossingJitterNs: jitter,
    crossingJitterPercent: (100 * jitter) / (eyeWidth(part) * sampleNs),
    crossingPeakToPeakNs:
      late.reduce((most, one) => Math.max(most, one), Number.NEGATIVE_INFINITY) -
      late.reduce((least, one) => Math.min(least, one), Number.POSITIVE_INFINITY),
  };
}

function crossingNear(samples: Float64Array, edge: number, reach: number, middle: number, direction: number) {
  let nearest: number | undefined;
  for (let i = Math.floor(edge - reach - 0.5); i <= edge + reach; i++) {
    if (i < 0 || i + 1 >= samples.length) continue;
    const before = direction * (samples[i] - middle);
    const after = direction * (samples[i + 1] - middle);
    if (before > 0 || after <= 0) continue;
    const moment = i + 0.5 + before / (before - after);
    if (Math.abs(moment - edge) > reach) continue;
    if (nearest === undefined || Math.abs(moment - edge) < Math.abs(nearest - edge)) nearest = moment;
  }
  return nearest;
}

/** 10 % to 90 % of the mean of all edges of a direction, each sample at its own distance from its edge. */
function edgeTime(
  part: CodedPart,
  runs: readonly Run[],
  dark: number,
  lit: number,
  direction: number,
  sampleNs: number,
): number | null {
  const reach = eyeWidth(part);
  const bins = Math.ceil(2 * reach * EDGE_BINS_PER_SAMPLE);
  const sum = new Float64Array(bins);
  const place = new Float64Array(bins);
  const count = new Float64Array(bins);
  for (let i = 1; i < runs.length; i++) {
    if (runs[i].level !== (direction > 0 ? 1 : 0)) continue;
    const edge = runs[i].from;
    for (let k = Math.max(0, Math.ceil(edge - reach / 2 - 0.5)); k < part.samples.length; k++) {
      const distance = k + 0.5 - edge;
      if (distance >= reach) break;
      const bin = Math.floor((distance + reach) * EDGE_BINS_PER_SAMPLE);
      const share = (part.samples[k] - dark) / (lit - dark);
      sum[bin] += direction > 0 ? share : 1 - share;
      place[bin] += distance;
      count[bin]++;
    }
  }
  const line: [at: number, share: number][] = [];
  for (let bin = 0; bin < bins; bin++) if (count[bin] > 0) line.push([place[bin] / count[bin], sum[bin] / count[bin]]);
  const high = passing(line, 0.9, 1);
  if (high === undefined) return null;
  const low = passing(line.slice(0, high.index + 1).reverse(), 0.1, -1);
  return low === undefined ? null : (high.at - low.at) * sampleNs;
}

/** Where a line first goes past a value. */
function passing(line: readonly [number, number][], value: number, direction: number) {
  for (let i = 1; i < line.length; i++) {
    const before = direction * (line[i - 1][1] - value);
    const after = direction * (line[i][1] - value);
    if (before > 0 || after <= 0) continue;
    const at = line[i - 1][0] + (before / (before - after)) * (line[i][0] - line[i - 1][0]);
    return { at, index: i };
  }
  return undefined;
}

function flicker({ at, period, symbols, clockHz }: CodedPart, sums: Float64Array, dark: number, mean: number) {
  const window = (FLICKER_WINDOW_US * clockHz * period) / 1e6;
  const end = at + symbols * period;
  if (end - at < window) return null;
  let worst = 0;
  for (let from = at; from + window <= end; from++)
    worst = Math.max(worst, Math.abs((until(sums, from + window) - until(sums, from)) / window - mean));
  return (100 * worst) / (mean - dark);
}
