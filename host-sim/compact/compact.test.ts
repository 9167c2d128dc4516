/** A compacted program means what it meant, and what it rests on is what is said. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { afterAll, describe, expect, it } from "vitest";
import { mapCode } from "./code-text";
import { compact } from "./compact";
import { Learned, rewriteForXs } from "./rewrite";

const folder = mkdtempSync(join(tmpdir(), "argand-compact-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Compacts files of which the first is the entry. Gives what it leaves in `result`. */
async function run(files: { readonly [name: string]: string }): Promise<{ code: string; result: unknown }> {
  const names = Object.keys(files);
  for (const name of names) writeFileSync(join(folder, `${name}.ts`), files[name]);
  const { code } = await compact({
    format: "iife",
    bundle: {
      entryPoints: [join(folder, `${names[0]}.ts`)],
      target: "es2022",
      tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
    },
  });
  const context: { result?: unknown } = {};
  runInNewContext(code, context);
  return { code, result: JSON.parse(JSON.stringify(context.result)) };
}

/** A template in a text: `§{` stands for its brace. */
const template = (text: string) => text.replaceAll("§", "$");

describe("a source's code", () => {
  const shout = (source: string) => mapCode(source, (code) => code.toUpperCase());

  it("ends where a text or a comment begins, and goes on behind it", () => {
    expect(shout(`a "b\\"c" d 'e' f`)).toBe(`A "b\\"c" D 'e' F`);
    expect(shout("a // b 'c\nd /* e\n*/ f")).toBe("A // b 'c\nD /* e\n*/ F");
  });

  it("goes on inside of a template's expressions, however deep", () => {
    expect(shout(template("a `b §{c + { d: `e§{f}g` }.d} h` i"))).toBe(template("A `b §{C + { D: `e§{F}g` }.D} h` I"));
    expect(shout(template("`a\\`b\\§{c` d"))).toBe(template("`a\\`b\\§{c` D"));
  });

  it("is whole again when nothing is changed", () => {
    const source = template("const a = `§{b}`; // c\n/* unclosed");
    expect(mapCode(source, (code) => code)).toBe(source);
  });
});

describe("private fields", () => {
  it("become properties in code, not in texts", () => {
    const source = template("class A { #a = 1; get() { return `#a §{this.#a}` + '#a'; } }");
    expect(rewriteForXs(source, new Learned())).toBe(
      template("class A { _$a = 1; get() { return `#a §{this._$a}` + '#a'; } }"),
    );
  });

  it("of a class and of one that extends it stay apart, across files and generations", async () => {
    const { code, result } = await run({
      entry: `import { Middle } from "./middle";
        class Low extends Middle { #state = "low"; all() { return [this.top(), this.middle(), this.#state]; } }
        (globalThis as any).result = new Low().all();`,
      middle: `import { Top } from "./top";
        export class Middle extends Top<number> { #other = "middle"; middle() { return this.#other; } }`,
      top: `export class Top<T> { #state: string = "top"; protected value?: T; top() { return this.#state; } }`,
    });
    expect(result).toEqual(["top", "middle", "low"]);
    expect(code).not.toContain("#");
    expect(code).not.toContain("_$");
  });
});

describe("what TypeScript calls private", () => {
  it("is shortened where it is asked of this, by whatever name, and stays what it was", async () => {
    const { code, result } = await run({
      entry: `class Counter {
          #both = 1;
          private readonly steps: number[] = [1, 2];
          private total = 0;
          private left = 5;
          private both(): number { return this.#both; }
          private get sum(): number { return this.total; }
          count(other: { total: number }): unknown {
            const counter = this;
            const add = { total: 7, run(): void { counter.total += other.total + this.total; } };
            add.run();
            const { left } = this;
            return [Math.max(...this.steps), this.sum, this?.total, left, this.both(), "this.total", other.total];
          }
        }
        (globalThis as any).result = new Counter().count({ total: 30 });`,
    });
    expect(result).toEqual([2, 37, 37, 5, 1, "this.total", 30]);
    expect(code).not.toMatch(/\b(steps|sum)\b/);
  });

  it("keeps its name in a class that looks into another instance of itself", async () => {
    const { result } = await run({
      entry: `class Point {
          private readonly x: number;
          constructor(x: number) { this.x = x; }
          to(other: Point): number { return other.x - this.x; }
        }
        (globalThis as any).result = new Point(2).to(new Point(5));`,
    });
    expect(result).toBe(3);
  });
});

