/** Light in two engines: every MCS encodes to the same line symbols and decodes to the same octets in V8 and in XS. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { buildXs } from "../host-sim/xs/build";
import { bundleForXs } from "../host-sim/xs/bundle";
import { runXs } from "../host-sim/xs/run";
import { xsAvailability } from "../host-sim/xs/toolchain";

const GUEST = fileURLToPath(new URL("./light-engines-guest.ts", import.meta.url));
const availability = xsAvailability();
if (!availability.ok) console.warn(`skipped: light in XS, ${availability.reason}`);

describe.skipIf(!availability.ok)("light", () => {
  it("is the same in V8 and in XS, all MCS, with damage repaired alike", async () => {
    const folder = mkdtempSync(join(tmpdir(), "argand-light-"));
    try {
      const bundle = join(folder, "light.js");
      await bundleForXs({ entry: GUEST, outfile: bundle });
      const inXs: string[] = [];
      await runXs({ host: await buildXs({}), bundle, onPrint: (line) => inXs.push(line) });
      const inV8: string[] = [];
      (globalThis as { host?: unknown }).host = { print: (line: string) => inV8.push(line) };
      await import("./light-engines-guest");
      expect(inXs).toEqual(inV8);
      expect(inV8.length).toBe(9 * 4);
      for (const line of inV8.filter((one) => !one.includes(" damaged "))) expect(line).toMatch(/outcome 0/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
