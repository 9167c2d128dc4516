import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createDriver } from "./driver";

const folder = mkdtempSync(join(tmpdir(), "argand-drivers-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** What it makes is tried in test/driver-new.test.ts. */
describe("a new driver's name", () => {
  it.each([
    ["BH1750", "; for example bh1750"],
    ["../outside", "; for example outside"],
    ["my part", "; for example my-part"],
    ["9axis", "; for example axis"],
    ["-", "cannot be a driver's name"],
    ["", "cannot be a driver's name"],
    ["x".repeat(33), "at most 32 characters"],
  ])("may not be %j", (name, message) => {
    expect(() => createDriver(name, folder)).toThrow(expect.objectContaining({ exitCode: 1 }));
    expect(() => createDriver(name, folder)).toThrow(message);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("may not be taken, and needs a place", () => {
    mkdirSync(join(folder, "sht3x"));
    expect(() => createDriver("sht3x", folder)).toThrow("is there already");
    expect(readdirSync(join(folder, "sht3x"))).toEqual([]);
    expect(() => createDriver("bh1750", join(folder, "nowhere"))).toThrow("there is no folder");
  });
});
