/** `argand vlc scope`: figures against what the light was made of. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runVlc } from "./vlc.test-suite";

type Figures = Record<string, number> & { reception: string; clock: string };

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "argand-scope-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function figures(...options: string[]): Promise<Figures> {
  const { exitCode, stdout, stderr } = await runVlc("scope", "--json", ...options);
  expect(exitCode, stderr).toBe(0);
  return JSON.parse(stdout) as Figures;
}

/** Distance of `figure` from `expected`, as a share of that. */
function off(figure: number, expected: number): number {
  return Math.abs(figure / expected - 1);
}

describe("argand vlc scope", () => {
  it.each([
    ["0", "0.5"],
    ["4", "0.5"],
    ["5", "0.5"],
    ["8", "0.3"],
    ["8", "0.7"],
  ])("sees clean light of MCS %s at dimming %s as it is", async (mcs, dimming) => {
    const seen = await figures("--mcs", mcs, "--dimming", dimming, "--octets", "64");
    expect(seen).toMatchObject({ mcs: Number(mcs), tdp: "P4", reception: "frame", clock: "receiver" });
    expect(seen["eyeOpeningPercent"]).toBeGreaterThan(99.5);
    expect(seen["eyeOpeningPercent"]).toBeLessThan(100.5);
    expect(off(seen["dutyPercent"], 100 * Number(dimming))).toBeLessThan(0.002);
    expect(seen["crossingJitterNs"]).toBeLessThan(seen["sampleNs"] / 10);
    expect(seen["riseNs"]).toBeLessThan(2 * seen["sampleNs"]);
  });

  it("measures how an LED rises: 0.35 over its bandwidth", async () => {
    for (const [mcs, led, hz] of [
      ["0", "500k", 500_000],
      ["4", "0.3M", 300_000],
      ["8", "1M", 1e6],
    ] as const) {
      const seen = await figures("--mcs", mcs, "--led", led, "--per-symbol", "64", "--octets", "64");
      expect(off(seen["riseNs"], 0.35e9 / hz)).toBeLessThan(0.05);
      expect(off(seen["fallNs"], 0.35e9 / hz)).toBeLessThan(0.05);
    }
  });

  it("has an eye behind a whole chip's mean as open as its noise lets it: 1 - 3 / sqrt(2 Ec/N0)", async () => {
    for (const [mcs, db] of [
      ["4", 14],
      ["8", 12],
    ] as const) {
      const seen = await figures("--mcs", mcs, "--ecn0", `${db}`, "--filter", "1");
      expect(Math.abs(seen["eyeOpeningPercent"] - 100 * (1 - 3 / Math.sqrt(2 * 10 ** (db / 10))))).toBeLessThan(4);
      expect(Math.abs(seen["ecn0Db"] - db)).toBeLessThan(1.5);
    }
  });

  it("recovers the sender's clock, so that an offset alone leaves the eye open", async () => {
    for (const ppm of [80, -80]) {
      const seen = await figures("--mcs", "0", "--ppm", `${ppm}`);
      expect(Math.abs(seen["ppm"] - ppm)).toBeLessThan(1);
      expect(seen["eyeOpeningPercent"]).toBeGreaterThan(99);
    }
  });

  it("holds the mean over 5 ms, and says where there are no 5 ms", async () => {
    expect((await figures("--mcs", "8", "--dimming", "0.7", "--octets", "400"))["flicker5msPercent"]).toBeLessThan(1);
    expect((await figures("--mcs", "8", "--octets", "20"))["flicker5msPercent"]).toBeNull();
  });

  it("draws light that no receiver reads by the sender's clock", async () => {
    const seen = await figures("--mcs", "8", "--ecn0", "-15", "--octets", "20");
    expect(seen).toMatchObject({ clock: "sender", ecn0Db: null });
    expect(seen["eyeOpeningPercent"]).toBeLessThan(0);
    expect(seen["eyeWidthPercent"]).toBe(0);
  });

  it("reads back what it wrote, and plain text, and draws it", async () => {
    const [json, text, svg] = ["light.json", "light.txt", "light.svg"].map((name) => join(folder, name));
    const made = await figures(...["--mcs", "4", "--octets", "40", "--ecn0", "15", "--ppm", "30", "--write", json]);
    expect(await figures(json, "--svg", svg)).toEqual(made);
    const { samples } = JSON.parse(readFileSync(json, "utf8")) as { samples: number[] };
    writeFileSync(text, samples.join("\n"));
    expect(await figures(text, "--per-symbol", "32")).toEqual(made);
    const drawing = readFileSync(svg, "utf8");
    expect(drawing.match(/<svg /g)).toHaveLength(1);
    expect(drawing.match(/<polyline/g)!.length).toBeGreaterThan(400);
    expect(drawing).toContain("MCS 4, OOK at 200 kHz");
    expect(drawing).not.toContain("NaN");
  });

  it("says it in words", async () => {
    const { stdout } = await runVlc("scope", "--mcs", "8", "--octets", "20");
    expect(stdout).toContain("MCS 8, P4");
    expect(stdout).toContain("the coded part is shorter than 5 ms");
  });

  it.each([
    [["--mcs", "9"], "MCS 0 to 8"],
    [["--mcs", "x"], '--mcs is "x", expected an integer'],
    [["--mcs", "4", "--dimming", "0.7"], "MCS 5 to 8 dim"],
    [["--mcs", "8", "--dimming", "0.75"], "in steps of 0.1"],
    [["--mcs", "8", "--dimming", "1"], "expected 0.1 to 0.9"],
    [["--led", "fast"], "expected a bandwidth"],
    [["--ecn0", "x"], "--ecn0 is"],
    [["--ppm", "1000"], "expected -300 to 300"],
    [["--per-symbol", "3"], "expected 4 to 64"],
    [["--filter", "2"], "expected 0 to 1"],
    [["--octets", "2"], "expected 3 to 1023"],
    [["--profile", "uc3m"], "finds plain preambles"],
    [["no-such-file"], "cannot be read"],
  ])("refuses %j", async (options, words) => {
    const { exitCode, stdout, stderr } = await runVlc("scope", ...options);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toContain(words);
  });

  it.each([
    ["nothing", "", "the capture is empty"],
    ["no samples", '{"perSymbol": 8, "samples": []}', "the capture is empty"],
    ["no perSymbol", '{"samples": [1]}', "has no perSymbol and samples"],
    ["a text as sample", '{"perSymbol": 8, "samples": [1, "x"]}', 'sample 1 is "x"'],
    ["too few samples a symbol", '{"perSymbol": 1, "samples": [1, 2]}', "has 1 samples a symbol"],
    ["half a JSON", "{", "is no JSON"],
    ["a word", "1\n2\nthree\n", ':3 is "three"'],
    ["three samples", "1\n2\n3\n", "no preamble in the 3 samples"],
    ["1010 for ever", Array.from({ length: 9_000 }, (_, i) => (i >> 5) & 1).join("\n"), "no header behind it holds"],
  ])("refuses a capture of %s", async (_, content, words) => {
    const file = join(folder, "capture");
    writeFileSync(file, content);
    const { exitCode, stderr } = await runVlc("scope", file);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(words);
  });
});
