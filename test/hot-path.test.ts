import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { allocations, hotFunctions } from "./hot-path";

const root = fileURLToPath(new URL("..", import.meta.url));
/** Where hot code is marked: what a device runs, and what looks at millions of samples in the world. */
const ROOMS = ["firmware", "drivers", "host-sim/world/optics"];

describe("functions marked as hot path", () => {
  const listing = execFileSync("git", ["ls-files", "-co", "--exclude-standard", ...ROOMS], {
    cwd: root,
    encoding: "utf8",
  });
  const files = listing.split("\n").filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts"));
  const hot = files.flatMap((path) =>
    hotFunctions(readFileSync(`${root}${path}`, "utf8")).map((one) => ({
      where: `${path}:${one.line} ${one.name}`,
      ...one,
    })),
  );

  it("are there: the loop, the filters, the rules, the queue, the writer", () => {
    const names = hot.map(({ where }) => where.split(":")[0]);
    for (const file of ["channel", "conditioned-channel", "filters/chain", "lateness", "record-queue", "scheduler"])
      expect(names).toContain(`firmware/sampling/${file}.ts`);
    expect(names).toContain("firmware/alarms/rule.ts");
    expect(names).toContain("firmware/uplink/senml/pack-writer.ts");
  });

  it("make no object, closure, string or view", () => {
    const guilty = hot.flatMap(({ where, body }) => allocations(body).map((what) => `${where} makes ${what}`));
    expect(guilty).toEqual([]);
  });
});

describe("the check", () => {
  it.each([
    ["a closure", "run() { this.list.forEach((x) => x); }"],
    ["an object", "run() { return { a: 1 }; }"],
    ["an array", "run() { const a = [1]; }"],
    ["a string", "run(n: number) { return `${n}`; }"],
    ["an instance", "run() { this.x = new Thing(); }"],
    ["a copy or a view", "run() { this.bytes.subarray(1); }"],
    ["an iterator", "run() { for (const x of this.list) x.go(); }"],
    ["a spread", "run() { this.go(...this.list); }"],
  ])("sees %s", (what, method) => {
    const [found] = hotFunctions(`class A {\n  // hot path\n  ${method}\n}`);
    expect(allocations(found.body)).toContain(what);
  });

  it("lets arithmetic, indexing, calls and a throw pass", () => {
    const source =
      "// hot path\n/** Why. */\nput(a: { b: number }): void {\n  if (a.b < 0) throw new RangeError(`${a.b}`);\n  this.#x[a.b & 7] = a.b * 2;\n}";
    expect(allocations(hotFunctions(source)[0].body)).toEqual([]);
  });
});
