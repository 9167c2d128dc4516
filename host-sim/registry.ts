/**
 * Finds driver folders by convention and links them: nobody edits a list.
 *
 * In V8 the modules are imported as they stand. For XS and for a device the source text of a registry module is written,
 * which imports just the drivers that a site names: ROM is dear.
 */
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { DriverModule, DriverRegistry } from "../drivers/contract";
import type { EmulatorModule, EmulatorRegistry } from "../drivers/emulation";
import type { FeatureName, Features } from "../firmware/features/feature";

export const DRIVERS_FOLDER: string = fileURLToPath(new URL("../drivers/", import.meta.url));

/** Names of all driver folders, sorted: those that hold a `driver.ts`. */
export function driverNames(folder: string = DRIVERS_FOLDER): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(`${folder}${entry.name}/driver.ts`))
    .map((entry) => entry.name)
    .sort();
}

export async function importDrivers(names: readonly string[]): Promise<DriverRegistry> {
  const registry: Record<string, DriverModule> = {};
  for (const name of names)
    registry[name] = ((await import(`../drivers/${name}/driver.ts`)) as { driver: DriverModule }).driver;
  return registry;
}

export async function importEmulators(names: readonly string[]): Promise<EmulatorRegistry> {
  const registry: Record<string, EmulatorModule> = {};
  for (const name of names.filter(hasEmulator))
    registry[name] = ((await import(`../drivers/${name}/emulator.ts`)) as { emulator: EmulatorModule }).emulator;
  return registry;
}

/** A device that is made of the gateway itself has none. */
function hasEmulator(name: string): boolean {
  return existsSync(`${DRIVERS_FOLDER}${name}/emulator.ts`);
}

/** All of them, for an engine where they cost nothing. */
export async function importFeatures(): Promise<Features> {
  return {
    columns: (await import("../firmware/features/columns")).feature,
    commands: (await import("../firmware/features/commands")).feature,
    flash: (await import("../firmware/features/flash")).feature,
    gb26875: (await import("../firmware/features/gb26875")).feature,
    mqtt5: (await import("../firmware/features/mqtt5")).feature,
    short: (await import("../firmware/features/short")).feature,
    signing: (await import("../firmware/features/signing")).feature,
    sntp: (await import("../firmware/features/sntp")).feature,
  };
}

export type RegistrySourceOptions = {
  readonly names: readonly string[];
  readonly features: readonly FeatureName[];
  /** Specifier of the folder of features, likewise. */
  readonly featuresFolder: string;
  /** Specifier of the drivers folder as the importing module sees it, without a slash at its end. */
  readonly drivers: string;
  readonly emulators: boolean;
};

/** Source of a module that exports `drivers`, `features`, and `emulators` where asked. */
export function registrySource(options: RegistrySourceOptions): string {
  const lines: string[] = [];
  options.names.forEach((name, index) => {
    lines.push(`import { driver as driver${index} } from "${options.drivers}/${name}/driver";`);
    if (options.emulators && hasEmulator(name))
      lines.push(`import { emulator as emulator${index} } from "${options.drivers}/${name}/emulator";`);
  });
  const entries = (kind: string) =>
    options.names
      .map((name, index) => ({ name, line: `  ${JSON.stringify(name)}: ${kind}${index},` }))
      .filter(({ name }) => kind === "driver" || hasEmulator(name))
      .map(({ line }) => line)
      .join("\n");
  lines.push(`export const drivers = {\n${entries("driver")}\n};`);
  if (options.emulators) lines.push(`export const emulators = {\n${entries("emulator")}\n};`);
  for (const name of options.features)
    lines.push(`import { feature as ${name} } from "${options.featuresFolder}/${name}";`);
  lines.push(`export const features = { ${options.features.join(", ")} };`);
  return `${lines.join("\n")}\n`;
}
