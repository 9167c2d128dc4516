/** `argand vlc ber`: a point or two of each scheme. The whole: argand vlc ber --decisions both. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fourBSixB, softWord, WORD_BITS } from "../../../drivers/vlc/four-b-six-b";
import { expectedRates } from "../../../drivers/vlc/vectors.test-suite";
import { NormalDeviates } from "../../world/normal";
import { RandomBranch } from "../../world/random";
import type { RatePoint } from "./ber";
import { EXPECTED_RATES } from "./expected-rates";
import { runVlc } from "./vlc.test-suite";

type Whole = { decades: number; chance: number; farthest: { likelihood: number } };
type Report = { judged: number; outside: number; together: Whole; points: RatePoint[] };

async function measured(...options: string[]): Promise<Report> {
  const { exitCode, stdout, stderr } = await runVlc("ber", "--json", ...options);
  expect(exitCode, stderr).toBe(0);
  return JSON.parse(stdout) as Report;
}

/** Share of 4B6B words that are decided wrong, of pulses that stand at 4 Ec/N0. */
function wrongSymbols(ecn0Db: number, words: number): number {
  const noise = new NormalDeviates(new RandomBranch(8));
  const code = fourBSixB("lsb", "left");
  const deviation = 4096 / Math.sqrt(4 * 10 ** (ecn0Db / 10));
  const soft = new Int32Array(WORD_BITS);
  let wrong = 0;
  for (let i = 0; i < words; i++) {
    const word = code.words[i & 15];
    for (let bit = 0; bit < WORD_BITS; bit++) soft[bit] = ((word >> bit) & 1 ? 4096 : -4096) + deviation * noise.next();
    if (softWord(code, soft, 0) !== (i & 15)) wrong++;
  }
  return wrong / words;
}

/** Chance that more than `t` of `n` are hit. */
function moreThan(t: number, n: number, share: number): number {
  let sum = 0;
  let ways = 1;
  for (let hits = 0; hits <= t; hits++) {
    sum += ways * share ** hits * (1 - share) ** (n - hits);
    ways = (ways * (n - hits)) / (hits + 1);
  }
  return 1 - sum;
}

