/**
 * Recorded fire data through the SHT3x emulator's registers, the unmodified driver, batches and MQTT, decoded by cbor2,
 * which knows nothing of our encoder.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
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
