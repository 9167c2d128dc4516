import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ROOT } from "./argand";
import { isPortable, unportable } from "./portable";

describe("portable rooms", () => {
  const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], { cwd: ROOT, encoding: "utf8" })
    .split("\n")
    .filter(isPortable);

  it("are there", () => {
    expect(files.length).toBeGreaterThan(70);
  });

  it("use nothing that a device or another engine does not have, or does otherwise", () => {
    const guilty = files.flatMap((path) =>
      unportable(readFileSync(ROOT + path, "utf8")).map((what) => `${path}: ${what}`),
    );
    expect(guilty).toEqual([]);
  });
});

describe("the reading of a source", () => {
  it.each([
    ["const t = Date.now();"],
    ["const t = new Date();"],
    ["const r = Math.random();"],
    ["const y = Math.sin(x);"],
    ["const y = Math.pow(x, 2);"],
    ["const p = /a+/;"],
    ['text.replace(/a/g, "b");'],
    ["async function f() {}"],
    ["return Promise.resolve();"],
    ["const p = new Proxy({}, {});"],
    ["export enum Colour { red }"],
    ["@sealed\nclass A {}"],
    ["let count = 0;"],
    ["export let count = 0;"],
    ["A.prototype.gain = 1;"],
    ['class E extends Error {\n  constructor() {\n    this.name = "E";\n  }\n}'],
    ["const even = (scalar & 1n) === 0n;"],
    ["const ZERO = 0n;\nconst at = z === ZERO;"],
  ])("finds %s", (source) => {
    expect(unportable(source)).toHaveLength(1);
  });

  it.each([
    ["// Date.now() is forbidden\nconst a = 1;"],
    ['throw new Error("no Promise here");'],
    ["const ZERO = 0n;\nconst at = z <= ZERO && other === 0;"],
    ["const half = total / 2; const third = total / 3;"],
    ["function f() {\n  let i = 0;\n}"],
    ["const root = Math.sqrt(x) + Math.imul(a, b) + Math.floor(c);"],
    ["/** @param x a number */\nfunction g(x: number) {}"],
  ])("lets %s pass", (source) => {
    expect(unportable(source)).toEqual([]);
  });
});
