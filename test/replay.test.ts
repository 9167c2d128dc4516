/**
 * Recorded fire data through the SHT3x emulator's registers, the unmodified driver, batches and MQTT, decoded by cbor2,
 * which knows nothing of our encoder.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { decode } from "cbor2";
import { expect, it } from "vitest";
import { resolvePack } from "../host-sim/cli/senml-view";
import { readMessages } from "../host-sim/uplink-file";
import { ROOT, run } from "./argand";

const RECORDING = join(ROOT, "../shared/data/smoke-detection-iot.csv.gz");
const present = existsSync(RECORDING);
if (!present) console.warn("skipped: the replay of the recorded fires (../shared/data is not there)");

/** One step of the part's 16-bit word: 175 K / 65535 (SHT3x data sheet, section 4.13). */
const RESOLUTION_CEL = 175 / 65_535;
/** 2026-01-01: when virtual time begins; the first tick comes 0.1 s later. */
const FIRST_TICK_S = 0.1;

it.skipIf(!present)("publishes each of the 62,630 recorded temperatures within the sensor's resolution", async () => {
  const rows = gunzipSync(readFileSync(RECORDING))
    .toString("utf8")
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => Number(line.split(",")[1]));
  expect(rows).toHaveLength(62_630);

  const folder = mkdtempSync(join(tmpdir(), "argand-replay-"));
  try {
    const { exitCode, stderr } = await run("sim", "--virtual", "--replay", RECORDING, "--out", folder);
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toMatch(/17h 23m 50s of the site in \d+\.\d+ s/);
    const published = temperatures(readFileSync(join(folder, "uplink.bin")));
    expect(published).toHaveLength(rows.length);
    const epoch = published[0].time - FIRST_TICK_S;
    const wrong = published.filter(({ time, value }, i) => {
      const row = Math.floor(time - epoch + 1e-3);
      return row !== i || Math.abs(value - rows[row]) > RESOLUTION_CEL;
    });
    expect(wrong).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const SMOKE_DETECTION = "manifests/examples/smoke-detection.yaml";
const MAPPED = ["Temperature[C]=hall-climate.temperature", "Humidity[%]=hall-climate.humidity"].flatMap((one) => [
  "--map",
  one,
]);

type Outcome = { outcome: string; delaySeconds?: number };
type Rule = { rule: string; raised: number; true: number; false: number; bridged: number; episodes: Outcome[] };
type Judged = { rows: number; seams: number; episodes: { fromRow: number; toRow: number }[]; rules: Rule[] };

it.skipIf(!present)("tells what the rules of a standard caught of the recorded fires, as it is", async () => {
  const more = ["--map", "eCO2[ppm]=hall-air.co2", "--label", "Fire Alarm", "--seam", "Temperature[C]=1", "--json"];
  const { exitCode, stdout, stderr } = await run(
    "sim",
    SMOKE_DETECTION,
    "--virtual",
    "--replay",
    RECORDING,
    ...MAPPED,
    ...more,
  );
  expect(exitCode, stderr).toBe(0);
  const { rules, episodes, rows, seams } = (JSON.parse(stdout) as { detection: Judged }).detection;
  // The label changes at these rows (../shared/data/README.md).
  expect(episodes.flatMap(({ fromRow, toRow }) => [fromRow, toRow])).toEqual([
    3178, 24994, 28172, 49988, 50021, 51142, 51145, 51147, 56889, 56891,
  ]);
  expect([rows, seams]).toEqual([62_630, 1079]);
  // An oracle that knows neither registers nor rules of ours: limits on the recorded rows.
  const columns = recordedColumns();
  for (const [name, values, limit, back, from] of [
    ["a1-static", columns[1], 54, 3, 0],
    // For 15 s the SGP30 answers fixed values (data sheet, section 6.3).
    ["co2-limit", columns[3], 5000, 500, 16],
  ] as const) {
    const raised = raisedRows(values, limit, back, from);
    const labelled = raised.filter((row) => columns[4][row] === 1).length;
    const expected = { raised: raised.length, true: labelled, false: raised.length - labelled, bridged: 0 };
    expect(rules.find(({ rule }) => rule === name)).toMatchObject(expected);
  }
  expect(stderr).toContain("1079 seams");
  expect(stderr).toMatch(/episode 3, rows 50021 to 51141 \(18m 41s\): caught after \d+\.\d s/);
});

/** Rows at which a value has passed the limit anew. */
function raisedRows(values: readonly number[], limit: number, back: number, from: number): number[] {
  const rows: number[] = [];
  let standing = false;
  for (let row = from; row < values.length; row++) {
    if (!standing && values[row] > limit) rows.push(row);
    standing = values[row] > limit || (standing && values[row] > limit - back);
  }
  return rows;
}

function recordedColumns(): number[][] {
  const lines = gunzipSync(readFileSync(RECORDING)).toString("utf8").trim().split("\n").slice(1);
  const rows = lines.map((line) => line.split(",").map(Number));
  return [0, 1, 2, 3, 4].map((column) => rows.map((row) => row[column]));
}

/**
 * Response times of a class A1 heat detector from 25 Cel on (EN 54-5, table of response time limits, as widely quoted): earliest and
 * latest, by the rate of rise of the air in K/min.
 */
const A1_SECONDS: readonly (readonly [rate: number, earliest: number, latest: number])[] = [
  [1, 29 * 60, 40 * 60 + 20],
  [3, 7 * 60 + 13, 13 * 60 + 40],
  [5, 4 * 60 + 9, 8 * 60 + 20],
  [10, 60, 4 * 60 + 20],
  [20, 30, 2 * 60 + 20],
  [30, 20, 100],
];

it("answers the rates of rise of EN 54-5 within the times of class A1, with the rules of the example", async () => {
  const rows: string[] = [];
  const push = (celsius: number, label: number) => rows.push(`${rows.length},${celsius.toFixed(3)},${label}`);
  for (const [rate, , latest] of A1_SECONDS) {
    for (let s = 0; s < 600; s++) push(25, 0);
    for (let s = 0; s <= latest && 25 + (rate * s) / 60 <= 100; s++) push(25 + (rate * s) / 60, 1);
  }
  const folder = mkdtempSync(join(tmpdir(), "argand-a1-"));
  try {
    const file = join(folder, "ramps.csv");
    writeFileSync(file, `row,Temperature[C],label\n${rows.join("\n")}\n`);
    const list = ["--map", "Temperature[C]=hall-climate.temperature", "--label", "label", "--json"];
    const { exitCode, stdout, stderr } = await run("sim", SMOKE_DETECTION, "--virtual", "--replay", file, ...list);
    expect(exitCode, stderr).toBe(0);
    const { any } = (JSON.parse(stdout) as { detection: { any: Rule } }).detection;
    any.episodes.forEach(({ outcome, delaySeconds }, i) => {
      const [rate, earliest, latest] = A1_SECONDS[i];
      expect(outcome, `${rate} K/min`).toBe("caught");
      expect(delaySeconds, `${rate} K/min`).toBeGreaterThanOrEqual(earliest);
      expect(delaySeconds, `${rate} K/min`).toBeLessThanOrEqual(latest);
    });
    expect(any).toMatchObject({ raised: A1_SECONDS.length * 2 - 3, false: 0 });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it("says when a mapping drives nothing, and that a label needs a recording", async () => {
  const folder = mkdtempSync(join(tmpdir(), "argand-label-"));
  try {
    const file = join(folder, "short.csv");
    writeFileSync(file, "row,p,fire\n0,101325,0\n1,101325,1\n2,101325,0\n");
    const done = await run("sim", SMOKE_DETECTION, "--virtual", "--replay", file, "--map", "p=hall-climate.pressure");
    expect(done.exitCode).toBe(0);
    expect(done.stderr).toContain("p=hall-climate.pressure: this device does not measure that");
    const refused = await run("sim", SMOKE_DETECTION, "--virtual", "--for", "1m", "--label", "fire");
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain("add --replay");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

function temperatures(file: Uint8Array): { time: number; value: number }[] {
  const found: { time: number; value: number }[] = [];
  for (const { topic, payload } of readMessages(file)) {
    if (!topic.endsWith("/telemetry")) continue;
    for (const record of resolvePack(decode(payload) as unknown[]))
      if (record.name === "first-light/gw-01/hall-climate/temperature")
        found.push({ time: record.time!, value: record["v"] as number });
  }
  return found;
}
