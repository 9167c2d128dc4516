/** `argand vlc ber`: measured error rates over Ec/N0, with what is expected beside them. */
import { writeFileSync } from "node:fs";
import { Command } from "commander";
import type { Decisions } from "../../../drivers/vlc/block-decoder";
import { MCS_TABLE } from "../../../drivers/vlc/mcs";
import { type ErrorRate, ErrorRateBench } from "../../world/optics/error-rate";
import { RandomBranch } from "../../world/random";
import { ExitCode, wrongInput } from "../exit";
import { Progress, printJson, say } from "../terminal";
import { DEVIATIONS_95, decadeDeviation, farthestBeyond, together } from "./chance";
import { EXPECTED_RATES, type ExpectedPoint } from "./expected-rates";
import { integer } from "./options";
import { COLOURS, Drawing } from "./svg";

type Options = {
  readonly mcs: string;
  readonly from: string;
  readonly to: string;
  readonly step: string;
  readonly decisions: string;
  readonly errors: string;
  readonly frames: string;
  readonly octets: string;
  readonly seed: string;
  readonly svg?: string;
  readonly json?: boolean;
};

/** The octets that the expected points were made with. */
const EXPECTED_OCTETS = 64;
/** Decades that a measured rate may differ by, where both sides rest on enough errors. */
export const TOLERANCE_DECADES = 0.15;
/** Wrong frames behind a point that is judged, on both sides: wrong bits come in bursts and say less. */
export const JUDGED_ERRORS = 100;
/** Where every frame was wrong so often, more noise shows nothing new. */
const LOWEST_RATE = 1e-7;

export type RatePoint = ErrorRate & {
  readonly mcs: number;
  readonly decisions: Decisions;
  readonly ecn0Db: number;
  readonly lineBer: number;
  readonly expected?: { readonly ber: number; readonly per: number; readonly wrongFrames: number };
  /** Of BER and of PER from what is expected, in decades; only where both sides rest on enough wrong frames. */
  readonly decades?: { readonly ber: number; readonly per: number };
  /** What chance makes of either side with 95 %, in decades to both sides, and how many deviations of both they are apart. */
  readonly chance?: { readonly ber: Chance; readonly per: Chance };
  readonly within?: boolean;
};

export type Chance = { readonly measured: number; readonly expected: number; readonly deviations: number };

export function vlcBerCommand(): Command {
  return new Command("ber")
    .description("Measure error rates of the codec over Ec/N0 with ideal synchronisation, expected points beside them.")
    .option("--mcs <n>", "modulation and coding schemes: 4, or 0..8", "0..8")
    .option("--from <dB>", "least Ec/N0 of a chip", "-10")
    .option("--to <dB>", "greatest", "12")
    .option("--step <dB>", "between them", "0.5")
    .option("--decisions <kind>", "soft, hard or both", "soft")
    .option("--errors <n>", "wrong frames after which a point is done", String(JUDGED_ERRORS))
    .option("--frames <n>", "frames after which it is done anyway", "20000")
    .option("--octets <n>", "octets of a PSDU; expected points are of 64", String(EXPECTED_OCTETS))
    .option("--seed <n>", "the same seed gives the same table", "1")
    .option("--svg <file>", "draw the curves: measured as lines, expected as rings")
    .option("--json", "one JSON object on stdout")
    .addHelpText(
      "after",
      `
Ec is the alternating energy of a chip of OOK (MCS 0 to 4) or of half a pulse of VPPM (MCS 5 to 8, duty 0.5). A curve ends where
a point had no wrong frame. Judged are points with ${JUDGED_ERRORS} wrong frames, measured and expected: they may differ by
${TOLERANCE_DECADES} decades in bits and in frames. The exit code is 3 where one does not. Beside a difference stands what chance
makes of it with 95 %, of our count and of theirs: a point that rests on ${JUDGED_ERRORS} frames on both sides is unsure by 0.12 decades.
More --errors make ours surer.

Examples:
  argand vlc ber --mcs 0..8 --from -10 --to 12 --decisions both --svg ber.svg
  argand vlc ber --mcs 4 --from 2 --to 5 --json`,
    )
    .action((options: Options, command: Command) => {
      const points = measure(options);
      const outside = points.filter(({ within }) => within === false).length;
      const judged = points.filter(({ within }) => within !== undefined).length;
      if (options.svg !== undefined) writeFileSync(options.svg, drawn(points));
      const whole = wholeOf(points);
      if (options.json === true)
        printJson({ toleranceDecades: TOLERANCE_DECADES, judged, outside, together: whole, points });
      else {
        for (const line of lines(points)) process.stdout.write(`${line}\n`);
        say(`${judged} points judged against expected ones, ${outside} farther off than ${TOLERANCE_DECADES} decades`);
        for (const line of wholeLines(whole)) say(line);
      }
      command.setOptionValue("exitCode", outside === 0 ? ExitCode.done : ExitCode.notAsExpected);
    });
}