describe("error rates with ideal synchronisation", () => {
  // At a tenth to a half of the frames wrong, where 100 of them do not take long.
  it.each([
    [0, -8.5, "soft"],
    [1, -7, "soft"],
    [1, -5.5, "hard"],
    [2, -3, "soft"],
    [2, -1, "hard"],
    [3, 1.5, "soft"],
    [4, 5, "soft"],
    [5, -3.5, "soft"],
    [5, -1, "hard"],
    [6, -3.5, "soft"],
    [7, -2.5, "soft"],
    [7, 0, "hard"],
    [8, 2, "soft"],
    [8, 4.5, "hard"],
  ])("are the expected ones at MCS %d, %d dB, %s decisions", { timeout: 30_000 }, async (mcs, ecn0Db, decisions) => {
    const { judged, points } = await measured(
      ...["--mcs", `${mcs}`, "--from", `${ecn0Db}`, "--to", `${ecn0Db}`, "--decisions", decisions],
    );
    expect(judged).toBe(1);
    expect(Math.abs(points[0].decades!.ber)).toBeLessThan(0.15);
    expect(Math.abs(points[0].decades!.per)).toBeLessThan(0.15);
  });

  it("have as many wrong line bits as theory says: Q(2) at 0 dB", async () => {
    for (const mcs of ["4", "8"]) {
      const { points } = await measured(...["--mcs", mcs, "--from", "0", "--to", "0", "--errors", "100"]);
      expect(points[0].lineBer / 0.02275).toBeGreaterThan(0.9);
      expect(points[0].lineBer / 0.02275).toBeLessThan(1.1);
    }
  });

  it.each([
    [6, 4, -3],
    [7, 7, -2],
  ])(
    "are what wrong symbols make of a code, MCS %d: a second way to them",
    { timeout: 30_000 },
    async (mcs, k, ecn0Db) => {
      // Each 4B6B word is a symbol of a code word, and noise hits them one by one.
      const wrong = wrongSymbols(ecn0Db, 100_000);
      const depth = Math.ceil(128 / k);
      const shortened = 15 - (depth * k - 128);
      const t = (15 - k) >> 1;
      const per = 1 - (1 - moreThan(t, 15, wrong)) ** (depth - 1) * (1 - moreThan(t, shortened, wrong));
      const level = `${ecn0Db}`;
      const { points } = await measured(
        ...["--mcs", `${mcs}`, "--from", level, "--to", level, "--errors", "300", "--seed", "3"],
      );
      expect(Math.abs(Math.log10(points[0].per / per))).toBeLessThan(0.09);
    },
  );

  it("stand beside what chance makes of them", async () => {
    const { points, together } = await measured(...["--mcs", "4", "--from", "3", "--to", "5", "--errors", "100"]);
    for (const { chance, decades, expected, per } of points) {
      expect(chance!.per.measured).toBeCloseTo((1.96 * Math.sqrt((1 - per) / 100)) / Math.LN10, 2);
      expect(chance!.per.expected).toBeCloseTo(
        (1.96 * Math.sqrt((1 - expected!.per) / expected!.wrongFrames)) / Math.LN10,
        6,
      );
      expect(Math.sign(chance!.per.deviations)).toBe(Math.sign(decades!.per));
      // Wrong bits come in bursts: BER is less sure.
      expect(chance!.ber.measured).toBeGreaterThan(chance!.per.measured);
    }
    expect(Math.abs(together.decades)).toBeLessThan(1.5 * together.chance);
    expect(together.farthest.likelihood).toBeGreaterThan(0.01);
  });

  it("are the same for the same seed, and others for another", async () => {
    const options = ["--mcs", "3..4", "--from", "2", "--to", "2.5", "--errors", "10"];
    const first = await measured(...options);
    expect(await measured(...options)).toEqual(first);
    expect(await measured(...options, "--seed", "2")).not.toEqual(first);
  });

  it("end where nothing is wrong any more, and where frames end", async () => {
    const { points } = await measured(...["--mcs", "4", "--from", "7", "--to", "12", "--frames", "50"]);
    expect(points.at(-1)).toMatchObject({ wrongFrames: 0, frames: 50 });
    expect(points.length).toBeLessThan(5);
  });

  it("are told when they are not as expected", async () => {
    // One MCS's curve held against another's: half a decibel of difference is farther off than the tolerance.
    const [, per] = [0, EXPECTED_RATES.find(({ mcs }) => mcs === 4)!.points.find(([at]) => at === 4)![2]];
    const { points } = await measured(...["--mcs", "4", "--from", "5", "--to", "5"]);
    expect(Math.abs(Math.log10(points[0].per / per))).toBeGreaterThan(0.15);
  });

  it("are drawn and listed", async () => {
    const folder = mkdtempSync(join(tmpdir(), "argand-ber-"));
    try {
      const svg = join(folder, "ber.svg");
      const { exitCode, stdout, stderr } = await runVlc(
        ...["ber", "--mcs", "4", "--from", "3", "--to", "4", "--errors", "100", "--svg", svg],
      );
      expect(exitCode).toBe(0);
      expect(stdout.split("\n")).toHaveLength(5);
      expect(stderr).toContain("3 points judged against expected ones, 0 farther off");
      const drawing = readFileSync(svg, "utf8");
      expect(drawing).toContain("<polyline");
      expect(drawing.match(/<circle/g)).toHaveLength(3);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.each([
    [["--mcs", "9"], "expected one of 0 to 8"],
    [["--mcs", "3..1"], "expected one of 0 to 8"],
    [["--from", "x"], "expected decibels"],
    [["--from", "3", "--to", "2"], "below --from"],
    [["--step", "0"], "expected 0.1 or more"],
    [["--decisions", "firm"], "expected soft, hard or both"],
    [["--octets", "2"], "expected 3 to 1023"],
    [["--frames", "0"], "expected 1 to"],
  ])("refuse %s", async (options, message) => {
    const { exitCode, stderr } = await runVlc("ber", ...options);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(message);
  });

  it("are held to the published points, where these are here", () => {
    if (expectedRates === undefined) return;
    const flat = EXPECTED_RATES.flatMap(({ mcs, decisions, points }) =>
      points.map(([ecn0, ber, per]) => ({ mcs, dec: decisions, ecn0, ber, per })),
    );
    expect(flat).toHaveLength(expectedRates.chain_per_64_octets.length);
    for (const point of expectedRates.chain_per_64_octets)
      expect(flat).toContainEqual({ mcs: point.mcs, dec: point.dec, ecn0: point.ecn0, ber: point.ber, per: point.per });
  });
});
