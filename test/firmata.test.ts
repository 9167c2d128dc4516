/** A site whose parts hang on an Arduino: `argand sim --firmata` against the virtual one, seen at the broker's end. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decode } from "cbor2";
import { afterAll, describe, expect, it } from "vitest";
import { boardPackages } from "../hal/firmata/packages";
import { CallableThread } from "../hal/firmata/thread-call";
import { resolvePack } from "../host-sim/cli/senml-view";
import { readMessages } from "../host-sim/uplink-file";
import { freePort, run } from "./argand";

const ARDUINO = new URL("../hal/firmata/virtual-arduino.test-suite.ts", import.meta.url);
const folder = mkdtempSync(join(tmpdir(), "argand-firmata-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function site(): Promise<string> {
  const file = join(folder, "desk.yaml");
  writeFileSync(
    file,
    `gateway: { id: gw-09, site: desk, board: esp32-s3 }
buses:
  i2c0: { kind: i2c, data: 18, clock: 19, hz: 100000 }
  contacts: { kind: digital }
devices:
  climate: { driver: sht3x, bus: i2c0, every: 1 s }
  door: { driver: binary-input, bus: contacts, pin: 7, every: 1 s }
uplink:
  mqtt: { url: "mqtt://127.0.0.1:${await freePort()}" }
  batch: { every: 1 s, max: 16 }
`,
  );
  return file;
}

const present = (() => {
  try {
    return boardPackages() !== undefined;
  } catch {
    console.warn("skipped: argand sim --firmata (johnny-five and firmata-io are not installed)");
    return false;
  }
})();

describe("argand sim --firmata", () => {
  it.skipIf(!present)("publishes what a part on the Arduino measures, by the unmodified driver", async () => {
    const arduino = await CallableThread.start(ARDUINO, 20_000, () => {});
    arduino.call("setAir", "temperature", -12.25);
    arduino.call("drive", 7, 1);
    // A link that is slow at times: the part begins to measure so much later than the tick, and must be given its time still.
    arduino.call("lagWrites", 12);
    const address = `127.0.0.1:${arduino.call("listen")}`;
    const out = join(folder, "out");
    // The scenario that a world plays does not reach real parts; the site has none.
    const ended = await run("sim", await site(), "--firmata", address, "--for", "6s", "--out", out);
    await arduino.end();
    expect(ended.exitCode, ended.stderr).toBe(0);
    expect(ended.stderr).toContain("on the pins of an Arduino (VirtualFirmata.ino 2.6): climate, door");
    expect(ended.stderr).not.toMatch(/does not answer/);
    const values = new Map<string, unknown>();
    for (const { topic, payload } of readMessages(readFileSync(join(out, "uplink.bin"))))
      if (topic.endsWith("/telemetry"))
        for (const { name, v, vs, vb } of resolvePack(decode(payload) as unknown[])) values.set(name, v ?? vs ?? vb);
    expect(values.get("desk/gw-09/climate/temperature")).toBeCloseTo(-12.25, 2);
    expect([...values.keys()].some((name) => name.startsWith("desk/gw-09/door/"))).toBe(true);
  });

  it.skipIf(!present)("says where nothing answers, with 2", async () => {
    const ended = await run("sim", await site(), "--firmata", `127.0.0.1:${await freePort()}`, "--for", "1s");
    expect(ended.exitCode).toBe(2);
    expect(ended.stderr).toMatch(/--firmata 127\.0\.0\.1:\d+: .*ECONNREFUSED/);
  });

  it("refuses virtual time, with 1", async () => {
    const ended = await run("sim", await site(), "--virtual", "--for", "1s", "--firmata", "/dev/ttyACM0");
    expect(ended.exitCode).toBe(1);
    expect(ended.stderr).toContain("leave --virtual out");
  });
});