function measure(options: Options): RatePoint[] {
  const from = decibels(options.from, "--from");
  const to = decibels(options.to, "--to");
  const step = decibels(options.step, "--step");
  if (to < from) throw wrongInput(`--to is ${to}, below --from, which is ${from}`);
  if (step < 0.1) throw wrongInput(`--step is ${step}, expected 0.1 or more`);
  const errors = between(options.errors, "--errors", 1, 100_000);
  const frames = between(options.frames, "--frames", 1, 10_000_000);
  const octets = between(options.octets, "--octets", 3, 1023);
  const seed = integer(options.seed, "--seed");
  if (!["soft", "hard", "both"].includes(options.decisions))
    throw wrongInput(`--decisions is "${options.decisions}", expected soft, hard or both`);
  const kinds: Decisions[] = options.decisions === "both" ? ["soft", "hard"] : [options.decisions as Decisions];
  const progress = new Progress();
  const points: RatePoint[] = [];
  for (const mcs of range(options.mcs))
    for (const decisions of kinds) {
      // Without a code over it a bit is decided by itself either way.
      if (decisions === "hard" && (mcs === 3 || mcs === 4) && kinds.length > 1) continue;
      const bench = new ErrorRateBench(new RandomBranch(seed, `ber/${mcs}/${decisions}`), { mcs, decisions, octets });
      for (let i = 0; from + i * step <= to + 1e-9; i++) {
        const ecn0Db = Math.round((from + i * step) * 1000) / 1000;
        progress.show(`MCS ${mcs} ${decisions} ${ecn0Db} dB`);
        const rate = bench.measure(ecn0Db, errors, frames);
        points.push(beside(rate, mcs, decisions, ecn0Db, octets));
        if (rate.wrongFrames === 0) break;
      }
    }
  progress.clear();
  return points;
}

function beside(rate: ErrorRate, mcs: number, decisions: Decisions, ecn0Db: number, octets: number): RatePoint {
  const point = { mcs, decisions, ecn0Db, ...rate, lineBer: rate.wrongLineBits / rate.lineBits };
  const expected = octets === EXPECTED_OCTETS ? expectedAt(mcs, decisions, ecn0Db) : undefined;
  if (expected === undefined) return point;
  const [, ber, per, frames] = expected;
  const wrongFrames = Math.round(per * frames);
  const told = { ...point, expected: { ber, per, wrongFrames } };
  if (wrongFrames < JUDGED_ERRORS || rate.wrongFrames < JUDGED_ERRORS) return told;
  const decades = { ber: Math.log10(rate.ber / ber), per: Math.log10(rate.per / per) };
  const within = Math.max(Math.abs(decades.ber), Math.abs(decades.per)) <= TOLERANCE_DECADES;
  const chance = (difference: number, spread: number): Chance => {
    const ours = decadeDeviation(rate.wrongFrames, rate.per, spread);
    const theirs = decadeDeviation(wrongFrames, per, spread);
    return {
      measured: DEVIATIONS_95 * ours,
      expected: DEVIATIONS_95 * theirs,
      deviations: difference / Math.sqrt(ours * ours + theirs * theirs),
    };
  };
  // How bursty their wrong bits were is not told: as ours, which went through the same codes.
  return {
    ...told,
    decades,
    chance: { ber: chance(decades.ber, rate.burstSpread), per: chance(decades.per, 0) },
    within,
  };
}

type Whole = {
  /** All judged points together: mean difference of PER in decades, and what chance makes of it with 95 %. */
  readonly decades: number;
  readonly chance: number;
  readonly farthest: { readonly point: string; readonly deviations: number; readonly likelihood: number };
};

/** Do ours and theirs differ on the whole, and is the farthest point farther than the farthest of so many is by chance? */
function wholeOf(points: readonly RatePoint[]): Whole | undefined {
  const judged = points.flatMap((point) => (point.chance === undefined ? [] : [{ ...point, per: point.chance.per }]));
  if (judged.length === 0) return undefined;
  const { decades, deviation } = together(
    judged.map((point) => ({
      decades: point.decades!.per,
      deviation: Math.hypot(point.per.measured, point.per.expected) / DEVIATIONS_95,
    })),
  );
  const far = judged.reduce((one, other) =>
    Math.abs(other.per.deviations) > Math.abs(one.per.deviations) ? other : one,
  );
  return {
    decades,
    chance: DEVIATIONS_95 * deviation,
    farthest: {
      point: `MCS ${far.mcs} ${far.decisions} ${far.ecn0Db} dB`,
      deviations: far.per.deviations,
      likelihood: farthestBeyond(far.per.deviations, judged.length),
    },
  };
}

