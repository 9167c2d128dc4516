/**
 * The build folder of one site and one target: what the SDK's mcconfig is given.
 *
 *   OUT/argand/manifest.json        includes firmware/manifest.json, names every module
 *   OUT/argand/site/registry.ts     links the drivers that the site names
 *   OUT/argand/site/plan.ts         the compiled site
 *   OUT/argand/site/platform.ts     the provider of the target
 *   OUT/argand/partitions.csv       where the site keeps messages in flash
 *
 * A module's specifier is its path in the repository: the SDK resolves relative imports against specifiers.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { relative, resolve, sep } from "node:path";
import { wantedFeatures } from "../../firmware/features/feature";
import type { Plan } from "../../firmware/plan";
import { type CborValue, encodeDeterministic } from "../../firmware/uplink/cbor/encode";
import { registrySource } from "../registry";
import { moduleGraph, REPOSITORY, strangerAmong } from "./modules";
import { partitionTable } from "./partitions";
import type { Target } from "./targets";

/** The SDK names its output after the manifest's folder. */
export const BUILD_NAME = "argand";

const SITE_MODULES = ["plan", "platform", "registry"];

export type BuildFolder = {
  /** Folder of the manifest. */
  readonly path: string;
  readonly manifestPath: string;
  readonly modules: readonly string[];
  readonly drivers: readonly string[];
  readonly planBytes: number;
};

export async function writeBuildFolder(plan: Plan, target: Target, out: string): Promise<BuildFolder> {
  const path = resolve(out, BUILD_NAME);
  const drivers = [...new Set(plan.devices.map((device) => device.driver))].sort();
  const features = wantedFeatures(plan);
  const { modules } = await moduleGraph([
    "firmware/main",
    `hal/esp32/${target.provider}`,
    ...drivers.map((name) => `drivers/${name}/driver`),
    ...features.map((name) => `firmware/features/${name}`),
  ]);
  const stranger = strangerAmong(modules);
  if (stranger !== undefined) throw new Error(`${stranger} may not be linked into firmware, but something imports it`);

  const encoded = encodeDeterministic(plan as unknown as CborValue);
  mkdirSync(`${path}/site`, { recursive: true });
  const write = (file: string, text: string) => writeFileSync(`${path}/${file}`, text);
  write(
    "site/registry.ts",
    registrySource({
      names: drivers,
      features,
      drivers: "drivers",
      featuresFolder: "firmware/features",
      emulators: false,
    }),
  );
  write(
    "site/plan.ts",
    `export const planHex = "${Buffer.from(encoded).toString("hex")}";\nexport const sourcesHex = "${digestOf(modules)}";\n`,
  );
  write("site/platform.ts", `export { openPlatform } from "hal/esp32/${target.provider}";\n`);
  const partitions = target.idfProject === undefined ? undefined : partitionTable(plan.uplink.store);
  if (partitions !== undefined) write("partitions.csv", partitions);
  const own = partitions === undefined ? {} : { build: { PARTITIONS_FILE: "./partitions.csv" } };
  write(
    "manifest.json",
    `${JSON.stringify({ ...manifest(modules, forwardSlashes(relative(path, REPOSITORY))), ...own }, undefined, 2)}\n`,
  );
  return { path, manifestPath: `${path}/manifest.json`, modules, drivers, planBytes: encoded.length };
}

/** What was linked, by path and content: it changes with any line of firmware, drivers and provider. */
function digestOf(modules: readonly string[]): string {
  const hash = createHash("sha256");
  for (const module of modules) {
    const text = readFileSync(`${REPOSITORY}/${module}.ts`);
    hash.update(`${module} ${text.length}\n`).update(text);
  }
  return hash.digest("hex");
}

/** @param repository path from the build folder to the repository */
function manifest(modules: readonly string[], repository: string): object {
  const byFolder: Record<string, string[]> = { "site/*": SITE_MODULES.map((name) => `./site/${name}`) };
  for (const module of modules) {
    const folder = `${module.slice(0, module.lastIndexOf("/"))}/*`;
    byFolder[folder] ??= [];
    byFolder[folder].push(`${repository}/${module}`);
  }
  return {
    include: [`${repository}/firmware/manifest.json`],
    modules: byFolder,
    // Every module is preloaded: it lies in ROM, and a missing import fails at link time instead of on the device.
    preload: [...SITE_MODULES.map((name) => `site/${name}`), ...modules],
  };
}

function forwardSlashes(path: string): string {
  return path.split(sep).join("/");
}