describe("what a constant decides", () => {
  it("is gone, with what only it named", async () => {
    const { code, result } = await run({
      entry: `import { Linked } from "./linked";
        import { Wanted, Unwanted } from "./parts";
        function make(kind: string): unknown {
          if (Linked.wanted && kind === "wanted") return new Wanted().name();
          if (Linked.unwanted && kind === "unwanted") return new Unwanted().name();
          else if (!Linked.unwanted) return Linked.unwanted === 1 && kind ? "a" : "b";
          return "never";
        }
        (globalThis as any).result = [make("wanted"), make("unwanted")];`,
      linked: "export const Linked = { wanted: 1, unwanted: 0 } as const;\n",
      parts: `export class Wanted { name(): string { return "wanted part"; } }
        export class Unwanted { name(): string { return "unwanted part"; } }`,
    });
    expect(result).toEqual(["wanted part", "b"]);
    expect(code).not.toContain("unwanted part");
    expect(code).not.toContain("never");
  });
});

describe("methods", () => {
  it("go where nothing names them but one another, and stay where a text or the platform might", async () => {
    const { code, result } = await run({
      entry: `class Part {
          used(): string { return "1"; }
          unused(): string { return "gone: " + this.alsoUnused(); }
          alsoUnused(): string { return "gone too: " + this.unused(); }
          get spare(): string { return "gone as well"; }
          byText(): string { return "2"; }
          onReadable(): string { return "kept for the platform"; }
        }
        const part = new Part();
        (globalThis as any).result = [part.used(), (part as any)["byText"]()];`,
    });
    expect(result).toEqual(["1", "2"]);
    expect(code).not.toContain("gone");
    expect(code).toContain("kept for the platform");
  });
});

describe("tables of numbers", () => {
  it("are written where they are used, and are gone", async () => {
    const { code, result } = await run({
      entry: `import { Kind } from "./kinds";
        (globalThis as any).result = [Kind.first, Kind.second, Kind.both];`,
      kinds: `export const Kind = {
          /** One, two: with a comma. */
          first: 0x11, // and a brace }
          second: -2,
          both: 1 | 4,
        } as const;`.replace(" // and a brace }", ""),
    });
    expect(result).toEqual([17, -2, 5]);
    expect(code).not.toContain("first");
  });

  it("stay tables, without a word more, where they are used whole", async () => {
    const { result } = await run({
      entry: `import { Kind } from "./kinds";
        const names = Object.keys(Kind) as (keyof typeof Kind)[];
        (globalThis as any).result = [names, names.map((name) => Kind[name])];`,
      kinds: "export const Kind = { first: 1, second: 2 } as const;\n",
    });
    expect(result).toEqual([
      ["first", "second"],
      [1, 2],
    ]);
  });
});

describe("a compacted program", () => {
  it("makes no function in a call that made none before: that would allocate", async () => {
    const { code } = await run({
      entry: `function once(list: number[], by: number): number {
          let sum = 0;
          for (const one of list) sum += one * by;
          return sum;
        }
        class Held { add(list: number[]): number { return once(list, 2); } }
        (globalThis as any).result = new Held().add([1, 2]);`,
    });
    expect(code).toMatch(/^add\(/m);
    expect(code.slice(code.indexOf("add("))).not.toMatch(/function|=>/);
  });

  it("writes XS's own words for undefined, true and false, and leaves texts alone", async () => {
    const { code, result } = await run({
      entry: `(globalThis as any).result = [undefined ?? "void 0 !0 !1", true, false];`,
    });
    expect(result).toEqual(["void 0 !0 !1", true, false]);
    expect(code).toContain("true");
    expect(code.replace("void 0 !0 !1", "")).not.toMatch(/void 0|!0|!1/);
  });
});
