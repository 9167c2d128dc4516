/** Builds the XS engine once, before test files that need it run side by side; says in one line when it cannot. */
import { buildXs, xsAvailability } from "../host-sim/xs/build";

export default async function setup(): Promise<void> {
  const availability = xsAvailability();
  if (!availability.ok) {
    console.warn(`skipped: everything in the XS engine: ${availability.reason} (${availability.install})`);
    return;
  }
  await buildXs({ onProgress: (text) => console.log(`XS: ${text}`) });
}
