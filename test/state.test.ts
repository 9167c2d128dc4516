/** `argand sim --state`: a gateway that is killed goes on where it was, on a real broker. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import mqtt from "mqtt";
import { afterAll, describe, expect, it } from "vitest";
import { keyIdOf } from "../firmware/uplink/cose/key";
import { parseSign1 } from "../firmware/uplink/cose/parse";
import { nodeCrypto } from "../hal/node/crypto";
import { signerFromFile } from "../hal/node/signer";
import { readWireMessage } from "../host-sim/collect/wire";
import { freePort, has, ROOT, run, start, startMosquitto } from "./argand";

const installed = has("mosquitto", "-h");
if (!installed) console.warn("skipped: a killed gateway on mosquitto (apt-get install mosquitto)");

const folder = mkdtempSync(join(tmpdir(), "argand-state-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The signed example with its messages in flash, and without a scenario. */
function site(): string {
  const path = join(folder, "site.yaml");
  const text = readFileSync(join(ROOT, "manifests/examples/signed.yaml"), "utf8");
  const changed = text
    .replace(
      /\n {2}batch: .*/,
      "\n  batch: { every: 500 ms }\n  store: { alarms: 16 KiB, telemetry: 64 KiB, flash: outbox }",
    )
    .replace(/\nsimulate:[\s\S]*/, "\n");
  if (!changed.includes("flash: outbox")) throw new Error("the example has another form");
  writeFileSync(path, changed);
  return path;
}

describe.skipIf(!installed)("a gateway with its state in a folder", () => {
  it("that was killed twice delivers what it had stored, in order, from all of its starts, under one key", async () => {
    const state = join(folder, "state");
    const path = site();
    const port = await freePort();
    const list = ["sim", path, "--state", state, "--broker", `mqtt://127.0.0.1:${port}`];
    // Nobody is at home: what is sampled is stored.
    for (const boot of [1, 2]) {
      const killed = start(list);
      await killed.until(new RegExp(`start ${boot}\n`));
      await new Promise((resolve) => setTimeout(resolve, 4_000));
      killed.process.kill("SIGKILL");
      await killed.ended;
    }
    expect(readdirSync(state).sort()).toEqual(["boot", "keep.root", "key.pem", "lock", "outbox.flash"]);

    const broker = await startMosquitto(port, folder);
    const seen: { boot: number; seq: number; keyId: string }[] = [];
    const reader = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`);
    reader.on("message", (topic, payload) => {
      const { origin, signature, content } = readWireMessage(topic, new Uint8Array(payload));
      if (!["telemetry", "alarm", "event"].includes(origin.what) || content.kind !== "pack") return;
      const { more } = content.records[0];
      seen.push({ boot: more.get("boot") as number, seq: more.get("seq") as number, keyId: signature!.keyId });
      parseSign1(new Uint8Array(payload));
    });
    await reader.subscribeAsync("argand/v1/#", { qos: 1 });
    const { exitCode, stderr } = await start([...list, "--for", "6s"]).ended;
    await new Promise((resolve) => setTimeout(resolve, 500));
    await reader.endAsync();
    broker.kill();
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toContain("start 3");

    for (const boot of [1, 2, 3]) {
      const seqs = [...new Set(seen.filter((one) => one.boot === boot).map(({ seq }) => seq))].sort((a, b) => a - b);
      // Without a hole: what the kill took had no number on flash.
      expect(seqs.length, `start ${boot}`).toBeGreaterThan(2);
      expect(seqs).toEqual(seqs.map((_, i) => i));
    }
    const own = Buffer.from(keyIdOf(signerFromFile(join(state, "key.pem")).publicKey, nodeCrypto.sha256)).toString(
      "hex",
    );
    expect(new Set(seen.map(({ keyId }) => keyId))).toEqual(new Set([own]));
  }, 90_000);
});

it("is one process's alone, and another's when that is gone", async () => {
  const state = join(folder, "locked");
  const first = start(["sim", "--state", state, "--broker", "mqtt://127.0.0.1:9"]);
  await first.until(/start 1/);
  const second = await run("sim", "--state", state, "--broker", "mqtt://127.0.0.1:9", "--for", "1s");
  expect([second.exitCode, second.stderr]).toEqual([2, expect.stringContaining("two gateways may not share one")]);
  first.process.kill("SIGKILL");
  await first.ended;
  const third = await run("sim", "--state", state, "--broker", "mqtt://127.0.0.1:9", "--for", "1s");
  expect(third.stderr).toContain("start 2");
  expect(readdirSync(state)).not.toContain("lock");
}, 60_000);
