import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildXs, cpuAvailability, type XsHost, xsAvailability } from "./build";
import { coreShare, cpuCost, runXsOnCpu } from "./cpu";
import { XsBuildError } from "./error";
import { runXs } from "./run";

const availability = cpuAvailability();
if (!availability.ok) console.warn(`skipped: the XS engine on RV32IMAC: ${availability.reason}`);

const BUILD_MS = 180_000;

describe.skipIf(!availability.ok || !xsAvailability().ok)("the XS engine on RV32IMAC", () => {
  let host: XsHost;
  let folder: string;

  beforeAll(async () => {
    host = await buildXs({ cpu: "rv32" });
    folder = mkdtempSync(join(tmpdir(), "argand cpu, test-"));
  }, BUILD_MS);
  afterAll(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  function script(source: string, name = "script.js"): string {
    const path = join(folder, name);
    writeFileSync(path, source);
    return path;
  }

  const turns = (count: number) => new Uint8Array(Uint32Array.of(count).buffer);

  it("is built once, beside the PC's: a second call finds it", async () => {
    const steps: string[] = [];
    const again = await buildXs({ cpu: "rv32", onProgress: (text) => steps.push(text) });
    expect(again).toEqual(host);
    expect(again).toMatchObject({ bits: 32, cpu: "rv32" });
    expect(steps).toEqual([]);
    expect((await buildXs({})).path).not.toBe(host.path);
  });

  it("counts the same instructions in every run: alone, side by side, from wherever the program lies", async () => {
    const source =
      "let s = 0; for (let i = 0; i < 1000; i++) s += Math.sqrt(i); host.print(String(host.instructions()))";
    const run = async (name: string) => {
      const printed: string[] = [];
      const bundle = script(source, name);
      return { report: await runXsOnCpu({ host, bundle, onPrint: (line) => printed.push(line) }), printed };
    };
    const alone = await run("a.js");
    const others = ["a.js", "a name that is longer.js", "b.js"];
    for (const beside of await Promise.all(others.map(run))) expect(beside).toEqual(alone);
    expect(alone.report.instructions).toBeGreaterThan(100_000);
  });

  it("counts no parsing: a function that is never called costs only its linking and copying", async () => {
    const idle = (body: string) => script(`function idle() { ${body} }`);
    const short = await runXsOnCpu({ host, bundle: idle("") });
    const long = await runXsOnCpu({ host, bundle: idle("idle(1 + 2);".repeat(2000)) });
    // About 200 for each of its calls; parsing one takes thousands.
    expect(long.instructions - short.instructions).toBeLessThan(2000 * 250);
  });

  it("says what N turns cost when a run is as long again, whatever start-up costs", async () => {
    const body =
      "const n = new Uint32Array(host.input())[0]; (() => { let s = 0; for (let i = 0; i < n; i++) s = i; })();";
    const cost = (bundle: string) => cpuCost({ host, bundle, shorter: turns(1000), longer: turns(2000) });
    const plain = await cost(script(body));
    const laden = await cost(
      script(`const list = []; for (let i = 0; i < 5000; i++) list.push({ i }); ${body}`, "b.js"),
    );
    expect(laden).toEqual(plain);
    // bench/operations.ts: a loop's turn is 10 units and 302 instructions, setting a local 2 and 69.
    expect(plain).toMatchObject({ units: 12_000, collections: 0 });
    expect(plain.instructions).toBeGreaterThan(330_000);
    expect(plain.instructions).toBeLessThan(420_000);
  });

  it("counts inside the program too", async () => {
    const printed: string[] = [];
    const source = `const a = host.instructions(), u = host.units(); for (let i = 0; i < 100; i++); const v = host.units();
      host.print(String(host.instructions() - a)); host.print(String(v - u));`;
    const { instructions } = await runXsOnCpu({ host, bundle: script(source), onPrint: (line) => printed.push(line) });
    expect(Number(printed[0])).toBeGreaterThan(20_000);
    expect(Number(printed[0])).toBeLessThan(instructions);
    expect(Number(printed[1])).toBeGreaterThan(1_000);
  });

  it("computes what the PC's engine computes, in as many units", async () => {
    const bundle = script(`let x = 0.1; const f = new Float32Array(1);
      for (let i = 1; i < 500; i++) { x = x * 1.0001 + Math.sqrt(i) / 3 - Math.fround(x); f[0] = x; x += f[0] % 0.7; }
      host.write(Float64Array.of(x, 0.1 + 0.2, -0, 5e-324).buffer); host.write(new Uint8Array(host.input()));`);
    const outputs: Uint8Array[] = [];
    const meters: number[] = [];
    for (const engine of [host, await buildXs({})]) {
      const outputFile = join(folder, `output, ${engine.cpu}.bin`);
      const report = await runXs({ host: engine, bundle, input: Uint8Array.of(1, 2, 3), outputFile });
      outputs.push(readFileSync(outputFile));
      meters.push(report.meter);
      expect(report.instructions > 0).toBe(engine.cpu === "rv32");
    }
    expect(outputs[0]).toEqual(outputs[1]);
    expect(outputs[0].length).toBe(35);
    expect(meters[0]).toBe(meters[1]);
  });

  it("names how a program ended, as on a PC", async () => {
    const ended = (source: string, more: object = {}) => runXsOnCpu({ host, bundle: script(source), ...more });
    await expect(ended("throw new TypeError('not like this')")).rejects.toMatchObject({
      code: "exception",
      message: "the program threw: TypeError: not like this",
    });
    await expect(ended("function f() { return f() + 1 } f()")).rejects.toMatchObject({ code: "stack" });
    await expect(ended("for (;;);", { meterLimit: 1e6 })).rejects.toMatchObject({ code: "meter" });
    const memory = { chunkBytes: 100_000, heapSlots: 4_000, stackSlots: 1_000, fixed: true };
    await expect(ended("const a = []; for (;;) a.push({});", { memory })).rejects.toMatchObject({ code: "memory" });
  });

  it("refuses to count with a PC's engine", async () => {
    const pc = { ...host, cpu: "pc" as const };
    await expect(runXsOnCpu({ host: pc, bundle: script("1") })).rejects.toMatchObject({ code: "usage" });
  });
});

describe("a machine without the packages", () => {
  it("says which in one line, and how to get them", async () => {
    const empty = mkdtempSync(join(tmpdir(), "argand-cpu-test-"));
    const path = process.env["PATH"];
    process.env["PATH"] = empty;
    try {
      const missing = cpuAvailability();
      expect(missing).toMatchObject({
        ok: false,
        reason: expect.stringMatching(/gcc-riscv64-unknown-elf and .* and qemu-system-misc/),
        install: "apt-get install gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf qemu-system-misc",
      });
      expect(JSON.stringify(missing)).not.toContain("\\n");
      await expect(buildXs({ cpu: "rv32", cache: empty })).rejects.toThrow(XsBuildError);
    } finally {
      process.env["PATH"] = path;
      rmSync(empty, { recursive: true });
    }
  });
});

it("gives a share of a 160 MHz core", () => {
  expect(coreShare(16 * 250 * 12_000)).toBeCloseTo(0.3);
});
