/** How the command starts: bundled once for each state of its sources, and without a bundle where there can be none. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FIRST_LIGHT } from "./argand";
import { copyRepository } from "./repository-copy";

const copy = mkdtempSync(join(tmpdir(), "argand-start-"));
const bundles = join(copy, ".cache/program");
const PATIENCE_MS = 60_000;
beforeAll(() => copyRepository(copy));
afterAll(() => rmSync(copy, { recursive: true }));

function argand(list: readonly string[], environment: Record<string, string> = {}) {
  const program = join(copy, "host-sim/cli/argand.mjs");
  const env = { ...process.env, NO_COLOR: "1", ...environment };
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...list], { cwd: copy, env });
  return { status, stdout: stdout.toString(), stderr: stderr.toString() };
}

const made = () => (existsSync(bundles) ? readdirSync(bundles).sort() : []);

describe("the command's start", { timeout: PATIENCE_MS }, () => {
  it("makes a bundle, uses it again, and says what the sources say without one", () => {
    const simulate = ["sim", FIRST_LIGHT, "--virtual", "--for", "1m", "--seed", "7", "--json"];
    const first = argand(simulate);
    expect(first.status, first.stderr).toBe(0);
    const [bundle, ...others] = made();
    expect([bundle, others]).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), []]);
    const main = join(bundles, bundle, "main.mjs");
    const text = readFileSync(main, "utf8");
    // Not made anew: what stands there is what runs.
    writeFileSync(main, `process.stderr.write("from the bundle\\n");${text}`);
    const second = argand(simulate);
    expect(second.stderr).toContain("from the bundle");
    writeFileSync(main, text);
    const plain = argand(simulate, { ARGAND_DEBUG: "1" });
    const shown = ({ stdout }: { stdout: string }) => ({ ...JSON.parse(stdout), wallSeconds: 0 });
    expect(shown(second)).toEqual(shown(first));
    expect(shown(plain)).toEqual(shown(first));
    expect(made()).toEqual([bundle]);
  });

  it("follows a source that changes, and a driver that is added", () => {
    const before = made();
    const main = join(copy, "host-sim/cli/main.ts");
    const text = readFileSync(main, "utf8");
    writeFileSync(main, text.replace('.version("0.1.0")', '.version("0.1.9")'));
    expect(argand(["--version"]).stdout.trim()).toBe("0.1.9");
    writeFileSync(main, text);
    expect(made().length).toBeGreaterThan(before.length);
    expect(argand(["driver", "new", "start-test"]).status).toBe(0);
    const { status, stderr } = argand(["schema"]);
    expect(status, stderr).toBe(0);
    expect(argand(["schema"]).stdout).toContain("start-test");
  });

  it("goes on without a bundle where none can be made, and shows a source's mistake as it is", () => {
    rmSync(join(copy, ".cache"), { recursive: true });
    writeFileSync(join(copy, ".cache"), "no folder");
    expect(argand(["--version"]).stdout.trim()).toBe("0.1.0");
    rmSync(join(copy, ".cache"));
    const key = join(copy, "host-sim/cli/key.ts");
    const text = readFileSync(key, "utf8");
    writeFileSync(key, `${text}\nconst = 3;\n`);
    const { status, stderr } = argand(["key", "--help"]);
    expect(status).not.toBe(0);
    expect(stderr).toContain("key.ts");
    writeFileSync(key, text);
    // Whoever asks for nothing of it is not concerned.
    expect(argand(["--version"]).status).toBe(0);
  });
});
