import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const PROGRAM = fileURLToPath(new URL("./heap.ts", import.meta.url));
/** Twenty times what V8 leaves behind by itself; a forgotten slot a sample would be eight million bytes. */
const NOISE_BYTES = 65_536;

it("V8's heap does not grow over a million samples through the whole path", async () => {
  const run = promisify(execFile)(process.execPath, ["--expose-gc", "--import", "tsx", PROGRAM]);
  const { samples, growthBytes } = JSON.parse((await run).stdout) as { samples: number; growthBytes: number };
  expect(samples).toBeGreaterThanOrEqual(1_000_000);
  expect(growthBytes).toBeLessThan(NOISE_BYTES);
}, 120_000);
