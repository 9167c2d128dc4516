/** The codec of GB/T 26875.3 says the same in V8 and in XS: every type flag, every vector, a stream with junk. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { exercise } from "../firmware/uplink/gb26875/exercise.test-suite";
import { buildXs, xsAvailability } from "../host-sim/xs/build";
import { bundleForXs } from "../host-sim/xs/bundle";
import { runXs } from "../host-sim/xs/run";

const availability = xsAvailability();
if (!availability.ok) console.warn(`skipped: the codec of GB/T 26875.3 in XS: ${availability.reason}`);

it.skipIf(!availability.ok)("the codec of GB/T 26875.3 does the same in XS", async () => {
  const inV8: string[] = [];
  exercise((line) => inV8.push(line));
  expect(inV8.length).toBeGreaterThan(80);
  expect(inV8).not.toContain("differs");
  const folder = mkdtempSync(join(tmpdir(), "argand-gb26875-"));
  try {
    const bundle = join(folder, "guest.js");
    await bundleForXs({ entry: fileURLToPath(new URL("./gb26875-guest.ts", import.meta.url)), outfile: bundle });
    const inXs: string[] = [];
    await runXs({ host: await buildXs({}), bundle, onPrint: (line) => inXs.push(line) });
    expect(inXs).toEqual(inV8);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
