/**
 * Byte code, texts and symbols of a site's firmware, module by module: where its size comes from.
 *
 * The compacted program is parsed with marks for its lines, and each byte code belongs to the source that its line comes from.
 * The marks themselves do not count; branches over them are now and then a byte longer than in the program that is shipped.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { SourceMap, type SourceMapPayload } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Plan } from "../../firmware/plan";
import { bundleEmptyGateway, bundleGateway } from "../xs/bridge/programs";
import { buildXs } from "../xs/build";
import { measureXs, runXs } from "../xs/run";

export type ModuleCode = {
  /** Path of its source; `site` for what a build writes: plan and registry. */
  readonly module: string;
  /** Byte code, its texts included. */
  readonly codeBytes: number;
  readonly textBytes: number;
  /** Names that no other module has. */
  readonly symbolBytes: number;
};

export type CodeTable = {
  /** Largest first. */
  readonly modules: readonly ModuleCode[];
  /** Names that several modules have. */
  readonly sharedSymbolBytes: number;
  /** What the budget counts: byte code and symbols as shipped, the bridge's subtracted. */
  readonly codeBytes: number;
  readonly symbolBytes: number;
};

export async function measureCode(plan: Plan, onProgress: (text: string) => void = () => {}): Promise<CodeTable> {
  const host = await buildXs({ onProgress });
  const folder = mkdtempSync(join(tmpdir(), "argand-code-"));
  const path = (name: string) => join(folder, name);
  try {
    onProgress("bundling");
    await bundleGateway(plan, path("gateway.js"), { mapFile: path("gateway.js.map") });
    await bundleEmptyGateway(path("empty.js"));
    writeFileSync(path("marked.js"), `${readFileSync(path("gateway.js"), "utf8")}\n//# sourceURL=gateway.js\n`);
    await runXs({ host, bundle: path("marked.js"), parseOnly: true, listFile: path("list.txt") });
    const whole = await measureXs(host, path("gateway.js"));
    const empty = await measureXs(host, path("empty.js"));
    const map = JSON.parse(readFileSync(path("gateway.js.map"), "utf8")) as SourceMapPayload;
    return {
      ...tableOf(readFileSync(path("list.txt"), "utf8"), new SourceMap(map)),
      codeBytes: whole.codeBytes - empty.codeBytes,
      symbolBytes: whole.symbolBytes - empty.symbolBytes,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Counts = { code: number; text: number; symbols: number };

/** @param list what the host's listing.c writes */
export function tableOf(list: string, map: SourceMap): Pick<CodeTable, "modules" | "sharedSymbolBytes"> {
  const counts = new Map<string, Counts>();
  const users = new Map<string, Set<string>>();
  let module = SITE;
  for (const line of list.split("\n")) {
    const [first, name, symbol] = line.split(" ");
    if (first === "line") module = moduleAt(map, Number(name) - 1);
    else if (first !== "") {
      const count = counts.get(module) ?? { code: 0, text: 0, symbols: 0 };
      counts.set(module, count);
      count.code += Number(first);
      if (name.startsWith("string")) count.text += Number(first);
      if (symbol !== undefined && symbol !== "") users.set(symbol, (users.get(symbol) ?? new Set()).add(module));
    }
  }
  let sharedSymbolBytes = 0;
  for (const [symbol, modules] of users) {
    const bytes = Buffer.byteLength(symbol) + 1;
    if (modules.size === 1) counts.get([...modules][0])!.symbols += bytes;
    else sharedSymbolBytes += bytes;
  }
  const modules = [...counts]
    .filter(([name]) => !name.startsWith("host-sim/"))
    .map(([name, { code, text, symbols }]) => ({
      module: name,
      codeBytes: code,
      textBytes: text,
      symbolBytes: symbols,
    }))
    .sort((a, b) => b.codeBytes + b.symbolBytes - a.codeBytes - a.symbolBytes);
  return { modules, sharedSymbolBytes };
}

/** The same room by room: what a driver, or a part of the firmware, costs in all. Largest first. */
export function roomsOf(modules: readonly ModuleCode[]): ModuleCode[] {
  const rooms = new Map<string, ModuleCode>();
  for (const { module, codeBytes, textBytes, symbolBytes } of modules) {
    const room = roomOf(module);
    const before = rooms.get(room) ?? { codeBytes: 0, textBytes: 0, symbolBytes: 0 };
    rooms.set(room, {
      module: room,
      codeBytes: before.codeBytes + codeBytes,
      textBytes: before.textBytes + textBytes,
      symbolBytes: before.symbolBytes + symbolBytes,
    });
  }
  return [...rooms.values()].sort((a, b) => b.codeBytes + b.symbolBytes - a.codeBytes - a.symbolBytes);
}

/** `firmware/uplink/mqtt/client` is in firmware/uplink/mqtt, `drivers/vlc/phr` in drivers/vlc, `firmware/gateway` in firmware. */
function roomOf(module: string): string {
  const path = module.split("/").slice(0, -1);
  return path.length === 0 ? module : path.slice(0, path[1] === "uplink" ? 3 : 2).join("/");
}

const SITE = "site";
const ROOMS = /(?:^|\/)((?:firmware|drivers|hal|host-sim)\/.*)\.ts$/;

function moduleAt(map: SourceMap, line: number): string {
  const entry = map.findEntry(line, 1_000_000);
  const source = "originalSource" in entry ? entry.originalSource : "";
  return ROOMS.exec(source)?.[1] ?? SITE;
}
