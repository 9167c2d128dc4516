/**
 * Who may import whom (design: imports point down only). Read from the source text, judged by the file's room.
 *
 *   cli, live, conformance, xs -> world -> firmware -> drivers -> hal contracts
 *   cli -> manifests -> driver schemas
 */

export type Room =
  | "hal"
  | "hal/node"
  | "hal/esp32"
  | "drivers"
  | "driver-schema"
  | "emulator"
  | "firmware"
  | "firmware-main"
  | "world"
  | "host-sim"
  | "manifests"
  | "test";

/** Rooms that a room may import besides itself. */
const ALLOWED: { readonly [room in Room]: readonly Room[] } = {
  hal: [],
  "hal/node": ["hal"],
  "hal/esp32": ["hal"],
  drivers: ["hal"],
  "driver-schema": ["hal", "drivers"],
  emulator: ["hal", "drivers"],
  firmware: ["hal", "drivers"],
  "firmware-main": ["hal", "hal/esp32", "drivers", "firmware"],
  world: ["hal", "drivers", "emulator", "firmware"],
  "host-sim": ["hal", "hal/node", "drivers", "emulator", "firmware", "world", "manifests"],
  manifests: ["hal", "drivers", "driver-schema", "firmware", "world"],
  test: [
    "hal",
    "hal/node",
    "hal/esp32",
    "drivers",
    "driver-schema",
    "emulator",
    "firmware",
    "world",
    "host-sim",
    "manifests",
  ],
};

/** Rooms whose files may name Node's modules and npm packages. */
const HOST_ROOMS: readonly Room[] = ["hal/node", "host-sim", "manifests", "test"];

/** The room of a file, by its path from the repository's root with forward slashes. */
export function roomOf(path: string): Room {
  if (path.startsWith("test/") || path.startsWith("bench/") || /\.(test|test-suite)\.ts$/.test(path)) return "test";
  if (path === "vitest.config.ts") return "test";
  // What `argand driver new` copies: text, that is judged where the copy stands.
  if (path.startsWith("host-sim/driver-template/")) return "test";
  // Facts for the test that runs every driver; nothing on a gateway may import them.
  if (/^drivers\/([^/]+\/)?conformance\.ts$/.test(path)) return "test";
  if (path.startsWith("hal/node/") || path.startsWith("hal/firmata/")) return "hal/node";
  if (path.startsWith("hal/esp32/")) return "hal/esp32";
  if (path.startsWith("hal/")) return "hal";
  if (/^drivers\/[^/]+\/([\w-]+-)?schema\.ts$/.test(path) || /^drivers\/(schema|bus-use)\.ts$/.test(path))
    return "driver-schema";
  if (/^drivers\/[^/]+\/[\w-]*emulator\.ts$/.test(path) || path === "drivers/emulation.ts") return "emulator";
  if (path.startsWith("drivers/")) return "drivers";
  if (path === "firmware/main.ts") return "firmware-main";
  if (path.startsWith("firmware/")) return "firmware";
  if (path.startsWith("host-sim/world/")) return "world";
  if (path.startsWith("host-sim/")) return "host-sim";
  if (path.startsWith("manifests/")) return "manifests";
  throw new Error(`${path}: this file stands in no room of the house`);
}

/** Module specifiers that a source names, in static and dynamic imports and in re-exports. */
export function specifiersOf(source: string): string[] {
  const specifiers: string[] = [];
  const pattern = /(?:^|[;\n}])\s*(?:import|export)\s+(?:type\s+)?(?:[\w*{][^;"']*?\sfrom\s+)?["']([^"']+)["']/g;
  for (const match of source.matchAll(pattern)) specifiers.push(match[1]);
  for (const match of source.matchAll(/\bimport\(\s*["']([^"']+)["']\s*\)/g)) specifiers.push(match[1]);
  return specifiers;
}

/** What is wrong with `path` importing `specifier`; `undefined` when nothing is. */
export function judgeImport(path: string, specifier: string): string | undefined {
  const room = roomOf(path);
  if (!specifier.startsWith(".")) return judgePackage(path, room, specifier);
  const target = resolve(path, specifier);
  const targetRoom = roomOf(target);
  if (targetRoom === room || ALLOWED[room].includes(targetRoom)) return undefined;
  return `${path}: ${room} may not import ${targetRoom} (${specifier}): imports point down only`;
}

function judgePackage(path: string, room: Room, specifier: string): string | undefined {
  if (HOST_ROOMS.includes(room)) return undefined;
  if (room === "driver-schema" && /^typebox(\/|$)/.test(specifier)) return undefined;
  if (room === "hal/esp32" || room === "firmware-main") {
    // The SDK's modules and what `argand build` generates for a site.
    if (!specifier.startsWith("node:")) return undefined;
  }
  return `${path}: ${room} may not import "${specifier}": portable rooms take what they need through a door`;
}

function resolve(path: string, specifier: string): string {
  const parts = path.split("/").slice(0, -1);
  for (const part of specifier.split("/")) {
    if (part === "..") {
      if (parts.pop() === undefined) throw new Error(`${path}: "${specifier}" leaves the repository`);
    } else if (part !== ".") parts.push(part);
  }
  const target = parts.join("/");
  return /\.(ts|mts|js|mjs|json)$/.test(target) ? target : `${target}.ts`;
}
