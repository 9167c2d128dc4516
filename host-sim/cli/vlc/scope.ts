/** `argand vlc scope`: waveform and eye of a frame, made or captured. */
import { writeFileSync } from "node:fs";
import { Command } from "commander";
import { VlcEncoder } from "../../../drivers/vlc/encoder";
import { MCS_TABLE } from "../../../drivers/vlc/mcs";
import type { Tdp } from "../../../drivers/vlc/preamble";
import { frameCheck, type VlcProfile } from "../../../drivers/vlc/profile";
import { dbOfRatio } from "../../world/math";
import { CaptureReceiver, Reception } from "../../world/optics/capture-receiver";
import { RandomBranch } from "../../world/random";
import { ExitCode, wrongInput } from "../exit";
import { printJson } from "../terminal";
import { codecSays, integer, octetsOfHex, PROFILE_NAMES, type ProfileOptions, profileOf } from "./options";
import { scopeDrawing } from "./scope-drawing";
import { type CodedPart, type EyeFigures, eyeFigures } from "./scope-eye";
import { type Capture, readCapture, type Wave, waveOf } from "./scope-wave";

type Options = ProfileOptions & {
  readonly mcs: string;
  readonly dimming?: string;
  readonly octets: string;
  readonly psdu?: string;
  readonly led?: string;
  readonly ecn0?: string;
  readonly ppm: string;
  readonly filter: string;
  readonly perSymbol: string;
  readonly seed: string;
  readonly write?: string;
  readonly svg?: string;
  readonly json?: boolean;
};

/** A light clock that is farther off is no crystal's, and beyond the receiver. */
const MOST_PPM = 300;

type Scope = EyeFigures & {
  readonly mcs: number;
  readonly tdp: Tdp;
  /** How the receiver ended; its clock is what the eye is drawn by. */
  readonly reception: keyof typeof Reception;
  /** `receiver`: recovered from the light. `sender`: nothing was recovered, the eye is drawn by the clock that made it. */
  readonly clock: "receiver" | "sender";
  readonly ppm: number;
  readonly ecn0Db: number | null;
  readonly symbols: number;
};

export function vlcScopeCommand(): Command {
  return new Command("scope")
    .description("Waveform and eye diagram of a frame, as a receiver's converter has it, with figures.")
    .argument("[capture]", "samples instead of a frame that is made: JSON, or text with a number a line")
    .option("--mcs <n>", "modulation and coding scheme, 0 to 8; of a capture it says the clock", "0")
    .option("--dimming <share>", "light in VPPM, 0.1 to 0.9 in steps of 0.1", "0.5")
    .option("--octets <n>", "octets of the frame, random but for its FCS", "200")
    .option("--psdu <hex>", "or the MAC frame itself, its FCS included")
    .option(
      "--led <Hz>",
      "bandwidth of the LED, a low-pass of the first order: 2.5M, 500k. Default: it follows at once",
    )
    .option("--ecn0 <dB>", "noise: energy of a chip, or of half a pulse, over noise density. Default: none")
    .option("--ppm <n>", "by how much the sender's clock is faster", "0")
    .option("--filter <share>", "of the eye that the amplifier takes the mean of before it is drawn, 0 to 1", "0.25")
    .option("--per-symbol <n>", "samples a line symbol, 4 to 64", "32")
    .option("--profile <name>", `how the open questions of the standard are answered: ${PROFILE_NAMES}`, "default")
    .option("--flp <bits>", "length of the fast locking pattern, even, 64 to 16384")
    .option("--tdp <pattern>", "topology pattern, P1 to P4")
    .option("--seed <n>", "the same seed gives the same light", "1")
    .option("--write <file>", "write the samples, as JSON that scope reads")
    .option("--svg <file>", "draw waveform and eye")
    .option("--json", "one JSON object on stdout")
    .addHelpText(
      "after",
      `
The eye is drawn by the clock that the receiver recovers from the light, so an offset alone does not close it. Its opening is the
distance of the levels less three deviations of each, where that is greatest, in percent of the amplitude, behind an amplifier that
takes the mean of a quarter of an eye (--filter); with 1 it is the noise that decides a chip. Rise and fall, 10 % to 90 %, are of
the samples as they came, and no shorter than a sample takes. A capture in which no header holds has no figures: exit code 1.

Examples:
  argand vlc scope --mcs 8 --dimming 0.7 --led 2.5M --ecn0 20 --svg scope.svg
  argand vlc scope --mcs 0 --ecn0 3 --ppm 40 --write light.json && argand vlc scope light.json --json`,
    )
    .action((file: string | undefined, options: Options, command: Command) => {
      const mcs = integer(options.mcs, "--mcs");
      const profile = dimmed(profileOf(options, mcs), options);
      const made = file === undefined ? makeWave(mcs, profile, options) : undefined;
      const capture: Capture = made?.wave ?? readCapture(file!, perSymbolOf(options.perSymbol));
      if (options.write !== undefined) writeCapture(options.write, capture);
      const { part, scope } = looked(capture, profile, filterOf(options.filter), file, made);
      if (options.svg !== undefined) writeFileSync(options.svg, scopeDrawing(part, scope, titleOf(scope, options)));
      if (options.json === true) printJson(scope);
      else for (const line of lines(scope)) process.stdout.write(`${line}\n`);
      command.setOptionValue("exitCode", ExitCode.done);
    });
}

