/** `argand modbus` against slaves that nobody here wrote, over loopback and, where socat is there, a serial line. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ServerSerial, ServerTCP } from "modbus-serial";
import { afterEach, describe, expect, it } from "vitest";
import { run } from "../../test/argand";

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
});

const vector = {
  getCoil: (address: number) => address % 2 === 1,
  getHoldingRegister: (address: number) => [0x077a, 0x429b, 7, 8][address] ?? 0,
  readDeviceIdentification: () => ({ 0: "Example Works", 1: "PANEL-1", 2: "V1.0" }),
};

async function host(): Promise<string[]> {
  const port = await new Promise<number>((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port: free } = probe.address() as { port: number };
      probe.close(() => resolve(free));
    });
  });
  const server = new ServerTCP(vector, { host: "127.0.0.1", port, unitID: 5 });
  await new Promise((resolve) => server.once("initialized", resolve));
  cleanUp.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return ["--host", "127.0.0.1", "--tcp-port", String(port)];
}

describe("on a host", () => {
  it("reads values in the order of their bytes", async () => {
    const at = await host();
    const read = await run(
      "modbus",
      "read",
      ...at,
      "--unit",
      "5",
      "holding",
      "0",
      "--type",
      "f32",
      "--order",
      "CDAB",
      "--json",
    );
    expect(read.exitCode, read.stderr).toBe(0);
    expect(JSON.parse(read.stdout)).toEqual({
      unit: 5,
      table: "holding",
      values: [{ address: 0, raw: [0x077a, 0x429b], value: Math.fround(77.514603) }],
    });
    const bits = await run("modbus", "read", ...at, "--unit", "5", "coil", "0", "--count", "3");
    expect(bits.stdout).toBe("coil 0  0\ncoil 1  1\ncoil 2  0\n");
  });

  it("finds units and says who they are", async () => {
    const at = await host();
    const scan = await run("modbus", "scan", ...at, "--units", "4-5", "--timeout", "300ms", "--json");
    expect(JSON.parse(scan.stdout)).toEqual({
      line: null,
      units: [
        {
          unit: 5,
          answer: `register 0 is ${0x077a}`,
          identity: { vendor: "Example Works", "product code": "PANEL-1", revision: "V1.0" },
        },
      ],
    });
    const who = await run("modbus", "identify", ...at, "--unit", "5");
    expect(who.stdout).toBe("vendor  Example Works\nproduct code  PANEL-1\nrevision  V1.0\n");
  });

  it("ends with 2 when nobody answers, with 1 when the line is wrong, and says so", async () => {
    const at = await host();
    const lost = await run("modbus", "identify", ...at, "--unit", "9", "--timeout", "200ms");
    expect([lost.exitCode, lost.stderr]).toEqual([2, expect.stringContaining("unit 9 does not answer 43/14")]);
    for (const [words, message] of [
      [["read", ...at, "registers", "0"], 'there is no table "registers"'],
      [["read", ...at, "holding", "4x"], 'address: "4x" is no number'],
      [["read", ...at, "holding", "0", "--type", "u32", "--order", "ABDC"], '"ABDC" is no order of 4 bytes'],
      [["read", ...at, "holding", "0", "--count", "126"], "count must be a whole number from 1 to 125"],
      [["scan", ...at, "--units", "1-300"], '--units: "300" is no number'],
      [["scan"], "say which bus"],
    ] as const) {
      const ended = await run("modbus", ...words);
      expect([ended.exitCode, ended.stderr]).toEqual([1, expect.stringContaining(message)]);
    }
    const missing = await run("modbus", "scan", "--port", "/dev/no-such-port", "--listen", "10ms");
    expect([missing.exitCode, missing.stderr]).toEqual([2, expect.stringContaining("/dev/no-such-port")]);
  });
});

const socat = spawnSync("socat", ["-V"]).status === 0;
if (!socat) console.warn("skipped: argand modbus on a serial line (apt-get install socat)");

describe.skipIf(!socat)("on a serial line", () => {
  it("finds its settings, its unit, and reads it", async () => {
    const folder = mkdtempSync(join(tmpdir(), "argand-modbus-"));
    const [near, far] = [join(folder, "near"), join(folder, "far")];
    const child = spawn("socat", [`pty,raw,echo=0,link=${near}`, `pty,raw,echo=0,link=${far}`]);
    cleanUp.push(() => {
      child.kill();
      rmSync(folder, { recursive: true, force: true });
    });
    while (!existsSync(near) || !existsSync(far)) await new Promise((resolve) => setTimeout(resolve, 10));
    const server = new ServerSerial(vector, { port: far, path: far, baudRate: 9600, unitID: 1 } as never);
    await new Promise((resolve) => server.once("initialized", resolve));
    cleanUp.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
    const scan = await run(
      "modbus",
      "scan",
      "--port",
      near,
      "--units",
      "1-2",
      "--listen",
      "50ms",
      "--timeout",
      "500ms",
      "--json",
    );
    expect(scan.exitCode, scan.stderr).toBe(0);
    expect(JSON.parse(scan.stdout)).toMatchObject({ line: { baud: 9600, parity: "none" }, units: [{ unit: 1 }] });
    const read = await run("modbus", "read", "--port", near, "holding", "2", "--count", "2");
    expect(read.stdout).toBe("holding 2  7  0007\nholding 3  8  0008\n");
  });
});
