/** Light in two engines: every MCS encodes to the same line symbols and decodes to the same octets in V8 and in XS. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { buildXs } from "../host-sim/xs/build";
import { bundleForXs } from "../host-sim/xs/bundle";
import { runXs, type XsReport } from "../host-sim/xs/run";
import { xsAvailability } from "../host-sim/xs/toolchain";

const GUEST = fileURLToPath(new URL("./light-engines-guest.ts", import.meta.url));
const RECEPTION_GUEST = fileURLToPath(new URL("./reception-engines-guest.ts", import.meta.url));
const availability = xsAvailability();
if (!availability.ok) console.warn(`skipped: light in XS, ${availability.reason}`);

type Printed = { readonly lines: string[]; readonly report: XsReport };

async function inXs(entry: string, input: Uint8Array = new Uint8Array(0)): Promise<Printed> {
  const folder = mkdtempSync(join(tmpdir(), "argand-light-"));
  try {
    const bundle = join(folder, "light.js");
    await bundleForXs({ entry, outfile: bundle });
    const lines: string[] = [];
    const report = await runXs({ host: await buildXs({}), bundle, input, onPrint: (line) => lines.push(line) });
    return { lines, report };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function inV8(run: () => Promise<unknown>): Promise<string[]> {
  const lines: string[] = [];
  (globalThis as { host?: unknown }).host = {
    print: (line: string) => lines.push(line),
    input: () => new ArrayBuffer(0),
  };
  await run();
  return lines;
}

describe.skipIf(!availability.ok)("light", () => {
  it("is the same in V8 and in XS, all MCS, with damage repaired alike", async () => {
    const lines = await inV8(() => import("./light-engines-guest"));
    expect((await inXs(GUEST)).lines).toEqual(lines);
    expect(lines.length).toBe(9 * 4);
    for (const line of lines.filter((one) => !one.includes(" damaged "))) expect(line).toMatch(/outcome 0/);
  });

  it("is received alike in V8 and in XS, to the last bit of every estimate, all MCS and three seeds", {
    timeout: 300_000,
  }, async () => {
    const lines = await inV8(() => import("./reception-engines-guest"));
    expect((await inXs(RECEPTION_GUEST)).lines).toEqual(lines);
    expect(lines.length).toBe(9 * 3);
    // Frames as they were sent, and such as are lost: both were compared.
    for (const right of [true, false])
      expect(lines.filter((line) => line.includes(`right ${right}`)).length).toBeGreaterThan(0);
  });

  it("is received without anything allocated: five captures take no slot more than one", {
    timeout: 300_000,
  }, async () => {
    const once = (await inXs(RECEPTION_GUEST, Uint8Array.of(1))).report;
    const more = (await inXs(RECEPTION_GUEST, Uint8Array.of(5))).report;
    expect([more.peakSlots, more.collections]).toEqual([once.peakSlots, once.collections]);
    // Here a string literal is copied whenever it is read; on a device it lies in flash. That is not by the sample.
    expect((more.peakChunkBytes - once.peakChunkBytes) / 4).toBeLessThan(400);
    expect(more.meter).toBeGreaterThan(once.meter);
  });
});
