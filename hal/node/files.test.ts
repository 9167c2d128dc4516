import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { StateFileError, StateFiles } from "./files";

describe("StateFiles", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "argand-state-"));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it("reads what was written, and undefined where nothing was", () => {
    const files = new StateFiles(join(folder, "made", "when-needed"));
    expect(files.read("key")).toBeUndefined();
    files.write("key", Uint8Array.of(1, 2, 3));
    files.write("key", Uint8Array.of(4));
    expect(files.read("key")).toEqual(Uint8Array.of(4));
  });

  it("leaves no half-written file behind", () => {
    const files = new StateFiles(folder);
    files.write("key", new Uint8Array(100_000));
    expect(readdirSync(folder)).toEqual(["key"]);
  });

  it("keeps the old content, and nothing beside it, when a write fails", () => {
    const files = new StateFiles(folder);
    files.write("key", Uint8Array.of(1));
    expect(() => files.write("key", { length: 5 } as never)).toThrow();
    expect(files.read("key")).toEqual(Uint8Array.of(1));
    expect(readdirSync(folder)).toEqual(["key"]);
  });

  it("counts boots from one", () => {
    expect([1, 2, 3].map(() => new StateFiles(folder).next("boot"))).toEqual([1, 2, 3]);
  });

  it("does not overwrite a counter that it cannot read", () => {
    writeFileSync(join(folder, "boot"), "garbage");
    expect(() => new StateFiles(folder).next("boot")).toThrow(StateFileError);
  });

  it.each(["../key", "a/b", "", ".hidden", "a b"])("refuses the name %j", (name) => {
    expect(() => new StateFiles(folder).write(name, Uint8Array.of(1))).toThrow(RangeError);
  });
});
