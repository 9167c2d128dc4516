/** A live site against a broker that nobody here wrote, read by clients that nobody here wrote. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decode as decodeWithCborX } from "cbor-x";
import { decode } from "cbor2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { resolvePack } from "../host-sim/cli/senml-view";
import { readMessages } from "../host-sim/uplink-file";
import { FIRST_LIGHT, freePort, has, start, startMosquitto } from "./argand";

const installed = has("mosquitto", "-h") && has("mosquitto_sub", "--help");
if (!installed) console.warn("skipped: the live run against mosquitto (apt-get install mosquitto mosquitto-clients)");
/** A Python of one's own may stand before the system's, which has Debian's packages. */
const python = ["python3", "/usr/bin/python3"].find((path) => spawnSync(path, ["-c", "import cbor2"]).status === 0);
if (installed && python === undefined)
  console.warn("skipped: decoding with python3-cbor2 (apt-get install python3-cbor2)");

const SECONDS = 12;

type Message = { readonly topic: string; readonly payload: Buffer };

describe.skipIf(!installed)("mosquitto in real time", () => {
  const folder = mkdtempSync(join(tmpdir(), "argand-mosquitto-"));
  let broker: ChildProcess;
  let subscriber: ChildProcess;
  let received: Message[];
  let summary: Record<string, number>;

  beforeAll(async () => {
    const port = await freePort();
    broker = await startMosquitto(port, folder);
    let text = "";
    subscriber = spawn("mosquitto_sub", ["-p", String(port), "-q", "1", "-t", "argand/v1/#", "-F", "%t %x"]);
    subscriber.stdout!.setEncoding("utf8").on("data", (more: string) => {
      text += more;
    });
    const sim = start([
      "sim",
      FIRST_LIGHT,
      "--broker",
      `mqtt://127.0.0.1:${port}`,
      "--for",
      `${SECONDS}s`,
      "--out",
      folder,
      "--json",
    ]);
    const { exitCode, stdout, stderr } = await sim.ended;
    expect(exitCode, stderr).toBe(0);
    summary = JSON.parse(stdout) as Record<string, number>;
    await new Promise((resolve) => setTimeout(resolve, 500));
    received = text
      .trim()
      .split("\n")
      .map((line) => {
        const [topic, hex] = line.split(" ");
        return { topic, payload: Buffer.from(hex ?? "", "hex") };
      });
  });
  afterAll(() => {
    subscriber?.kill();
    broker?.kill();
    rmSync(folder, { recursive: true });
  });

  const packs = () => received.filter(({ topic }) => topic.endsWith("/telemetry"));

  it("takes every batch, and mosquitto_sub receives it once", () => {
    expect(summary["acknowledged"]).toBe(summary["published"]);
    expect(summary["lost"]).toBe(0);
    expect(packs()).toHaveLength(summary["batches"]);
    const sequence = packs().map(({ payload }) => resolvePack(decode(payload) as unknown[])[0]["seq"] as number);
    expect([...sequence].sort((a, b) => a - b)).toEqual(sequence);
    expect(new Set(sequence).size).toBe(sequence.length);
  });

  it("carries a record for each sample that no filter held back, with values of the site", () => {
    const records = packs().flatMap(({ payload }) => resolvePack(decode(payload) as unknown[]));
    const values = records.filter((record) => "v" in record || "vs" in record);
    expect(values).toHaveLength(summary["samples"] - summary["heldSamples"]);
    const temperatures = values.filter(({ name }) => name === "first-light/gw-01/hall-climate/temperature");
    expect(temperatures.length).toBeGreaterThanOrEqual(SECONDS - 1);
    for (const record of temperatures) expect(record["v"]).toBeGreaterThan(15);
    const now = Date.now() / 1000;
    for (const { time } of temperatures) expect(Math.abs(now - time!)).toBeLessThan(60);
  });

  it("gives the same values to cbor2, to cbor-x and to whoever recorded the run", () => {
    const recorded = [...readMessages(readFileSync(join(folder, "uplink.bin")))].filter(({ topic }) =>
      topic.endsWith("/telemetry"),
    );
    expect(recorded.map(({ payload }) => Buffer.from(payload).toString("hex"))).toEqual(
      packs().map(({ payload }) => payload.toString("hex")),
    );
    for (const { payload } of packs())
      expect(resolvePack(decode(payload) as unknown[])).toEqual(resolvePack(decodeWithCborX(payload) as unknown[]));
  });

  it.skipIf(python === undefined)("gives the same values to python3-cbor2", () => {
    const script =
      "import sys,json,cbor2\n" +
      "for line in sys.stdin:\n" +
      "  print(json.dumps([[r.get(0), r.get(2), r.get(3)] for r in cbor2.loads(bytes.fromhex(line.strip()))]))\n";
    const { stdout } = spawnSync(python!, ["-c", script], {
      input: packs()
        .map(({ payload }) => payload.toString("hex"))
        .join("\n"),
      encoding: "utf8",
    });
    const inPython = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);
    const here = packs().map(({ payload }) =>
      (decode(payload) as Map<number, unknown>[]).map((record) => {
        const one = new Map(record instanceof Map ? record : Object.entries(record).map(([k, v]) => [Number(k), v]));
        return [one.get(0) ?? null, one.get(2) ?? null, one.get(3) ?? null];
      }),
    );
    expect(inPython).toEqual(here);
  });
});
