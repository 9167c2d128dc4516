import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { Quantity } from "../../drivers/emulation";
import type { Plan } from "../../firmware/plan";
import { loadLabel, loadReplay } from "./replay-file";

const folder = mkdtempSync(join(tmpdir(), "argand-label-"));
afterAll(() => rmSync(folder, { recursive: true }));
const FILE = join(folder, "short.csv.gz");
writeFileSync(FILE, gzipSync("row,T,fire\n0,20,0\n1,20.5,1\n2,25,1\n"));
const PLAN = { devices: [{ id: "hall", channels: [{ name: "temperature" }] }] } as unknown as Plan;
const load = () => loadReplay(FILE, ["T=hall.temperature"], PLAN);

describe("a recording on disk", () => {
  it("is read as it stands when it is gzipped", () => {
    expect(load().columns).toEqual([{ column: "T", device: "hall", quantity: Quantity.temperature }]);
  });

  it("has a label, and seams where a column jumps", () => {
    const { label, seams } = loadLabel(FILE, load(), "fire", "T=1");
    expect([[...(label as Float64Array)], seams]).toEqual([[0, 1, 1], [2]]);
    expect(loadLabel(FILE, load(), "fire", undefined).seams).toEqual([]);
  });

  it.each([
    ["Fire", undefined, '--label: there is no column "Fire"; there are row, T, fire'],
    ["fire", "T", '--seam: "T" is not column=step'],
    ["fire", "T=0", "with a step above 0"],
    ["fire", "T=warm", "with a step above 0"],
    ["fire", "q=1", '--seam: there is no column "q"'],
  ])("refuses label %s with seam %s", (label, seam, message) => {
    expect(() => loadLabel(FILE, load(), label, seam)).toThrow(message);
  });

  it("refuses an empty field of the label, with its line", () => {
    const file = join(folder, "empty.csv");
    writeFileSync(file, "T,fire\n20,0\n21,\n");
    expect(() => loadLabel(file, loadReplay(file, ["T=hall.temperature"], PLAN), "fire", undefined)).toThrow(
      `${file}:3: a field is empty`,
    );
  });
});
