// How the command starts. Loading some 600 TypeScript modules one by one takes two seconds of a processor, so they are bundled, once
// for each state of the sources, into `.cache/program/`; a command then starts in a few tenths of a second. Where that cannot be (no
// esbuild, a folder that nobody may write to, a source with a mistake in it) and with ARGAND_DEBUG, which wants the sources' own
// places, tsx loads each module as it stands.
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const BUNDLES = `${ROOT}.cache/program/`;
/** Rooms whose modules the command is made of. */
const ROOMS = ["drivers", "firmware", "hal", "host-sim", "manifests"];
/** Packages of many small modules that need nothing beside them; the others are loaded where they lie. */
const BUNDLED = ["@noble/curves", "@noble/hashes", "commander", "typebox", "yaml"];
/** Bundles of states that are gone are kept so long: a command that still runs may load more of its own. */
const KEPT_MS = 7 * 24 * 3_600_000;

/** @returns {Promise<(argv: readonly string[]) => Promise<number>>} */
export async function loadMain() {
  const bundle = process.env["ARGAND_DEBUG"] === undefined ? await findBundle() : undefined;
  if (bundle === undefined) {
    const { register } = await import("tsx/esm/api");
    register();
  }
  const { main } = await import(bundle ?? "./main.ts");
  return main;
}

/** Address of the bundle for the sources as they are now; made where there is none. */
async function findBundle() {
  try {
    const folder = `${BUNDLES}${stateOfSources()}/`;
    if (!existsSync(folder)) await makeBundle(folder);
    return pathToFileURL(`${folder}main.mjs`).href;
  } catch {
    // Whatever it was: without a bundle the command runs all the same.
    return undefined;
  }
}

/** Names, sizes and times of change of all that a bundle is made of. */
function stateOfSources() {
  const hash = createHash("sha256").update(process.version);
  const add = (/** @type {string} */ path) => {
    const { size, mtimeMs } = statSync(`${ROOT}${path}`);
    hash.update(`${path} ${size} ${mtimeMs}\n`);
  };
  const walk = (/** @type {string} */ folder) => {
    for (const entry of readdirSync(`${ROOT}${folder}`, { withFileTypes: true }).sort(byName)) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) walk(path);
      else if (/(?<!\.test)\.(ts|mjs|json)$/.test(entry.name)) add(path);
    }
  };
  add("package-lock.json");
  for (const room of ROOMS) walk(room);
  return hash.digest("hex").slice(0, 32);
}

/** @param {{ readonly name: string }} a @param {{ readonly name: string }} b */
function byName(a, b) {
  return a.name < b.name ? -1 : 1;
}

/** Two commands may do so at once: each in a folder of its own, and the first rename wins with an equal result. */
async function makeBundle(/** @type {string} */ folder) {
  mkdirSync(BUNDLES, { recursive: true });
  removeOld();
  const work = `${BUNDLES}work-${randomBytes(6).toString("hex")}`;
  try {
    await bundle(work);
    renameSync(work, folder);
  } catch (error) {
    rmSync(work, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
}

async function bundle(/** @type {string} */ outdir) {
  const { build } = await import("esbuild");
  const { dependencies, optionalDependencies } = JSON.parse(readFileSync(`${ROOT}package.json`, "utf8"));
  const packages = Object.keys({ ...dependencies, ...optionalDependencies });
  await build({
    absWorkingDir: ROOT,
    entryPoints: { main: "host-sim/cli/main.ts" },
    outdir,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: `node${process.versions.node}`,
    external: packages.filter((name) => !BUNDLED.includes(name)),
    // CommonJS packages ask for Node's modules in their own way.
    banner: {
      js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
    },
    plugins: [{ name: "own-place", setup: ({ onLoad }) => onLoad({ filter: /\.ts$/ }, ownPlace) }],
    logLevel: "silent",
  });
}

/** A module finds what lies beside its source by its own address. */
function ownPlace(/** @type {{ readonly path: string }} */ { path }) {
  const text = readFileSync(path, "utf8");
  if (!text.includes("import.meta.url")) return undefined;
  const address = JSON.stringify(pathToFileURL(path).href);
  return { contents: text.replaceAll("import.meta.url", address), loader: /** @type {const} */ ("ts") };
}

function removeOld() {
  for (const name of readdirSync(BUNDLES)) {
    const path = `${BUNDLES}${name}`;
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > KEPT_MS) rmSync(path, { recursive: true, force: true });
  }
}
