import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Es256Signer } from "../../hal/es256";
import { buildXs, type XsHost, xsAvailability } from "./build";
import { bundleForXs } from "./bundle";
import type { XsRunError } from "./error";
import { measureXs, runXs, type XsArena, type XsMemory, type XsReport } from "./run";

const availability = xsAvailability();
const ARENA: XsArena = { staticBytes: 64_000, stackSlots: 256 };

describe.skipIf(!availability.ok)("a gateway and a world in one process", () => {
  let host: XsHost;
  let folder: string;

  beforeAll(async () => {
    host = await buildXs({});
    folder = mkdtempSync(join(tmpdir(), "argand-xs-pair-"));
  });
  afterAll(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  function script(name: string, source: string): string {
    const path = join(folder, `${name}.js`);
    writeFileSync(path, source);
    return path;
  }

  async function run(
    gateway: string,
    world: string,
    memory: XsMemory | XsArena = ARENA,
  ): Promise<{ printed: string[]; report: XsReport }> {
    const printed: string[] = [];
    const report = await runXs({
      host,
      gateway: script("gateway", gateway),
      bundle: script("world", world),
      memory,
      onPrint: (line) => printed.push(line),
    });
    return { printed, report };
  }

  async function fails(gateway: string, world: string, memory: XsArena = ARENA): Promise<string> {
    return run(gateway, world, memory).then(
      () => expect.unreachable("the run ended well"),
      (error: XsRunError) => `${error.code}: ${error.detail}`,
    );
  }

  it("calls both ways, one inside the other, with numbers and copied bytes", async () => {
    const { printed } = await run(
      `globalThis.main = () => {
         const into = new Uint8Array(4);
         host.onCall((op, a) => host.call(9, a, 2.5, -0, Uint8Array.of(1, 2, 3), into) * 1000 + into[0] * 10 + into[3]);
       };`,
      `host.onCall((op, a, b, c, bytes) => {
         host.print([op, a, b, Object.is(c, -0), String(new Uint8Array(bytes))].join(" "));
         return Uint8Array.of(7, 8).buffer;
       });
       host.print(String(host.call(1, 5)));`,
    );
    expect(printed).toEqual(["9 5 2.5 true 1,2,3", "2070"]);
  });

  it("signs with constants that lie in ROM as V8 does", async () => {
    const entry = script(
      "signing-guest",
      `import { Es256Signer } from ${JSON.stringify(fileURLToPath(new URL("../../hal/es256", import.meta.url)))};
       const sha256 = (bytes) => new Uint8Array(host.call(1, 0, 0, 0, bytes));
       globalThis.main = () => host.onCall(() => {
         const message = new Uint8Array(100);
         const signer = new Es256Signer(new Uint8Array(32).fill(0x2b), sha256);
         signer.sign(message, 0, 36, 36);
         return Uint8Array.of(...signer.publicKey, ...message.subarray(36)).buffer;
       });`,
    );
    const gateway = join(folder, "signing.js");
    await bundleForXs({ entry, outfile: gateway });
    const printed: string[] = [];
    await runXs({
      host,
      gateway,
      // No hash, the same on both sides.
      bundle: script(
        "world",
        `host.onCall((op, a, b, c, bytes) => {
           const hash = new Uint8Array(32).fill(bytes.byteLength);
           new Uint8Array(bytes).forEach((byte, i) => { hash[i & 31] = (hash[i & 31] * 31 + byte) & 255; });
           return hash.buffer;
         });
         host.print(String(new Uint8Array(host.call(0))));`,
      ),
      onPrint: (line) => printed.push(line),
    });
    const message = new Uint8Array(100);
    const signer = new Es256Signer(new Uint8Array(32).fill(0x2b), (bytes) => {
      const hash = new Uint8Array(32).fill(bytes.length);
      bytes.forEach((byte, i) => {
        hash[i & 31] = (hash[i & 31] * 31 + byte) & 255;
      });
      return hash;
    });
    signer.sign(message, 0, 36, 36);
    expect(printed).toEqual([[...signer.publicKey, ...message.subarray(36)].join()]);
  });

  it("gives an op a function of its own, with the object that it belongs to", async () => {
    const { printed } = await run(
      `class Counter { #n = 0; add(a) { this.#n += a; return this.#n; } }
       globalThis.main = () => host.onCall(Counter.prototype.add, 40, new Counter());`,
      "host.call(40, 3); host.print(String(host.call(40, 4)));",
    );
    expect(printed).toEqual(["7"]);
  });

  it("carries what is thrown, either way, with its code and message", async () => {
    const { printed } = await run(
      `globalThis.main = () => host.onCall((op) => {
         if (op === 1) throw Object.assign(new RangeError("too far"), { code: "range" });
         try { host.call(1); } catch (error) { host.print(error.code + ": " + error.message); }
       });`,
      `host.onCall(() => { throw Object.assign(new Error("in use"), { code: "pin" }); });
       try { host.call(1); } catch (error) { host.print(error.code + ": " + error.message); }
       host.call(2);
       host.onCall(() => { throw "a text"; });
       host.call(2);`,
    );
    expect(printed).toEqual(["range: too far", "pin: in use", "undefined: a text"]);
  });

  it("counts the gateway and nothing of the world", async () => {
    const gateway = "globalThis.main = () => host.onCall((op, a) => { for (let i = 0; i < a; i++) ({ i }); });";
    const lean = await run(gateway, "host.call(1, 10);");
    const heavy = await run(
      gateway,
      "const kept = []; for (let i = 0; i < 20000; i++) kept.push({ i, text: 'x' + i }); host.call(1, 10);",
    );
    // The processor's time is the process's, and no figure of the gateway.
    expect({ ...heavy.report, cpuSeconds: 0 }).toEqual({ ...lean.report, cpuSeconds: 0 });
  });

  it("freezes what the SDK's linker freezes of preloaded modules, and leaves plain objects and arrays alone", async () => {
    const { printed } = await run(
      `class A { static shared = 1; }
       A.prototype.gain = 1;
       const bytes = new Uint8Array(4), map = new Map([[1, 2]]), list = [1], plain = { a: 1 };
       const outcomes = () => [
         () => { const own = new A(); own.gain = 2; },
         () => { A.shared = 2; },
         () => { A.prototype.later = 1; },
         () => { bytes[0] = 1; },
         () => { map.set(3, 4); },
         () => { list.push(2); },
         () => { plain.a = 2; },
         () => { new Uint8Array(4).set(bytes); },
       ].map((write) => { try { write(); return "done"; } catch (error) { return error.name; } });
       globalThis.main = () => host.onCall(() => host.print(outcomes().join(" ")));`,
      "host.call(0);",
    );
    expect(printed).toEqual(["TypeError TypeError TypeError TypeError TypeError done done done"]);
  });

  it("keeps what the modules made in ROM: it takes nothing of the arena", async () => {
    const table = "const table = []; for (let i = 0; i < 5000; i++) table.push('row ' + i);";
    const { report, printed } = await run(
      `${table} globalThis.main = () => host.print(table[4999]);`,
      "for (let i = 0; i < 50; i++) host.collect(); host.print(String(host.counter(1) < 100));",
      { staticBytes: 8_000, stackSlots: 128 },
    );
    expect(printed).toEqual(["row 4999", "true"]);
    expect(report.peakSlots).toBeLessThan(256);
  });

  it("counts each slot and each chunk that was ever made, through any number of collections", async () => {
    const gateway = `globalThis.main = () => host.onCall((op, a) => {
      for (let i = 0; i < a; i++) op === 1 ? { i } : new Uint8Array(100);
    });`;
    const world = `const used = (op) => {
      const before = [4, 5, 6].map((i) => host.counter(i));
      host.call(op, 500);
      host.print([4, 5, 6].map((i, k) => host.counter(i) - before[k]).join(" "));
    };
    used(1); used(2); host.print(String(host.counter(3) > 5));`;
    const small = await run(gateway, world, { staticBytes: 12_000, stackSlots: 128 });
    // An object with one property: 2 slots. A typed array: 6, and a chunk of 100 bytes behind a header.
    const chunk = 100 + (host.bits === 32 ? 8 : 20);
    expect(small.printed[0]).toBe("1000 0 0");
    expect(small.printed[1]).toMatch(new RegExp(`^\\d+ 500 ${500 * chunk}$`));
    expect(small.printed[2]).toBe("true");
    const large = await run(gateway, world, { staticBytes: 900_000, stackSlots: 128 });
    expect(large.printed.slice(0, 2)).toEqual(small.printed.slice(0, 2));
  });

  it("survives a long life in a small arena, with strings of the ROM among its own", async () => {
    // The same program here and there: what its modules make lies in ROM, what `turn` makes in the arena.
    const program = `
      const names = ["alpha", "beta", "gamma"].map((name) => name + "-" + name.length);
      const all = names.join();
      let kept = new Map();
      const turn = (a) => {
        kept.set(a % 40, { name: names[a % 3], all, own: "entry " + a, bytes: new Uint8Array(a % 30), list: [a, names] });
        let sum = 0;
        for (const { name, all, own, list } of kept.values())
          sum += name.length + all.length + own.length + list[1][list[0] % 3].length;
        return sum;
      };`;
    const { printed, report } = await run(
      `${program}
       globalThis.main = () => { kept = new Map(); host.onCall((op, a) => turn(a)); };`,
      "let sum = 0; for (let i = 0; i < 3000; i++) sum += host.call(1, i); host.print(String(sum));",
      { staticBytes: 1_250 * host.bits, stackSlots: 192 },
    );
    const turn = new Function(`${program} return turn;`)() as (a: number) => number;
    let sum = 0;
    for (let i = 0; i < 3000; i++) sum += turn(i);
    expect(printed).toEqual([String(sum)]);
    expect(report.collections).toBeGreaterThan(30);
  });

  it("says which machine ended, and why", async () => {
    const grows = "globalThis.main = () => host.onCall(() => { const a = []; for (;;) a.push({ a }); });";
    expect(await fails(grows, "host.call(1);")).toMatch(/^memory: the heap is full/);
    expect(await fails("globalThis.main = () => {};", "", { staticBytes: 1_000, stackSlots: 256 })).toMatch(/^memory/);
    const deep = "globalThis.main = () => { const f = (n) => f(n + 1) + 1; host.onCall(f); };";
    expect(await fails(deep, "host.call(1);")).toMatch(/^stack/);
    expect(await fails("globalThis.main = () => { throw new Error('at boot'); };", "")).toMatch(/^exception:.*at boot/);
    const throws = "globalThis.main = () => host.onCall(() => { throw new Error('later'); });";
    expect(await fails(throws, "host.call(1);")).toMatch(/^exception:.*later/);
    expect(await fails("globalThis.main = () => {};", "throw new Error('scenery');")).toMatch(/^world:.*scenery/);
    expect(await fails("globalThis.main = () => {};", "host.call(1);")).toMatch(/^world:.*nobody answers op 1/);
  });

  it("books work and allocations to the parts that the program names, and callbacks to who registered them", async () => {
    const { printed } = await run(
      `globalThis.main = () => {
         host.onCall(() => { const before = host.enter(2); ({ a: 1 }); host.leave(before); });
         host.enter(3);
         host.onCall(() => { for (let i = 0; i < 10; i++) ({ i }); }, 50);
         host.leave(0);
       };`,
      `const slots = (part) => host.partFigure(part, 1);
       const before = [slots(2), slots(3)];
       host.call(1); host.call(50);
       host.print([slots(2) - before[0], slots(3) - before[1], host.partFigure(2, 4), host.partFigure(0, 5)].join(" "));`,
    );
    expect(printed).toEqual(["2 20 1 2"]);
  });

  it("names the functions that allocate", async () => {
    const { report } = await run(
      `function make(i) { return { i }; }
       function fill() { for (let i = 0; i < 10; i++) make(i); }
       globalThis.main = () => host.onCall(() => fill());`,
      "host.trace(1); host.call(1); host.trace(2); host.call(1); host.trace(0); host.call(1);",
    );
    const callers = expect.stringMatching(/^make < fill/);
    expect(report.trace).toEqual([
      { phase: 1, part: 0, callers, slots: 20, chunks: 0, chunkBytes: 0, liveSlots: 0, liveChunkBytes: 0 },
      { phase: 2, part: 0, callers, slots: 20, chunks: 0, chunkBytes: 0, liveSlots: 0, liveChunkBytes: 0 },
    ]);
  });

  it("says who made what a collection leaves", async () => {
    const { report } = await run(
      `const kept = [];
       function make(i) { return { i }; }
       function buffer() { return new Uint8Array(100); }
       globalThis.main = () => host.onCall(() => { for (let i = 0; i < 10; i++) { const one = make(i); if (i < 3) kept.push(one); } kept.push(buffer()); });`,
      "host.trace(1); host.call(1); host.trace(0); host.collect();",
    );
    const left = (name: string) => report.trace.find(({ callers }) => callers.startsWith(name))!;
    expect(left("make")).toMatchObject({ slots: 20, liveSlots: 6, liveChunkBytes: 0 });
    expect(left("ArrayBuffer < Uint8Array < buffer").liveChunkBytes).toBeGreaterThanOrEqual(100);
  });

  it("says of which classes it is, all of it", async () => {
    const { report, printed } = await run(
      `class Pair { #hidden = 1; left = 2; bytes = new Uint8Array(100); }
       const kept = [];
       globalThis.main = () => host.onCall(() => { for (let i = 0; i < 5; i++) kept.push(new Pair()); new Pair(); });`,
      "host.trace(1); host.call(1); host.trace(0); host.collect(); host.print(String(host.counter(1)));",
    );
    const { classes } = report;
    // The object, its two properties, the class's private names and the one among them.
    expect(classes.find(({ name }) => name === "Pair")).toEqual({ name: "Pair", objects: 5, slots: 25, chunkBytes: 0 });
    expect(classes.find(({ name }) => name === "typed array")).toMatchObject({ objects: 5, slots: 20 });
    expect(classes.find(({ name }) => name === "ArrayBuffer")!.chunkBytes).toBeGreaterThanOrEqual(500);
    expect(printed).toEqual([String(classes.reduce((total, one) => total + one.slots, 0))]);
  });

  it("tells the size of a program without running it", async () => {
    const small = await measureXs(host, script("size", "throw 1"));
    const large = await measureXs(host, script("size", "throw function someNewName() { return 1 + 2; }"));
    expect(large.codeBytes).toBeGreaterThan(small.codeBytes);
    expect(large.symbolBytes - small.symbolBytes).toBe("someNewName".length + 1);
  });
});

if (!availability.ok) console.warn(`XS tests are skipped: ${availability.reason}`);
