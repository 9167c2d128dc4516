/** Commands to a gateway through a broker: in virtual time in both engines, and live by `argand cmd` through mosquitto. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readWireMessage } from "../host-sim/collect/wire";
import { readMessages } from "../host-sim/uplink-file";
import { xsAvailability } from "../host-sim/xs/toolchain";
import { freePort, has, run, start, startMosquitto } from "./argand";

const SITE = "manifests/examples/commands.yaml";
const folder = mkdtempSync(join(tmpdir(), "argand-commands-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function virtual(engine: "v8" | "xs") {
  const out = join(folder, engine);
  const options = ["--virtual", "--for", "3m", "--seed", "1", "--engine", engine, "--out", out, "--json"];
  const { exitCode, stdout, stderr } = await run("sim", SITE, ...options);
  expect(exitCode, stderr).toBe(0);
  const records = [...readMessages(readFileSync(join(out, "uplink.bin")))]
    .filter(({ topic }) => topic === "argand/v1/commands/gw-14/audit")
    .map(({ topic, payload }) => {
      const { content } = readWireMessage(topic, payload);
      if (content.kind !== "pack") throw new Error("an audit record is a pack");
      const [{ name, text }] = content.records;
      return `${name.replace("commands/gw-14/", "")} ${text}`;
    });
  return { records, summary: JSON.parse(stdout) as Record<string, unknown> };
}

describe("commands in virtual time", () => {
  it("are carried out where the site allows them, recorded whatever becomes of them, alike in XS", async () => {
    const { records, summary } = await virtual("v8");
    expect(records.map((text) => text.replace(/: there is nothing.*/, ""))).toEqual([
      "command/scenario-1 state: done: no alarm active; 1 messages wait; 0 ticks missed",
      "command/scenario-2 acknowledge hall-hot: done",
      "command/scenario-3 acknowledge nothing-of-this-name: refused: no-effect",
      "command/scenario-4 device facp acknowledge: done",
      "command/scenario-5 device facp reset: refused: no-effect",
      "command/scenario-6 device lamp dim 0.8: done",
      "command/scenario-7 device lamp dim 0.05: done",
      "command/scenario-8 state: done: 1 alarms active: hall-hot; 1 messages wait; 0 ticks missed",
    ]);
    expect(summary["alarmList"]).toEqual(
      expect.arrayContaining([expect.objectContaining({ channel: "hall.temperature", state: "acknowledged" })]),
    );
    if (!xsAvailability().ok) return console.warn("skipped: the same run in XS");
    const inXs = await virtual("xs");
    expect(inXs.summary["uplinkSha256"]).toBe(summary["uplinkSha256"]);
  }, 120_000);
});

const installed = has("mosquitto", "-h");
if (!installed) console.warn("skipped: argand cmd through mosquitto (apt-get install mosquitto)");

describe.skipIf(!installed)("argand cmd", () => {
  it("gives a live gateway commands through mosquitto, once each, and says what became of them", async () => {
    const port = await freePort();
    const broker = await startMosquitto(port, folder);
    const url = `mqtt://127.0.0.1:${port}`;
    const gateway = start(["sim", SITE, "--broker", url]);
    try {
      const give = (...words: string[]) => run("cmd", SITE, ...words, "--broker", url, "--json", "--timeout", "20s");
      const said = ({ exitCode, stdout }: { exitCode: number | null; stdout: string }) => [
        exitCode,
        (JSON.parse(stdout) as { text: string }).text,
      ];
      // Its state goes out behind its subscription.
      await run("tail", "--broker", url, "--topic", "argand/v1/commands/gw-14/state", "--count", "1");
      expect(said(await give("state", "--id", "one"))).toEqual([0, expect.stringMatching(/^state: done: no alarm/)]);
      // The same id: the same answer, though it is another command.
      expect(said(await give("device", "lamp", "dim", "0.9", "--id", "one"))).toEqual([
        0,
        expect.stringMatching(/^state: done: no alarm/),
      ]);
      expect(said(await give("device", "lamp", "dim", "0.9"))).toEqual([0, "device lamp dim 0.9: done"]);
      expect(said(await give("device", "facp", "reset"))).toEqual([1, expect.stringContaining("refused: no-effect")]);
    } finally {
      gateway.process.kill("SIGINT");
      await gateway.ended;
      broker.kill();
    }
    const late = await run("cmd", SITE, "state", "--broker", url);
    expect([late.exitCode, late.stderr]).toEqual([2, expect.stringContaining(url)]);
  }, 90_000);

  it("says what is no command, before it asks anybody", async () => {
    const { exitCode, stderr } = await run("cmd", SITE, "reboot", "--broker", "mqtt://127.0.0.1:9");
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('there is no command "reboot"')]);
  });
});
