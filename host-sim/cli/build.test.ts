/** `argand build`: what is linked for a site, what the SDK is told, and what a user without the SDK is told. */

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Plan } from "../../firmware/plan";
import { loadSite } from "../../manifests/load";
import { FIRST_LIGHT, ROOT, start } from "../../test/argand";
import { writeBuildFolder } from "../build/folder";
import { moduleGraph, strangerAmong } from "../build/modules";
import { TARGETS } from "../build/targets";

const folder = mkdtempSync(join(tmpdir(), "argand-build-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function planOf(path: string): Promise<Plan> {
  const site = await loadSite(path);
  if (!site.ok) throw new Error("the example is wrong");
  return site.plan;
}

function siteWithOnly(name: string): string {
  const path = join(folder, `${name}.yaml`);
  writeFileSync(
    path,
    `gateway: { id: gw-1, site: only, board: esp32 }
buses: { i2c0: { kind: i2c, data: 21, clock: 22 } }
devices: { one: { driver: ${name}, bus: i2c0 } }
uplink: { mqtt: { url: "mqtt://192.0.2.1:1883" } }
`,
  );
  return path;
}

const text = (path: string) => readFileSync(path, "utf8");

describe("the build folder", () => {
  it("links the drivers that the site names, what they import, and no test, emulator or schema", async () => {
    const built = await writeBuildFolder(await planOf(join(ROOT, FIRST_LIGHT)), TARGETS["esp32"], join(folder, "a"));
    expect(built.drivers).toEqual(["fire-panel", "sht3x", "vlc-transmitter"]);
    expect(built.modules).toEqual(
      expect.arrayContaining(["firmware/main", "drivers/modbus/lane", "drivers/vlc/encoder"]),
    );
    expect(built.modules.filter((path) => /test|emulator|schema|host-sim|manifests|hal\/node/.test(path))).toEqual([]);
    for (const path of built.modules) expect(existsSync(join(ROOT, `${path}.ts`)), path).toBe(true);
  });

  it("leaves out what the site does not name: ROM is dear", async () => {
    const built = await writeBuildFolder(await planOf(siteWithOnly("sht3x")), TARGETS["esp32"], join(folder, "b"));
    expect(built.drivers).toEqual(["sht3x"]);
    expect(built.modules.filter((path) => /drivers\/(modbus|vlc|fire-panel)/.test(path))).toEqual([]);
    expect(text(join(built.path, "site/registry.ts"))).not.toMatch(/fire-panel|emulator/);
  });

  it("links what signs where the site signs, and holds no key", async () => {
    const signed = await writeBuildFolder(
      await planOf(join(ROOT, "manifests/examples/signed.yaml")),
      TARGETS["esp32"],
      join(folder, "signed"),
    );
    expect(signed.modules).toEqual(expect.arrayContaining(["hal/es256", "hal/esp32/signer"]));
    expect(text(join(signed.path, "site/signer.ts"))).toBe('export { openSigner } from "hal/esp32/signer";\n');
    const plain = await writeBuildFolder(await planOf(siteWithOnly("sht3x")), TARGETS["esp32"], join(folder, "plain"));
    expect(plain.modules.filter((path) => /es256|signer/.test(path))).toEqual([]);
  });

  it("is the same in every build of one site", async () => {
    const plan = await planOf(join(ROOT, FIRST_LIGHT));
    const [one, two] = [
      await writeBuildFolder(plan, TARGETS["lin"], join(folder, "c")),
      await writeBuildFolder(plan, TARGETS["lin"], join(folder, "d")),
    ];
    for (const file of [
      "manifest.json",
      "firmware.js",
      "firmware.js.map",
      "site/registry.ts",
      "site/plan.ts",
      "site/platform.ts",
      "site/signer.ts",
    ])
      expect(text(join(one.path, file))).toBe(text(join(two.path, file)));
  });

  it("is one module, preloaded, that imports nothing but what the SDK brings", async () => {
    const built = await writeBuildFolder(await planOf(join(ROOT, FIRST_LIGHT)), TARGETS["esp32"], join(folder, "e"));
    const manifest = JSON.parse(text(built.manifestPath)) as { modules: Record<string, string>; preload: string[] };
    expect(manifest.modules).toEqual({ "firmware/main": "./firmware" });
    expect(manifest.preload).toEqual(["firmware/main"]);
    const code = text(join(built.path, "firmware.js"));
    const { external } = await moduleGraph([...built.modules]);
    const named = new Set([...code.matchAll(/^import .*?"([^"]+)";$/gm)].map(([, name]) => name));
    expect([...named].sort()).toEqual(external.filter((name) => !name.startsWith("site/")));
    expect(code).toMatch(/^export \{ \w+ as default \};$/m);
    expect(code).not.toMatch(/\bimport\(|\brequire\(/);
  });

  it("has a map that leads from a line to its source", async () => {
    const built = await writeBuildFolder(await planOf(join(ROOT, FIRST_LIGHT)), TARGETS["esp32"], join(folder, "f"));
    const lines = text(join(built.path, "firmware.js")).split("\n");
    const line = lines.findIndex((one) => one.includes("could not be opened: "));
    expect(line).toBeGreaterThan(0);
    const map = new SourceMap(JSON.parse(text(built.mapPath)));
    const entry = map.findEntry(line, lines[line].indexOf("could not be opened: "));
    if (!("originalSource" in entry)) throw new Error("the map has no such line");
    expect(entry.originalSource).toMatch(/firmware\/gateway\.ts$/);
    const source = text(join(ROOT, "firmware/gateway.ts")).split("\n");
    expect(source[entry.originalLine]).toContain("could not be opened: ");
  });
});

describe("the module graph", () => {
  it("follows imports of values, not of types, and notes what the SDK brings", async () => {
    const root = join(folder, "graph");
    mkdirSync(join(root, "firmware"), { recursive: true });
    writeFileSync(
      join(root, "firmware/main.ts"),
      'import type { T } from "./types";\nimport { a } from "./a";\nimport x from "timer";\nexport const t: T = a(x);\n',
    );
    writeFileSync(join(root, "firmware/types.ts"), "export type T = number;\n");
    writeFileSync(join(root, "firmware/a.ts"), "export const a = (x: unknown) => Number(x);\n");
    expect(await moduleGraph(["firmware/main"], root)).toEqual({
      modules: ["firmware/a", "firmware/main"],
      external: ["timer"],
    });
  });

  it("sees what may not be in firmware", () => {
    expect(strangerAmong(["firmware/main", "hal/node/tcp"])).toBe("hal/node/tcp");
    expect(strangerAmong(["host-sim/world/kernel"])).toBe("host-sim/world/kernel");
    expect(strangerAmong(["firmware/main", "drivers/sht3x/driver", "hal/esp32/tcp"])).toBeUndefined();
  });
});

describe("argand build", () => {
  const build = (list: string[], environment: Record<string, string> = {}) =>
    start(["build", join(ROOT, FIRST_LIGHT), ...list], { MODDABLE: "", IDF_PATH: "", ...environment }).ended;

  it("without the SDK ends with 2 and says what to install", async () => {
    const { exitCode, stdout, stderr } = await build(["--target", "lin"]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toContain("MODDABLE is not set");
    expect(stderr).toContain("git clone https://github.com/Moddable-OpenSource/moddable");
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it("says so when MODDABLE is something else, or its tools are not built", async () => {
    expect((await build(["--target", "lin"], { MODDABLE: folder })).stderr).toContain("that is no Moddable SDK");
    const unbuilt = join(folder, "sdk");
    mkdirSync(join(unbuilt, "xs/includes"), { recursive: true });
    writeFileSync(join(unbuilt, "xs/includes/xs.h"), "");
    const { exitCode, stderr } = await build(["--target", "lin"], { MODDABLE: unbuilt });
    expect(exitCode).toBe(2);
    expect(stderr).toContain("mcconfig is missing");
  });

  it("refuses a target that there is not, with 1", async () => {
    const { exitCode, stderr } = await build(["--target", "esp8266"]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("lin, esp32, esp32-s3");
    expect((await build([])).exitCode).toBe(1);
  });

  it("checks the site before anything else", async () => {
    const { exitCode, stderr } = await start(["build", siteWithOnly("sht4x"), "--target", "lin"]).ended;
    expect(exitCode).toBe(1);
    expect(stderr).toContain('there is no driver "sht4x"');
  });
});

const sdk = process.env["MODDABLE"];
if (sdk === undefined || sdk === "") console.warn("skipped: builds with the Moddable SDK (MODDABLE is not set)");

describe.skipIf(sdk === undefined || sdk === "")("with the SDK", () => {
  for (const target of Object.keys(TARGETS))
    it(`links first-light for ${target}`, async () => {
      const out = join(folder, target);
      const { exitCode, stdout, stderr } = await start(
        ["build", join(ROOT, FIRST_LIGHT), "--target", target, "--out", out, "--json"],
        { IDF_PATH: "" },
      ).ended;
      expect(exitCode, stderr).toBe(0);
      const result = JSON.parse(stdout) as { product: string; romSlots: number; native: boolean };
      expect(existsSync(result.product)).toBe(true);
      expect(result.romSlots).toBeGreaterThan(5000);
      expect(result.native).toBe(target === "lin");
    }, 300_000);
});
