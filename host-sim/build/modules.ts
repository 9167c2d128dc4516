/**
 * Which sources a build links: what the entry and the site's drivers import, and nothing else. Tests, emulators and
 * schemas stay out because no firmware imports them; nobody keeps a list.
 */
import { sep } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";

/** Root of the repository, without a slash at its end. */
export const REPOSITORY: string = fileURLToPath(new URL("../..", import.meta.url)).slice(0, -1);

/** Rooms whose modules may be named by their path from the repository's root. */
const ROOMS = ["firmware", "drivers", "hal"];

export type ModuleGraph = {
  /** Paths from the repository's root, without extension, with forward slashes, sorted: also the SDK's specifiers. */
  readonly modules: readonly string[];
  /** What is imported by name: modules of the SDK and those generated for the site, sorted. */
  readonly external: readonly string[];
};

/**
 * Follows the imports of `entries` (paths from the repository's root, without extension). An import of types alone is no
 * import, as in the SDK's own build.
 */
export async function moduleGraph(entries: readonly string[], root: string = REPOSITORY): Promise<ModuleGraph> {
  const external = new Set<string>();
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: entries.map((entry) => `${root}/${entry}.ts`),
    outdir: `${root}/out`,
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    logLevel: "silent",
    plugins: [namedModules(external)],
  });
  const modules = Object.keys(metafile.inputs).map((path) => path.split(sep).join("/").replace(/\.ts$/, ""));
  return { modules: modules.sort(), external: [...external].sort() };
}

/** A module that is imported by its name is the SDK's or the site's: noted, not followed. */
function namedModules(names: Set<string>): Plugin {
  return {
    name: "named-modules",
    setup(builder) {
      builder.onResolve({ filter: /^[^./]/ }, ({ path, kind }) => {
        if (kind === "entry-point") return undefined;
        names.add(path);
        return { path, external: true };
      });
    },
  };
}

/** Whether a specifier is the path of a module in the repository. */
export function isOurs(specifier: string): boolean {
  return ROOMS.includes(specifier.split("/")[0]);
}

/** The first path in `modules` that firmware may not hold. */
export function strangerAmong(modules: readonly string[]): string | undefined {
  return modules.find((path) => !isOurs(path) || path.startsWith("hal/node/"));
}
