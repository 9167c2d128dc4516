/** What a person reads about each broken example, to the letter. `npx vitest run manifests -u` rewrites the expected texts. */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { formatDiagnostics, loadSite } from "../load";

const FOLDER = fileURLToPath(new URL("./broken/", import.meta.url));
const EXPECTED = ".expected.txt";

/** What is said about a file, with its name as somebody would have typed it in its folder. */
async function said(folder: string, name: string): Promise<string> {
  const result = await loadSite(join(folder, name));
  if (result.ok) throw new Error(`nothing is wrong with ${name}`);
  return formatDiagnostics(result.diagnostics, { colour: false }).replaceAll(folder, "");
}

describe("a broken example", () => {
  const sites = readdirSync(FOLDER).filter((name) => name.endsWith(".yaml"));
  const texts = readdirSync(FOLDER).filter((name) => name.endsWith(EXPECTED));

  it("stands beside what is said about it", () => {
    expect(sites.length).toBeGreaterThan(20);
    for (const name of sites) expect(texts).toContain(name.replace(".yaml", EXPECTED));
  });

  // One text has no site: the missing file.
  it.each(texts.map((name) => name.replace(EXPECTED, "")))("%s is answered to the letter", async (name) => {
    const text = await said(FOLDER, `${name}.yaml`);
    await expect(`${text}\n`).toMatchFileSnapshot(`${FOLDER}${name}${EXPECTED}`);
  });

  it("is the only kind of file that may be missing", () => {
    expect(texts.filter((name) => !existsSync(`${FOLDER}${name.replace(EXPECTED, ".yaml")}`))).toEqual([
      `nowhere${EXPECTED}`,
    ]);
  });
});

describe("two megabytes of garbage", () => {
  const folder = `${mkdtempSync(join(tmpdir(), "argand-garbage-"))}/`;
  afterAll(() => rmSync(folder, { recursive: true }));
  const SIZE = 2_000_000;

  function garbage(name: string, length: number, byte: (random: number) => number): string {
    const bytes = new Uint8Array(length);
    for (let i = 0, state = 1; i < length; i++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      bytes[i] = byte(state >>> 24);
    }
    writeFileSync(join(folder, name), bytes);
    return name;
  }
  const printable = (random: number) => (random < 8 ? 10 : 32 + (random % 95));

  it("get one short answer", async () => {
    expect(
      await said(
        folder,
        garbage("noise.yaml", SIZE, (random) => random),
      ),
    ).toBe("noise.yaml: error: 2000000 bytes are more than a manifest can have\n  expected: at most 262144 bytes");
  });

  it("get one as well when they are just small enough to be read", async () => {
    expect(
      await said(
        folder,
        garbage("bytes.yaml", 262_144, (random) => random),
      ),
    ).toBe("bytes.yaml: error: this is not text in UTF-8\n  expected: a manifest in YAML or JSON");
    const text = await said(folder, garbage("text.yaml", 262_144, printable));
    expect(text.split("\n").length).toBeLessThan(20);
    expect(text).toMatch(/^text\.yaml:\d+:\d+: error: /);
  });
});
