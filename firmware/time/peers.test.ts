/** SNTP against a server that nobody here wrote, over a real socket. */
import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TimeQuality } from "../../hal/clock";
import { NodeClock } from "../../hal/node/clock";
import { NodeUDP } from "../../hal/node/udp";
import { SntpClient } from "./sntp-client";
import { SyncedClock } from "./synced-clock";

const CHRONYD = "/usr/sbin/chronyd";
const root = process.getuid?.() === 0;
const skipped = !existsSync(CHRONYD) ? "apt-get install chrony" : !root ? "chronyd must be started as root" : undefined;
if (skipped !== undefined) console.warn(`skipped: SNTP against chrony (${skipped})`);

describe.skipIf(skipped !== undefined)("chrony", () => {
  const folder = mkdtempSync(join(tmpdir(), "argand-chrony-"));
  let server: ChildProcess;
  let port: number;

  beforeAll(async () => {
    port = await new Promise<number>((resolve) => {
      const socket = createSocket("udp4").bind(0, "127.0.0.1", () => {
        const { port: free } = socket.address();
        socket.close(() => resolve(free));
      });
    });
    const lines = [
      `port ${port}`,
      "bindaddress 127.0.0.1",
      "allow 127.0.0.1",
      "local stratum 5",
      "cmdport 0",
      `bindcmdaddress ${folder}/chronyd.sock`,
      `pidfile ${folder}/chronyd.pid`,
      `driftfile ${folder}/drift`,
    ];
    writeFileSync(join(folder, "chrony.conf"), `${lines.join("\n")}\n`);
    // -x: it serves the time and leaves the machine's clock alone.
    server = spawn(CHRONYD, ["-x", "-d", "-u", "root", "-f", join(folder, "chrony.conf")], { stdio: "ignore" });
  });
  afterAll(() => {
    server?.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  it("gives the time of this machine, within the uncertainty that is claimed", async () => {
    const device = new NodeClock();
    const steps: number[] = [];
    const clock = new SyncedClock(device, (offsetMs) => steps.push(offsetMs));
    const client = new SntpClient({
      UDP: NodeUDP,
      servers: [{ address: "127.0.0.1", port }],
      clock,
      random: { uint32: () => Math.floor(Math.random() * 2 ** 32) },
      log: { info: () => {}, warn: () => {} },
      onSample: (sample) => clock.synchronise(sample),
    });
    // It needs a moment to start; a client would wait 15 s between two tries.
    for (let i = 0; i < 100 && !clock.synchronised; i++) {
      client.start();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    client.close();
    expect(steps).toEqual([Number.NaN]);
    expect(clock.wallQuality()).toBe(TimeQuality.sntp);
    expect(Math.abs(clock.wallMs() - Date.now())).toBeLessThan(clock.uncertaintyMs + 2);
  });
});
