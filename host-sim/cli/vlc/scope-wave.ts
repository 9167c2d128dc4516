/** A frame as a photodiode's converter has it behind an LED that follows slowly, and captures as files. */
import { readFileSync } from "node:fs";
import type { VlcEncoder } from "../../../drivers/vlc/encoder";
import { LineChips, lightOf, VPPM_SLOTS } from "../../../drivers/vlc/line-chips";
import { ratioOfDb } from "../../world/math";
import { NormalDeviates } from "../../world/normal";
import { RandomBranch, uniform } from "../../world/random";
import { wrongInput } from "../exit";

/** Samples of light, so many to a line symbol at the receiver's clock. */
export type Capture = { readonly perSymbol: number; readonly samples: Float64Array };

export type WaveOptions = {
  readonly perSymbol: number;
  /** Where the LED's light has fallen by 3 dB; undefined: it follows at once. */
  readonly ledHz?: number;
  /** Energy of a chip, or of half a pulse, to noise density; undefined: no noise. */
  readonly ecn0Db?: number;
  /** By how much the sender's clock is faster. */
  readonly ppm: number;
  readonly seed: number;
};

export type Wave = Capture & {
  /** First sample behind the preamble, in parts of a sample too, and samples of a symbol at the sender's clock. */
  readonly bodyAt: number;
  readonly period: number;
};

const AMPLITUDE = 1_000;
/** Dark symbols before and behind the frame. */
const DARK_SYMBOLS = 24;
/** A capture that is longer is cut: some minutes of light. */
const MOST_SAMPLES = 20_000_000;

/** The encoder holds the frame. */
export function waveOf(encoder: VlcEncoder, options: WaveOptions): Wave {
  const { perSymbol, ledHz, ecn0Db, ppm, seed } = options;
  const light = new LineChips(lightOf(encoder));
  light.setDuty(encoder.profile.duty);
  const count = light.write(encoder);
  const isOok = encoder.mcs.modulation === "OOK";
  const period = perSymbol / (1 + ppm / 1e6);
  const chip = isOok ? period : period / VPPM_SLOTS;
  const random = new RandomBranch(seed, "scope");
  const lead = (DARK_SYMBOLS + uniform(random)) * perSymbol;
  const samples = new Float64Array(Math.ceil(lead + count * chip + DARK_SYMBOLS * perSymbol));
  const tau = ledHz === undefined ? 0 : (encoder.mcs.clockHz * perSymbol) / (2 * Math.PI * ledHz);
  const { lit, slow } = edgesOf(light.chips, count, chip, tau);
  const until = (at: number) => lightUntil(lit, slow, count, chip, tau, at);
  const noise = new NormalDeviates(random);
  const energySamples = isOok ? perSymbol : perSymbol / 2;
  const deviation = ecn0Db === undefined ? 0 : (AMPLITUDE / 2) * Math.sqrt(energySamples / (2 * ratioOfDb(ecn0Db)));
  let before = until(-lead);
  for (let i = 0; i < samples.length; i++) {
    const after = until(i + 1 - lead);
    samples[i] = AMPLITUDE * (after - before) + deviation * noise.next();
    before = after;
  }
  return { perSymbol, samples, bodyAt: lead + encoder.preambleChips * period, period };
}

type Edges = { readonly lit: Float64Array; readonly slow: Float64Array };

/** For the beginning of each chip: lit chips before it, and the LED's light there, which follows with the time constant `tau`. */
function edgesOf(chips: Uint8Array, count: number, chip: number, tau: number): Edges {
  const lit = new Float64Array(count + 1);
  const slow = new Float64Array(count + 1);
  const decay = tau > 0 ? Math.exp(-chip / tau) : 0;
  for (let i = 0; i < count; i++) {
    const value = (chips[i >> 3] >> (7 - (i & 7))) & 1;
    lit[i + 1] = lit[i] + value;
    slow[i + 1] = value + (slow[i] - value) * decay;
  }
  return { lit, slow };
}

/** Light before the moment `at`: what the chips say, less `tau` times what the LED has still to give, since tau y' = x - y. */
function lightUntil(lit: Float64Array, slow: Float64Array, count: number, chip: number, tau: number, at: number) {
  if (at <= 0) return 0;
  const place = at / chip;
  const last = place >= count;
  const whole = last ? count : Math.floor(place);
  const value = last ? 0 : lit[whole + 1] - lit[whole];
  const told = chip * (lit[whole] + (last ? 0 : (place - whole) * value));
  if (tau === 0) return told;
  return told - tau * (value + (slow[whole] - value) * Math.exp(-(at - whole * chip) / tau));
}

/** JSON `{"perSymbol": 32, "samples": [...]}`, or text with a number a line, whose samples a symbol `--per-symbol` says. */
export function readCapture(file: string, perSymbol: number): Capture {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw wrongInput(`${file} cannot be read: ${(error as Error).message}`);
  }
  const capture = text.trimStart().startsWith("{") ? captureOfJson(file, text) : captureOfText(file, text, perSymbol);
  if (capture.samples.length === 0) throw wrongInput(`${file} holds no samples: the capture is empty`);
  if (capture.samples.length > MOST_SAMPLES)
    throw wrongInput(`${file} holds ${capture.samples.length} samples, at most ${MOST_SAMPLES} are looked at`);
  return capture;
}

function captureOfJson(file: string, text: string): Capture {
  let value: { perSymbol?: unknown; samples?: unknown };
  try {
    value = JSON.parse(text) as { perSymbol?: unknown; samples?: unknown };
  } catch (error) {
    throw wrongInput(`${file} is no JSON: ${(error as Error).message}`);
  }
  const { perSymbol, samples } = value;
  if (typeof perSymbol !== "number" || !Array.isArray(samples))
    throw wrongInput(`${file} has no perSymbol and samples; expected {"perSymbol": 32, "samples": [...]}`);
  const wrong = samples.findIndex((one) => typeof one !== "number");
  if (wrong >= 0) throw wrongInput(`${file}: sample ${wrong} is ${JSON.stringify(samples[wrong])}, expected a number`);
  return { perSymbol, samples: Float64Array.from(samples as number[]) };
}

function captureOfText(file: string, text: string, perSymbol: number): Capture {
  const lines = text.split("\n");
  const samples: number[] = [];
  lines.forEach((line, index) => {
    if (line.trim() === "") return;
    const value = Number(line);
    if (!Number.isFinite(value)) throw wrongInput(`${file}:${index + 1} is "${line.trim()}", expected a number`);
    samples.push(value);
  });
  return { perSymbol, samples: Float64Array.from(samples) };
}
