/** Builds the XS engine once, before test files that need it run side by side; says in one line when it cannot. */
import { buildXs, cpuAvailability, xsAvailability } from "../host-sim/xs/build";

export default async function setup(): Promise<void> {
  const availability = xsAvailability();
  if (!availability.ok) {
    console.warn(`skipped: everything in the XS engine: ${availability.reason} (${availability.install})`);
    return;
  }
  const onProgress = (text: string) => console.log(`XS: ${text}`);
  await buildXs({ onProgress });
  const cpu = cpuAvailability();
  if (cpu.ok) await buildXs({ cpu: "rv32", onProgress });
  else console.warn(`skipped: RV32 instructions: ${cpu.reason} (${cpu.install})`);
}