function wholeLines(whole: Whole | undefined): string[] {
  if (whole === undefined) return [];
  const { decades, chance, farthest } = whole;
  return [
    `together they are off by ${signed(decades)} decades in PER; chance makes ±${chance.toFixed(3)} with 95 %`,
    `farthest for its counts: ${farthest.point}, ${signed(farthest.deviations, 1)} deviations; ` +
      `the farthest of so many is that far by chance in ${(100 * farthest.likelihood).toFixed(0)} of 100 runs`,
  ];
}

function signed(value: number, digits = 3): string {
  return `${value < 0 ? "-" : "+"}${Math.abs(value).toFixed(digits)}`;
}

function expectedAt(mcs: number, decisions: Decisions, ecn0Db: number): ExpectedPoint | undefined {
  const kind = mcs === 3 || mcs === 4 ? "soft" : decisions;
  return EXPECTED_RATES.find((curve) => curve.mcs === mcs && curve.decisions === kind)?.points.find(
    ([at]) => at === ecn0Db,
  );
}

function lines(points: readonly RatePoint[]): string[] {
  const rate = (value: number) => (value === 0 ? "0" : value.toExponential(2)).padStart(9);
  return [
    "MCS decisions  Ec/N0 dB     line       BER       PER   wrong/frames   expected BER and PER   decades in BER and in PER, chance with 95 % of ours and of theirs",
    ...points.map((point) => {
      const { expected, decades, chance, within } = point;
      const beside =
        expected === undefined ? "" : `  ${rate(expected.ber)} ${rate(expected.per)} (${expected.wrongFrames} wrong)`;
      const apart = (by: number, one: Chance) =>
        `${signed(by)} ±${one.measured.toFixed(2)} ±${one.expected.toFixed(2)}`;
      const verdict =
        decades === undefined || chance === undefined
          ? ""
          : `  ${apart(decades.ber, chance.ber)}  ${apart(decades.per, chance.per)}${within === true ? "" : "  OUTSIDE"}`;
      return (
        `${point.mcs}   ${point.decisions.padEnd(9)} ${point.ecn0Db.toFixed(1).padStart(9)} ${rate(point.lineBer)} ${rate(point.ber)} ${rate(point.per)} ` +
        `${`${point.wrongFrames}/${point.frames}`.padStart(14)}${beside}${verdict}`
      );
    }),
  ];
}

function drawn(points: readonly RatePoint[]): string {
  const levels = points.map(({ ecn0Db }) => ecn0Db);
  const from = Math.floor(Math.min(...levels, 0));
  const to = Math.max(Math.ceil(Math.max(...levels, 0)), from + 1);
  const decades = Array.from({ length: 8 }, (_, i) => ({ at: i - 7, text: i === 7 ? "1" : `1e-${7 - i}` }));
  const drawing = new Drawing(
    "Wrong bits a bit of the PSDU; lines measured, rings expected",
    {
      from,
      to,
      title: "Ec/N0 of a chip or of half a pulse, dB",
      ticks: Array.from({ length: to - from + 1 }, (_, i) => ({ at: from + i, text: `${from + i}` })),
    },
    { from: Math.log10(LOWEST_RATE), to: 0, title: "bit error rate", ticks: decades },
  );
  for (let mcs = 0; mcs < MCS_TABLE.length; mcs++)
    for (const decisions of ["soft", "hard"] as const) {
      const curve = points.filter((point) => point.mcs === mcs && point.decisions === decisions && point.ber > 0);
      if (curve.length === 0) continue;
      const colour = COLOURS[mcs];
      drawing.line(
        curve.map(({ ecn0Db, ber }): [number, number] => [ecn0Db, Math.log10(ber)]),
        colour,
        decisions === "soft" ? 1 : 0.5,
      );
      for (const { ecn0Db, expected } of curve)
        if (expected !== undefined) drawing.ring(ecn0Db, Math.log10(expected.ber), colour);
      drawing.legend(`MCS ${mcs} ${decisions}`, colour);
    }
  return drawing.toString();
}

/** `4` or `0..8`. */
function range(text: string): number[] {
  const [first, last = first, ...more] = text.split("..").map((one) => integer(one, "--mcs"));
  const most = MCS_TABLE.length - 1;
  if (more.length > 0 || first < 0 || last > most || last < first)
    throw wrongInput(`--mcs is "${text}", expected one of 0 to ${most}, or a range as 0..${most}`);
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

function decibels(text: string, option: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || Math.abs(value) > 60)
    throw wrongInput(`${option} is "${text}", expected decibels between -60 and 60`);
  return value;
}

function between(text: string, option: string, least: number, most: number): number {
  const value = integer(text, option);
  if (value < least || value > most) throw wrongInput(`${option} is ${value}, expected ${least} to ${most}`);
  return value;
}
