/**
 * Loads an ECMA-419 driver as it stands, by whomever, and hands back what it exports.
 *
 * Its imports of bare names (`timer`, `time`, `crc`) are answered by `modules`, so that its time is a world's; its relative
 * imports are read from its folder. What the Moddable SDK writes in C is named in a driver by `@ "name"` (syntax of XS):
 * such a function is answered by `natives`, in JavaScript.
 */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { type BuildFailure, build, type Plugin } from "esbuild";
import type { DeviceModules } from "./modules";

export type NativeFunctions = { readonly [name: string]: (this: object, ...values: never[]) => unknown };

export type DriverSource = {
  readonly file: string;
  readonly modules: DeviceModules;
  readonly natives?: NativeFunctions;
};

/** The driver cannot be loaded; says what it asks for. */
export class DriverLoadError extends Error {
  readonly code = "driver-load";
}

export type LoadedDriver = { readonly default: unknown; readonly [name: string]: unknown };

export async function loadDriver({ file, modules, natives = {} }: DriverSource): Promise<LoadedDriver> {
  const missing = new Set<string>();
  const source = await bundle(file, modules, natives, missing);
  if (missing.size > 0)
    throw new DriverLoadError(`${file}: needs ${[...missing].join(", ")}, which this host does not have`);
  const module = { exports: {} as LoadedDriver };
  new Function("module", "__modules", "__natives", source)(module, modules, natives);
  return module.exports;
}

async function bundle(
  file: string,
  modules: DeviceModules,
  natives: NativeFunctions,
  missing: Set<string>,
): Promise<string> {
  try {
    const result = await build({
      entryPoints: [resolve(file)],
      bundle: true,
      write: false,
      format: "cjs",
      platform: "neutral",
      target: "es2022",
      logLevel: "silent",
      plugins: [bareNames(modules, missing), nativeFunctions(natives, missing)],
    });
    return result.outputFiles[0].text;
  } catch (error) {
    const first = (error as BuildFailure).errors?.[0];
    if (first === undefined) throw error;
    const place = first.location ? `:${first.location.line}` : "";
    throw new DriverLoadError(`${file}${place}: ${first.text}`);
  }
}

const DEVICE = "device";

function bareNames(modules: DeviceModules, missing: Set<string>): Plugin {
  return {
    name: "modules of the device",
    setup(bundler) {
      bundler.onResolve({ filter: /^[^./]/ }, ({ path, kind }) => {
        if (kind === "entry-point") return undefined;
        if (modules[path] === undefined) missing.add(`module "${path}"`);
        return { path, namespace: DEVICE };
      });
      bundler.onLoad({ filter: /.*/, namespace: DEVICE }, ({ path }) => ({ contents: reexported(path, modules) }));
    },
  };
}

function reexported(name: string, modules: DeviceModules): string {
  const names = Object.keys(modules[name] ?? { default: undefined });
  const from = `__modules[${JSON.stringify(name)}]`;
  return names.map((one) => `export ${one === "default" ? "default" : `const ${one} =`} ${from}.${one};`).join("\n");
}

/** `@ "name"` behind a class or the head of a method: implemented outside of JavaScript. */
const NATIVE_CLASS = /(\bclass\s+\w+)\s*@\s*"\w+"/g;
const NATIVE_METHOD = /([#\w]+)\s*\(([^()]*)\)\s*@\s*"(\w+)"\s*;/g;

function nativeFunctions(natives: NativeFunctions, missing: Set<string>): Plugin {
  return {
    name: "functions that the SDK writes in C",
    setup(bundler) {
      bundler.onLoad({ filter: /\.[jt]s$/ }, ({ path }) => ({
        contents: withNatives(readFileSync(path, "utf8"), natives, missing),
        loader: path.endsWith(".ts") ? "ts" : "js",
        resolveDir: dirname(path),
      }));
    },
  };
}

/** Same lines as before, so that a message names the driver's own. */
function withNatives(source: string, natives: NativeFunctions, missing: Set<string>): string {
  return source
    .replace(NATIVE_CLASS, "$1")
    .replace(NATIVE_METHOD, (_, method: string, parameters: string, name: string) => {
      if (natives[name] === undefined) missing.add(`native function ${name}`);
      return `${method}(${parameters}) { return __natives.${name}.apply(this, arguments); }`;
    });
}
