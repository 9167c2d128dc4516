import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildXs, type XsHost, xsAvailability } from "./build";
import { bundleForXs } from "./bundle";
import { XsBuildError, type XsRunError } from "./error";
import { runXs } from "./run";

const availability = xsAvailability();

describe.skipIf(!availability.ok)("the XS engine", () => {
  let host: XsHost;
  let folder: string;

  beforeAll(async () => {
    host = await buildXs({});
    folder = mkdtempSync(join(tmpdir(), "argand-xs-test-"));
  });
  afterAll(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  function script(source: string): string {
    const path = join(folder, "script.js");
    writeFileSync(path, source);
    return path;
  }

  async function lines(source: string): Promise<string[]> {
    const printed: string[] = [];
    await runXs({ host, bundle: script(source), onPrint: (line) => printed.push(line) });
    return printed;
  }

  async function failure(source: string, more: object = {}): Promise<XsRunError> {
    const ended = runXs({ host, bundle: script(source), ...more });
    return ended.then(
      () => expect.unreachable("the program ended well"),
      (error: XsRunError) => error,
    );
  }

  it("has the widest build that this machine can make: 32 bits where gcc can", async () => {
    expect(host.bits).toBe(availability.ok ? availability.bits : undefined);
    const report = await runXs({ host, bundle: script("1") });
    expect(report.slotBytes).toBe(host.bits === 32 ? 16 : 32);
  });

  it("is built once: a second call finds it", async () => {
    const steps: string[] = [];
    expect(await buildXs({ onProgress: (text) => steps.push(text) })).toEqual(host);
    expect(steps).toEqual([]);
  });

  it("computes in doubles, not in the 80 bits of an old FPU", async () => {
    expect(await lines("host.print(String(0.1 + 0.2)); host.print(String(Math.sqrt(2) * 1e300 / 3e-7));")).toEqual([
      String(0.1 + 0.2),
      String((Math.sqrt(2) * 1e300) / 3e-7),
    ]);
  });

  it("gives the program its input and takes its output", async () => {
    const outputFile = join(folder, "out.bin");
    await runXs({
      host,
      bundle: script(
        "const b = new Uint8Array(host.input()); b.reverse(); host.write(b.subarray(0, 2)); host.write(b.buffer);",
      ),
      input: Uint8Array.of(1, 2, 3),
      outputFile,
    });
    expect([...readFileSync(outputFile)]).toEqual([3, 2, 3, 2, 1]);
  });

  it("runs promise jobs before it ends", async () => {
    expect(await lines("Promise.resolve('later').then(host.print); host.print('first')")).toEqual(["first", "later"]);
  });

  it("counts the same units in every run, and more for more work", async () => {
    const loop = (n: number) => script(`let s = 0; for (let i = 0; i < ${n}; i++) s += i;`);
    const first = await runXs({ host, bundle: loop(10_000) });
    const second = await runXs({ host, bundle: loop(10_000) });
    const longer = await runXs({ host, bundle: loop(20_000) });
    expect(second.meter).toBe(first.meter);
    expect(longer.meter).toBeGreaterThan(1.9 * first.meter);
  });

  it("names how a program ended: exception, rejection, stack, heap, units", async () => {
    expect(await failure("throw new TypeError('not like this')")).toMatchObject({
      code: "exception",
      message: "the program threw: TypeError: not like this",
    });
    expect(await failure("Promise.reject(new Error('nobody cares'))")).toMatchObject({ code: "rejection" });
    expect(await failure("function f() { return f() + 1 } f()")).toMatchObject({ code: "stack" });
    const memory = { chunkBytes: 100_000, heapSlots: 4_000, stackSlots: 1_000, fixed: true };
    expect(await failure("const a = []; for (;;) a.push({});", { memory })).toMatchObject({ code: "memory" });
    expect(await failure("for (;;);", { meterLimit: 1e7 })).toMatchObject({ code: "meter" });
    expect(await failure("let = ;")).toMatchObject({ code: "exception" });
  });

  it("has none of Node's and the browser's globals", async () => {
    const names = ["process", "console", "setTimeout", "TextEncoder", "Buffer", "require"];
    expect(await lines(`for (const n of ${JSON.stringify(names)}) host.print(typeof globalThis[n])`)).toEqual(
      names.map(() => "undefined"),
    );
  });
});

describe("a build that is not possible", () => {
  it("says what is missing and how to get it", async () => {
    const empty = mkdtempSync(join(tmpdir(), "argand-xs-test-"));
    const path = process.env["PATH"];
    process.env["PATH"] = empty;
    try {
      expect(xsAvailability()).toMatchObject({ ok: false, install: expect.stringContaining("apt-get install") });
      await expect(buildXs({ cache: empty })).rejects.toThrow(XsBuildError);
    } finally {
      process.env["PATH"] = path;
      rmSync(empty, { recursive: true });
    }
  });
});

describe("bundling for XS", () => {
  const folder = mkdtempSync(join(tmpdir(), "argand-bundle-test-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const outfile = join(folder, "out.js");

  function entry(source: string): string {
    const path = join(folder, "entry.ts");
    writeFileSync(path, source);
    return path;
  }

  it("makes one script of TypeScript and of modules that exist as text", async () => {
    await bundleForXs({
      entry: entry('import { one } from "argand:registry"; const two: number = one + 1; globalThis.two = two;'),
      outfile,
      virtual: { "argand:registry": "export const one: number = 1;" },
    });
    const bundle = readFileSync(outfile, "utf8");
    expect(bundle).not.toMatch(/\b(import|require)\b/);
    expect(new Function(`${bundle}; return globalThis.two`)()).toBe(2);
  });

  it("refuses a program that needs Node, and names the place", async () => {
    const needsNode = entry('import { readFileSync } from "node:fs";\nreadFileSync("x");');
    await expect(bundleForXs({ entry: needsNode, outfile })).rejects.toThrow(/entry\.ts:1.*node:fs/);
  });

  it("refuses a module that nobody supplied", async () => {
    const lonely = entry('import { one } from "argand:registry"; one;');
    await expect(bundleForXs({ entry: lonely, outfile })).rejects.toThrow(/there is no module "argand:registry"/);
  });
});
