/**
 * `argand driver new`: what it makes passes its own test, the conformance test of all drivers, the type checks, the linter and the
 * rules of the house. In a copy of the repository, so that nobody else meets the imaginary part.
 */
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROOT, run } from "./argand";
import { copyRepository } from "./repository-copy";

const copy = mkdtempSync(join(tmpdir(), "argand-driver-new-"));
const drivers = join(copy, "drivers");
afterAll(() => rmSync(copy, { recursive: true }));

beforeAll(() => {
  copyRepository(copy);
  // Some tests ask git which files there are.
  execFileSync("git", ["init", "--quiet", "."], { cwd: copy });
  // The engines are not what is tested here.
  writeFileSync(join(copy, "test/global-setup.ts"), "export default function setup(): void {}\n");
});

/** Two type checks, a linter and vitest twice: long on a machine that has other work. */
const PATIENCE_MS = 300_000;

const execute = promisify(execFile);
async function inCopy(program: string, ...list: string[]): Promise<{ code: number; text: string }> {
  try {
    const { stdout, stderr } = await execute(process.execPath, [join(copy, program), ...list], {
      cwd: copy,
    });
    return { code: 0, text: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, text: stdout + stderr };
  }
}

const made = (name: string) => run("driver", "new", name, "--drivers", drivers);

describe("argand driver new", () => {
  it(
    "makes a folder that is green before anything is done to it",
    async () => {
      for (const name of ["bh1750", "a-part-with-quite-a-long-name-9"]) {
        const { exitCode, stderr } = await made(name);
        expect(exitCode, stderr).toBe(0);
        expect(stderr).toContain(`npx vitest run drivers/${name}`);
        expect(readdirSync(join(drivers, name)).sort()).toEqual(
          readdirSync(join(ROOT, "host-sim/driver-template")).sort(),
        );
        for (const file of readdirSync(join(drivers, name)))
          expect(readFileSync(join(drivers, name, file), "utf8"), file).not.toMatch(/part-?name|\.\.\/drivers/i);
      }
      const [tests, types, portable, lint] = await Promise.all([
        inCopy(
          "node_modules/vitest/vitest.mjs",
          ...["run", "drivers/bh1750", "drivers/a-part", "test/imports", "test/portable", "test/hot-path"],
        ),
        inCopy("node_modules/typescript/bin/tsc", "-p", "tsconfig.json"),
        inCopy("node_modules/typescript/bin/tsc", "-p", "firmware/tsconfig.json"),
        inCopy("node_modules/@biomejs/biome/bin/biome", "check", "--error-on-warnings", "drivers"),
      ]);
      for (const { code, text } of [tests, types, portable, lint]) expect(code, text).toBe(0);
      const conformance = await inCopy(
        "node_modules/vitest/vitest.mjs",
        "run",
        "drivers/conformance.test.ts",
        "-t",
        "bh1750",
      );
      expect(conformance.code, conformance.text).toBe(0);
      expect(Number(/(\d+) passed/.exec(conformance.text.split("Tests")[1])?.[1])).toBeGreaterThan(20);
    },
    PATIENCE_MS,
  );

  it(
    "makes a part that a site can name",
    async () => {
      await made("hall-sensor");
      const site = join(copy, "site.yaml");
      writeFileSync(
        site,
        `gateway: { id: gw-01, site: hall, board: esp32-s3 }
buses: { i2c0: { kind: i2c, data: 8, clock: 9 } }
devices: { hall: { driver: hall-sensor, bus: i2c0, samples: 4 } }
uplink: { mqtt: { url: "mqtt://127.0.0.1:1883" } }
`,
      );
      const { code, text } = await inCopy("host-sim/cli/argand.mjs", "sim", site, "--virtual", "--for", "1m", "--json");
      expect(code, text).toBe(0);
      expect(text).toContain('"samples": 60');
    },
    PATIENCE_MS,
  );

  it("refuses with 1 and one message, and leaves what is there as it was", async () => {
    const before = readFileSync(join(drivers, "sht3x/driver.ts"), "utf8");
    const { exitCode, stderr } = await made("sht3x");
    expect([exitCode, readFileSync(join(drivers, "sht3x/driver.ts"), "utf8")]).toEqual([1, before]);
    expect(stderr).toMatch(/^.*sht3x is there already; choose another name, or remove it first\n$/);
  });
});
