/** What a scope shows: the light around the end of the preamble, and the eye of the coded part. */
import { TDP_CHIPS } from "../../../drivers/vlc/preamble";
import { amplified, type CodedPart, type EyeFigures, eyeWidth, lightAt } from "./scope-eye";
import { type Axis, COLOURS, Drawing, stacked } from "./svg";

/** Chips of FLP before the TDP, and symbols of the coded part, in the waveform. */
const SHOWN_FLP = 12;
const SHOWN_SYMBOLS = 24;
/** Traces in the eye: spread over the frame, so that a clock that drifts is seen. */
const TRACES = 400;
const POINTS_A_TRACE = 96;

export function scopeDrawing(part: CodedPart, eye: EyeFigures, title: string): string {
  return stacked([waveform(part, eye, title), eyeDiagram(part, eye)]);
}

function lightAxis(eye: EyeFigures, least: number, most: number): Axis {
  const share = (light: number) => (light - eye.dark) / (eye.lit - eye.dark);
  const from = Math.min(-0.2, Math.max(share(least), -3));
  const to = Math.max(1.2, Math.min(share(most), 4));
  const ticks = Array.from({ length: 8 }, (_, i) => i - 3).filter((at) => at >= from && at <= to);
  return { from, to, title: "light (0 dark, 1 lit)", ticks: ticks.map((at) => ({ at, text: `${at}` })) };
}

function waveform(part: CodedPart, eye: EyeFigures, title: string): Drawing {
  const { samples, at, period, clockHz } = part;
  const from = Math.max(0, at - (SHOWN_FLP + TDP_CHIPS) * period);
  const to = Math.min(samples.length, at + SHOWN_SYMBOLS * period);
  const first = Math.floor(from);
  const shown = samples.slice(first, Math.ceil(to));
  const us = (moment: number) => ((moment - at) * 1e6) / (clockHz * period);
  const step = tickStep(us(to) - us(from));
  const ticks: { at: number; text: string }[] = [];
  for (let tick = Math.ceil(us(from) / step) * step; tick <= us(to); tick += step)
    ticks.push({ at: tick, text: `${Math.round(tick * 10) / 10}` });
  const y = lightAxis(eye, least(shown), most(shown));
  const drawing = new Drawing(
    title,
    { from: us(from), to: us(to), title: "µs from the end of the preamble", ticks },
    y,
    300,
  );
  const light = (value: number) => held((value - eye.dark) / (eye.lit - eye.dark), y);
  // A sample is the mean of its time: a step as wide.
  drawing.line(
    Array.from(shown, (value, i): [number, number][] => [
      [us(Math.max(first + i, from)), light(value)],
      [us(Math.min(first + i + 1, to)), light(value)],
    ]).flat(),
    COLOURS[0],
  );
  drawing.line(
    [
      [0, y.from],
      [0, y.to],
    ],
    COLOURS[1],
  );
  drawing.legend("light", COLOURS[0]);
  drawing.legend("header begins", COLOURS[1]);
  return drawing;
}

function eyeDiagram(part: CodedPart, eye: EyeFigures): Drawing {
  const { at, period, symbols, clockHz } = part;
  const samples = amplified(part);
  const width = eyeWidth(part);
  const nsOf = (inSamples: number) => (inSamples * 1e9) / (clockHz * period);
  // Half an eye before, the eye, half an eye behind; of VPPM the whole pulse.
  const before = width / 2;
  const long = part.isOok ? 2 * width : period + 2 * before;
  const ticks = Array.from({ length: 9 }, (_, i) => {
    const moment = (i * long) / 8 - before;
    return { at: nsOf(moment), text: `${Math.round(nsOf(moment))}` };
  });
  const y = lightAxis(eye, least(samples), most(samples));
  const drawing = new Drawing(
    part.isOok ? "Eye of a chip" : "Eye of a pulse: 0 at its front, 1 at its back",
    { from: nsOf(-before), to: nsOf(long - before), title: "ns from where a symbol begins", ticks },
    y,
    400,
  );
  const every = Math.max(1, symbols / TRACES);
  for (let k = 0; k < symbols; k += every) {
    const begin = at + Math.floor(k) * period;
    drawing.line(
      Array.from({ length: POINTS_A_TRACE + 1 }, (_, i): [number, number] => {
        const moment = (i / POINTS_A_TRACE) * long - before;
        return [nsOf(moment), held((lightAt(samples, begin + moment) - eye.dark) / (eye.lit - eye.dark), y)];
      }),
      COLOURS[0],
      0.12,
      1,
    );
  }
  const best = (nsOf(width) * eye.eyeBestPercent) / 100;
  const half = Math.max(eye.eyeOpeningPercent, 0) / 200;
  drawing.line(
    [
      [best, 0.5 - half],
      [best, 0.5 + half],
    ],
    COLOURS[1],
    1,
    3,
  );
  drawing.legend("eye, 3 deviations", COLOURS[1]);
  for (const note of notes(eye)) drawing.note(note);
  return drawing;
}

function notes(eye: EyeFigures): string[] {
  const ns = (value: number | null) => (value === null ? "none" : `${Math.round(value)} ns`);
  return [
    `open ${eye.eyeOpeningPercent.toFixed(1)} %`,
    `wide ${eye.eyeWidthPercent.toFixed(0)} %`,
    `jitter ${ns(eye.crossingJitterNs)}`,
    `rise ${ns(eye.riseNs)}`,
    `fall ${ns(eye.fallNs)}`,
    `duty ${eye.dutyPercent.toFixed(1)} %`,
    ...(eye.flicker5msPercent === null ? [] : [`5 ms mean ±${eye.flicker5msPercent.toFixed(2)} %`]),
  ];
}

function tickStep(span: number): number {
  for (const step of [1, 2, 5, 10, 20, 50, 100]) if (span / step <= 12) return step;
  return span / 10;
}

function held(value: number, { from, to }: Axis): number {
  return Math.min(Math.max(value, from), to);
}

function least(samples: Float64Array): number {
  return samples.reduce((one, other) => Math.min(one, other), Number.POSITIVE_INFINITY);
}

function most(samples: Float64Array): number {
  return samples.reduce((one, other) => Math.max(one, other), Number.NEGATIVE_INFINITY);
}
