/** A line of a build leads to the source that it was made of. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadSite } from "../../manifests/load";
import { writeBuildFolder } from "../build/folder";
import { REPOSITORY } from "../build/modules";
import { TARGETS } from "../build/targets";
import { sourceOf } from "./where";

const folder = mkdtempSync(join(tmpdir(), "argand-where-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("argand where", () => {
  let lines: string[];

  beforeAll(async () => {
    const site = await loadSite(`${REPOSITORY}/manifests/examples/first-light.yaml`);
    if (!site.ok) throw new Error("the example does not load");
    await writeBuildFolder(site.plan, TARGETS["esp32"], folder);
    lines = readFileSync(join(folder, "argand", "firmware.js"), "utf8").split("\n");
  }, 60_000);

  /** The source of the only line that holds a text of ours. */
  function sourceOfText(text: string): string {
    const at = lines.flatMap((line, index) => (line.includes(text) ? [index + 1] : []));
    expect(at).toHaveLength(1);
    const { file, line } = sourceOf(folder, `firmware.js:${at[0]}`);
    return `${file}: ${readFileSync(`${REPOSITORY}/${file}`, "utf8").split("\n")[line - 1].trim()}`;
  }

  it.each([
    ["could not be opened: ", /^firmware\/gateway\.ts: .*could not be opened/],
    ["goes on, trying again", /^firmware\/uplink\/mqtt\/client\.ts: .*trying again/],
    // Written into the one place that calls it: its line is that of the call.
    ["the sensor does not answer", /^drivers\/sht3x\/driver\.ts: .*this\.judge\(\)/],
  ])("leads from the line with %j to that of its source", (text, source) => {
    expect(sourceOfText(text)).toMatch(source);
  });

  it("takes a column, and the folder that holds the map", () => {
    const at = lines.findIndex((line) => line.includes("the sensor does not answer")) + 1;
    const column = lines[at - 1].indexOf("the sensor does not answer");
    expect(sourceOf(join(folder, "argand"), `${at}:${column}`).file).toBe("drivers/sht3x/driver.ts");
  });

  it("says what is wrong with a folder or a place", () => {
    expect(() => sourceOf(join(folder, "none"), "1")).toThrow(/no firmware\.js\.map/);
    expect(() => sourceOf(folder, "here")).toThrow(/LINE or LINE:COLUMN/);
    expect(() => sourceOf(folder, "0")).toThrow(/LINE or LINE:COLUMN/);
    expect(() => sourceOf(folder, "1000000")).toThrow(/comes from no source/);
  });
});
