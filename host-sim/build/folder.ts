/**
 * The build folder of one site and one target: what the SDK's mcconfig is given.
 *
 *   OUT/argand/manifest.json        includes firmware/manifest.json, names the firmware's module
 *   OUT/argand/firmware.js          firmware, the site's drivers and features, its plan: one module (host-sim/compact)
 *   OUT/argand/firmware.js.map      leads from its lines to the sources
 *   OUT/argand/site/registry.ts     what firmware.js was made of beside the sources: links the drivers that the site names
 *   OUT/argand/site/plan.ts         the compiled site
 *   OUT/argand/site/linked.ts       which parts of larger modules the site asks for
 *   OUT/argand/site/headers.ts      headers of light, coded in advance
 *   OUT/argand/site/platform.ts     the provider of the target
 *   OUT/argand/site/signer.ts       the device's key, where the site signs
 *   OUT/argand/partitions.csv       where the site keeps messages in flash
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { relative, resolve, sep } from "node:path";
import type { Plugin } from "esbuild";
import { wantedFeatures } from "../../firmware/features/feature";
import type { Plan } from "../../firmware/plan";
import { type CborValue, encodeDeterministic } from "../../firmware/uplink/cbor/encode";
import { type Compacted, compact } from "../compact/compact";
import { registrySource } from "../registry";
import { headersSource } from "./headers";
import { linkedSource } from "./linked";
import { isOurs, moduleGraph, REPOSITORY, strangerAmong } from "./modules";
import { packedConstant } from "./pack";
import { partitionTable } from "./partitions";
import type { Target } from "./targets";

/** The SDK names its output after the manifest's folder. */
export const BUILD_NAME = "argand";

/** Specifier of the module that holds the firmware; firmware/manifest.json names it as the main one. */
const FIRMWARE_MODULE = "firmware/main";

const SIGNER = "hal/esp32/signer";

export type BuildFolder = {
  /** Folder of the manifest. */
  readonly path: string;
  readonly manifestPath: string;
  /** The sources, by path. */
  readonly modules: readonly string[];
  readonly drivers: readonly string[];
  readonly planBytes: number;
  /** Of firmware.js: where each of its lines comes from. */
  readonly mapPath: string;
};

export async function writeBuildFolder(plan: Plan, target: Target, out: string): Promise<BuildFolder> {
  const path = resolve(out, BUILD_NAME);
  const drivers = [...new Set(plan.devices.map((device) => device.driver))].sort();
  const features = wantedFeatures(plan);
  const signs = features.includes("signing");
  const { modules } = await moduleGraph([
    "firmware/main",
    `hal/esp32/${target.provider}`,
    ...drivers.map((name) => `drivers/${name}/driver`),
    ...features.map((name) => `firmware/features/${name}`),
    ...(signs ? [SIGNER] : []),
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
  const sources = packedConstant("packedSources", digestOf(modules));
  write("site/plan.ts", packedConstant("packedPlan", encoded) + sources);
  write("site/platform.ts", `export { openPlatform } from "hal/esp32/${target.provider}";\n`);
  write(
    "site/signer.ts",
    signs ? `export { openSigner } from "${SIGNER}";\n` : "export const openSigner = () => undefined;\n",
  );
  write("site/linked.ts", linkedSource(plan));
  write("site/headers.ts", headersSource(plan));
  const { code, map } = await compactFirmware(path);
  write("firmware.js", `${code}\n//# sourceMappingURL=firmware.js.map\n`);
  write("firmware.js.map", map);
  const partitions = target.idfProject === undefined ? undefined : partitionTable(plan.uplink.store);
  if (partitions !== undefined) write("partitions.csv", partitions);
  const own = partitions === undefined ? {} : { build: { PARTITIONS_FILE: "./partitions.csv" } };
  const manifest = {
    include: [`${forwardSlashes(relative(path, REPOSITORY))}/firmware/manifest.json`],
    modules: { [FIRMWARE_MODULE]: "./firmware" },
    // Preloaded it lies in ROM, and a missing import fails at link time instead of on the device.
    preload: [FIRMWARE_MODULE],
    ...own,
  };
  write("manifest.json", `${JSON.stringify(manifest, undefined, 2)}\n`);
  const [manifestPath, mapPath] = [`${path}/manifest.json`, `${path}/firmware.js.map`];
  return { path, manifestPath, mapPath, modules, drivers, planBytes: encoded.length };
}

/** The firmware as one module. What it imports from the SDK stays an import. */
async function compactFirmware(folder: string): Promise<Compacted> {
  return compact({
    format: "esm",
    map: true,
    bundle: {
      absWorkingDir: REPOSITORY,
      entryPoints: [`${REPOSITORY}/firmware/main.ts`],
      outfile: `${folder}/firmware.js`,
      target: "es2022",
      charset: "utf8",
      logLevel: "silent",
      plugins: [siteModules(folder)],
      tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
    },
  });
}

/** Tables of the site's own that take the place of the simulator's. */
const OWN_TABLES: { readonly [module: string]: string | undefined } = {
  "drivers/linked": "site/linked.ts",
  "drivers/vlc/ready-headers": "site/headers.ts",
};

/** Modules named by their path: the site's lie in the build folder, ours in the repository, all others are the SDK's. */
function siteModules(folder: string): Plugin {
  return {
    name: "site modules",
    setup(builder) {
      builder.onResolve({ filter: /^[^./]/ }, ({ path, kind }) => {
        if (kind === "entry-point") return undefined;
        if (path.startsWith("site/")) return { path: `${folder}/${path}.ts` };
        return isOurs(path) ? { path: `${REPOSITORY}/${path}.ts` } : { path, external: true };
      });
      builder.onResolve({ filter: /\/(?:linked|ready-headers)$/ }, ({ path, resolveDir }) => {
        const own = OWN_TABLES[relative(REPOSITORY, resolve(resolveDir, path)).split(sep).join("/")];
        return own === undefined ? undefined : { path: `${folder}/${own}` };
      });
    },
  };
}

/** What was linked, by path and content: it changes with any line of firmware, drivers and provider. */
function digestOf(modules: readonly string[]): Uint8Array {
  const hash = createHash("sha256");
  for (const module of modules) {
    const text = readFileSync(`${REPOSITORY}/${module}.ts`);
    hash.update(`${module} ${text.length}\n`).update(text);
  }
  return hash.digest();
}

function forwardSlashes(path: string): string {
  return path.split(sep).join("/");
}
