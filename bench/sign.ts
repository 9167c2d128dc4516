/**
 * What a signature costs a device that has no cryptography but a hash: `npx tsx bench/sign.ts`, not part of the others.
 * `argand budget` does not count it: there the world signs for the gateway.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildXs, cpuAvailability, xsAvailability } from "../host-sim/xs/build";
import { bundleForXs } from "../host-sim/xs/bundle";
import { CPU_ASSUMPTION, CPU_HZ } from "../host-sim/xs/cpu";
import { runXs, type XsReport } from "../host-sim/xs/run";
import { count, table } from "./table";

const NAMES: readonly (readonly [what: string, name: string])[] = [
  ["sign", "one ES256 signature (RFC 6979), hash not counted"],
  ["public-key", "the public key of a key, once at a start"],
];

async function main(): Promise<void> {
  const available = xsAvailability();
  if (!available.ok) {
    process.stdout.write(`XS is skipped: ${available.reason}\n`);
    return;
  }
  const cpu = cpuAvailability();
  const costs = new Map<string, readonly [number, number]>();
  const folder = mkdtempSync(join(tmpdir(), "argand-bench-"));
  let report: XsReport;
  try {
    const bundle = join(folder, "sign.js");
    await bundleForXs({ entry: fileURLToPath(new URL("./sign-guest.ts", import.meta.url)), outfile: bundle });
    report = await runXs({
      host: await buildXs(cpu.ok ? { cpu: "rv32" } : {}),
      bundle,
      onPrint: (line) => {
        const [what, units, instructions] = line.split(" ");
        costs.set(what, [Number(units), Number(instructions)]);
      },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  table(
    "ES256 in XS 13.3",
    ["what", "units", "RV32 instructions", "ms"],
    NAMES.map(([what, name]) => {
      const [units, instructions] = costs.get(what)!;
      if (!cpu.ok) return [name, count(units), "-", "-"];
      return [name, count(units), count(instructions), ((instructions / CPU_HZ) * 1000).toFixed(1)];
    }),
  );
  process.stdout.write(`\ncode and symbols: ${count(report.codeBytes + report.symbolBytes)} bytes\n`);
  process.stdout.write(
    cpu.ok ? `ms ${CPU_ASSUMPTION}\n` : `RV32 is skipped: ${cpu.reason}; get it with: ${cpu.install}\n`,
  );
}

await main();
