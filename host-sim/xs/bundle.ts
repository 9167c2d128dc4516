/** Makes one script of a TypeScript program, for XS: it loads no modules and has no Node. */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { type BuildOptions, build, type Plugin } from "esbuild";
import { compact } from "../compact/compact";
import { XsError } from "./error";

export type BundleOptions = {
  readonly entry: string;
  readonly outfile: string;
  /** Modules that exist as text only, by specifier. Their relative imports start at the entry's folder. */
  readonly virtual?: { readonly [specifier: string]: string };
  /** Sources that stand in for files, by path without extension. What such a source itself imports is never replaced. */
  readonly replace?: { readonly [path: string]: string };
  /** Changes the text of each TypeScript file before it is read. */
  readonly rewrite?: (source: string) => string;
  /** In as few bytes of byte code as can be (host-sim/compact). */
  readonly compact?: boolean;
  /** With `compact`: where the way from its lines to the sources is written. */
  readonly mapFile?: string;
};

/** @throws XsError with code `bundle` when a module is missing or not portable (it imports Node) */
export async function bundleForXs(options: BundleOptions): Promise<void> {
  try {
    const settings: BuildOptions = {
      entryPoints: [options.entry],
      platform: "neutral",
      mainFields: ["module", "main"],
      target: "es2022",
      charset: "utf8",
      logLevel: "silent",
      plugins: [
        virtualModules(options.virtual ?? {}, dirname(options.entry)),
        replacedFiles(options.replace ?? {}),
        ...(options.rewrite === undefined ? [] : [rewritten(options.rewrite)]),
      ],
      // XS 13 breaks where a static initialiser constructs its own class beside fields that are defined, not assigned.
      tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
    };
    if (options.compact === true) {
      const { code, map } = await compact({ bundle: settings, format: "iife", map: options.mapFile !== undefined });
      writeFileSync(options.outfile, code);
      if (options.mapFile !== undefined) writeFileSync(options.mapFile, map);
    } else await build({ ...settings, outfile: options.outfile, bundle: true, format: "iife" });
  } catch (error) {
    const first = (error as { errors?: { text: string; location?: { file: string; line: number } | null }[] })
      .errors?.[0];
    if (first === undefined) throw error;
    const place = first.location ? `${first.location.file}:${first.location.line}: ` : "";
    throw new XsError("bundle", `the program cannot be bundled: ${place}${first.text}`);
  }
}

function virtualModules(sources: { readonly [specifier: string]: string }, resolveDir: string): Plugin {
  return {
    name: "virtual modules",
    setup(build) {
      build.onResolve({ filter: /^argand:/ }, ({ path }) =>
        path in sources ? { path, namespace: "virtual" } : { errors: [{ text: `there is no module "${path}"` }] },
      );
      build.onLoad({ filter: /.*/, namespace: "virtual" }, ({ path }) => ({
        contents: sources[path],
        loader: "ts",
        resolveDir,
      }));
    },
  };
}

function replacedFiles(sources: { readonly [path: string]: string }): Plugin {
  return {
    name: "replaced files",
    setup(build) {
      build.onResolve({ filter: /^\.{1,2}\// }, ({ path, resolveDir, namespace }) => {
        const whole = resolve(resolveDir, path);
        return namespace !== "replaced" && whole in sources ? { path: whole, namespace: "replaced" } : undefined;
      });
      build.onLoad({ filter: /.*/, namespace: "replaced" }, ({ path }) => ({
        contents: sources[path],
        loader: "ts",
        resolveDir: dirname(path),
      }));
    },
  };
}

function rewritten(rewrite: (source: string) => string): Plugin {
  return {
    name: "rewritten files",
    setup(build) {
      build.onLoad({ filter: /\.ts$/ }, ({ path }) => ({
        contents: rewrite(readFileSync(path, "utf8")),
        loader: "ts",
      }));
    },
  };
}