function dimmed(profile: VlcProfile, options: Options): VlcProfile {
  const duty = numberOf(options.dimming ?? "0.5", "--dimming");
  if (profile.preambleCode !== "plain")
    throw wrongInput(`the receiver finds plain preambles; that of profile "${options.profile}" has a line code`);
  if (profile.clockHz === 200_000 && duty !== 0.5)
    throw wrongInput(`--dimming is ${duty}, but OOK by Manchester always gives half of the light; MCS 5 to 8 dim`);
  if (!(duty >= 0.1 && duty <= 0.9 && Math.abs(10 * duty - Math.round(10 * duty)) < 1e-9))
    throw wrongInput(`--dimming is ${duty}, expected 0.1 to 0.9 in steps of 0.1`);
  return { ...profile, duty };
}

type Made = { readonly wave: Wave; readonly encoder: VlcEncoder; readonly mcs: number };

function makeWave(mcs: number, profile: VlcProfile, options: Options): Made {
  const ppm = numberOf(options.ppm, "--ppm");
  if (Math.abs(ppm) > MOST_PPM) throw wrongInput(`--ppm is ${ppm}, expected -${MOST_PPM} to ${MOST_PPM}`);
  const ecn0Db = options.ecn0 === undefined ? undefined : numberOf(options.ecn0, "--ecn0");
  if (ecn0Db !== undefined && Math.abs(ecn0Db) > 60)
    throw wrongInput(`--ecn0 is ${ecn0Db}, expected decibels between -60 and 60`);
  const seed = integer(options.seed, "--seed");
  const psdu =
    options.psdu === undefined ? randomPsdu(profile, options.octets, seed) : octetsOfHex(options.psdu, "--psdu");
  const encoder = codecSays(() => {
    const made = new VlcEncoder({ mcs, profile });
    made.encode(psdu, psdu.length);
    return made;
  });
  const wave = waveOf(encoder, {
    ...{ perSymbol: perSymbolOf(options.perSymbol), ppm, seed },
    ...(options.led === undefined ? {} : { ledHz: hertz(options.led) }),
    ...(ecn0Db === undefined ? {} : { ecn0Db }),
  });
  return { wave, encoder, mcs };
}

function randomPsdu(profile: VlcProfile, text: string, seed: number): Uint8Array {
  const octets = integer(text, "--octets");
  if (octets < 3 || octets > 1023) throw wrongInput(`--octets is ${octets}, expected 3 to 1023`);
  const random = new RandomBranch(seed, "psdu");
  const psdu = Uint8Array.from({ length: octets }, () => random.uint32() & 0xff);
  frameCheck(profile).append(psdu, octets - 2);
  return psdu;
}

type Looked = { readonly part: CodedPart; readonly scope: Scope };

function looked(
  capture: Capture,
  profile: VlcProfile,
  filter: number,
  file: string | undefined,
  made: Made | undefined,
): Looked {
  const { samples, perSymbol } = capture;
  if (!(perSymbol >= 4 && perSymbol <= 64))
    throw wrongInput(`${file} has ${perSymbol} samples a symbol, expected 4 to 64`);
  const receiver = new CaptureReceiver({ profile, perSymbol });
  const outcome = receiver.receive(samples, samples.length);
  const reception = (Object.keys(Reception) as (keyof typeof Reception)[])[outcome];
  const { decoder } = receiver;
  const synchronised = outcome === Reception.frame || outcome === Reception.fcsError;
  if (!synchronised && made === undefined) throw wrongInput(whyNone(file!, samples.length, receiver, outcome));
  const period = synchronised ? perSymbol / (1 + receiver.ppm / 1e6) : made!.wave.period;
  const mcs = synchronised ? decoder.phr.mcs : made!.mcs;
  const isOok = profile.clockHz === 200_000;
  const part: CodedPart = {
    samples,
    filter,
    at: synchronised ? receiver.bodyAt : made!.wave.bodyAt,
    period,
    symbols: synchronised
      ? decoder.headerLineSymbols + decoder.payloadLineSymbols
      : (isOok ? 2 : 1) * made!.encoder.bitCount,
    ...{ isOok, duty: isOok ? 0.5 : profile.duty, clockHz: profile.clockHz },
  };
  const energy = receiver.chipToNoise / (isOok ? 1 : 2);
  return {
    part,
    scope: {
      mcs,
      tdp: synchronised ? receiver.tdp : profile.tdp,
      reception,
      clock: synchronised ? "receiver" : "sender",
      ppm: 1e6 * (perSymbol / period - 1),
      ecn0Db: synchronised && Number.isFinite(energy) && energy > 0 ? dbOfRatio(energy) : null,
      symbols: part.symbols,
      ...eyeFigures(part),
    },
  };
}

