/** `npx tsx bench/drivers.ts`: measures every sampled driver in XS and writes the table in `drivers/README.md`. */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { xsAvailability } from "../host-sim/xs/toolchain";
import { costTable, measureDrivers, withTable } from "./driver-cost";

const README = fileURLToPath(new URL("../drivers/README.md", import.meta.url));

const availability = xsAvailability();
if (!availability.ok || availability.bits !== 32) {
  process.stderr.write(
    `The table is written with 32-bit XS: ${availability.ok ? "install gcc-multilib" : availability.reason}\n`,
  );
  process.exit(2);
}
const table = costTable(await measureDrivers(undefined, (text) => process.stderr.write(`${text}\n`)));
writeFileSync(README, withTable(readFileSync(README, "utf8"), table));
process.stdout.write(`${table}\n`);
