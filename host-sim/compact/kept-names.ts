/** Names by which others than the program may ask for its members: the language, its library, the contracts of the platform. */
import { readdirSync, readFileSync } from "node:fs";
import { sep } from "node:path";
import { fileURLToPath } from "node:url";
import { mapCode } from "./code-text";

const CONTRACTS = fileURLToPath(new URL("../../hal/", import.meta.url));

/** Every word in the contracts of the platform and in what implements them on a device: they may call our objects by any of them. */
export function contractNames(): Set<string> {
  const names = new Set<string>();
  for (const folder of [CONTRACTS, `${CONTRACTS}esp32/`])
    for (const file of readdirSync(folder).filter((name) => name.endsWith(".ts"))) addWords(`${folder}${file}`, names);
  return names;
}

/** Every word in what says how plans and commands look: what is decoded has names of these. */
export function planNames(): Set<string> {
  const names = new Set<string>();
  for (const room of ["manifests", "drivers", "firmware"])
    for (const path of readdirSync(`${REPOSITORY}${room}`, { recursive: true }).map(String))
      if (SAYS_PLAN.test(`${room}/${path}`.split(sep).join("/"))) addWords(`${REPOSITORY}${room}/${path}`, names);
  return names;
}

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
const SAYS_PLAN = /^(?:manifests\/.*|drivers\/(?:.*schema|.*plan)|firmware\/(?:[\w-]*plan|commands\/.*))\.ts$/;

function addWords(path: string, names: Set<string>): void {
  const source = withoutComments(readFileSync(path, "utf8"));
  for (const [word] of source.matchAll(/[A-Za-z_$][\w$]*/g)) names.add(word);
}

function withoutComments(source: string): string {
  return mapCode(
    source,
    (code) => code,
    (text) => (text.startsWith("/") ? " " : text),
  );
}

/** Every name of a member in the library of JavaScript. */
export function libraryNames(): Set<string> {
  const names = new Set(["next", "return", "throw", "done", "value", "then", "toJSON", "index", "raw"]);
  const seen = new Set<unknown>();
  const collect = (value: unknown): void => {
    if ((typeof value !== "object" && typeof value !== "function") || value === null || seen.has(value)) return;
    seen.add(value);
    for (const name of Object.getOwnPropertyNames(value)) {
      names.add(name);
      const found = Object.getOwnPropertyDescriptor(value, name)!;
      if (name === "prototype") collect(found.value);
    }
    collect(Object.getPrototypeOf(value));
  };
  for (const name of LIBRARY) {
    names.add(name);
    collect((globalThis as unknown as { readonly [name: string]: unknown })[name]);
  }
  return names;
}

/** What ECMAScript defines; Node's own globals are none of a device's. */
const LIBRARY = [
  "Object", "Function", "Array", "String", "Number", "Boolean", "Symbol", "BigInt", "Math", "JSON", "Reflect", "Proxy",
  "Map", "Set", "WeakMap", "WeakSet", "WeakRef", "FinalizationRegistry", "Promise", "Date", "RegExp", "Atomics",
  "ArrayBuffer", "SharedArrayBuffer", "DataView", "Int8Array", "Uint8Array", "Uint8ClampedArray", "Int16Array", "Uint16Array",
  "Int32Array", "Uint32Array", "Float32Array", "Float64Array", "BigInt64Array", "BigUint64Array",
  "Error", "AggregateError", "EvalError", "RangeError", "ReferenceError", "SyntaxError", "TypeError", "URIError",
]; // biome-ignore format: a list of names