function whyNone(file: string, samples: number, receiver: CaptureReceiver, outcome: Reception): string {
  if (outcome === Reception.unsynchronised) return `no preamble in the ${samples} samples of ${file}`;
  if (outcome === Reception.refused)
    return `${file} has a header that holds, but its frame is not whole, or of a kind that is not built`;
  return `${file} has what looks like a preamble, but no header behind it holds (${receiver.triedHeaders} tried); is --mcs of its clock, --per-symbol its samples?`;
}

function writeCapture(file: string, { perSymbol, samples }: Capture): void {
  writeFileSync(file, `${JSON.stringify({ perSymbol, samples: Array.from(samples) })}\n`);
}

function titleOf(scope: Scope, options: Options): string {
  const row = MCS_TABLE[scope.mcs];
  const dimming = row.modulation === "VPPM" ? `, dimming ${options.dimming}` : "";
  const noise = scope.ecn0Db === null ? "" : `, Ec/N0 ${scope.ecn0Db.toFixed(1)} dB`;
  return `MCS ${scope.mcs}, ${row.modulation} at ${row.clockHz / 1000} kHz${dimming}${noise}, ${scope.ppm.toFixed(0)} ppm`;
}

function lines(scope: Scope): string[] {
  const ns = (value: number | null) => (value === null ? "not reached" : `${value.toFixed(0)} ns`);
  const by = scope.clock === "receiver" ? "as the receiver has it" : "as it was sent: the receiver has none";
  return [
    `MCS ${scope.mcs}, ${scope.tdp}, ${scope.symbols} line symbols: ${scope.reception}`,
    `clock          ${scope.ppm.toFixed(1)} ppm, ${by}`,
    `Ec/N0          ${scope.ecn0Db === null ? "no noise, or none that was told" : `${scope.ecn0Db.toFixed(1)} dB`}`,
    `eye opening    ${scope.eyeOpeningPercent.toFixed(1)} % of the amplitude (nearest samples ${scope.eyeInnerPercent.toFixed(1)} %)`,
    `eye width      ${scope.eyeWidthPercent.toFixed(1)} %`,
    scope.crossingJitterNs === null
      ? "crossings      none"
      : `crossings      ${scope.crossings}, jitter ${scope.crossingJitterNs.toFixed(1)} ns (${scope.crossingJitterPercent!.toFixed(2)} %), farthest apart ${ns(scope.crossingPeakToPeakNs)}`,
    `rise, fall     ${ns(scope.riseNs)}, ${ns(scope.fallNs)} (a sample is ${scope.sampleNs.toFixed(0)} ns)`,
    `duty           ${scope.dutyPercent.toFixed(2)} %`,
    scope.flicker5msPercent === null
      ? "flicker        the coded part is shorter than 5 ms"
      : `flicker        any 5 ms within ${scope.flicker5msPercent.toFixed(2)} % of the mean`,
  ];
}

function filterOf(text: string): number {
  const value = numberOf(text, "--filter");
  if (value < 0 || value > 1) throw wrongInput(`--filter is ${value}, expected 0 to 1`);
  return value;
}

function perSymbolOf(text: string): number {
  const value = integer(text, "--per-symbol");
  if (value < 4 || value > 64) throw wrongInput(`--per-symbol is ${value}, expected 4 to 64`);
  return value;
}

function numberOf(text: string, option: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw wrongInput(`${option} is "${text}", expected a number`);
  return value;
}

/** `2.5M`, `500k`, `100000`. */
function hertz(text: string): number {
  const found = /^(\d+(?:\.\d+)?)([kM]?)$/.exec(text.trim());
  const value = found === null ? Number.NaN : Number(found[1]) * (found[2] === "M" ? 1e6 : found[2] === "k" ? 1e3 : 1);
  if (!(value >= 1_000)) throw wrongInput(`--led is "${text}", expected a bandwidth of 1k or more, as 2.5M or 500k`);
  return value;
}
