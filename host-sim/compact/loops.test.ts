/** Loops by index mean what loops over the same arrays meant, and what they walk are arrays: TypeScript says so. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, sep } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { REPOSITORY } from "../build/modules";
import { codeOnly } from "./code-text";
import { withIndexedLoops } from "./loops";
import { expectSameMeaning } from "./same-meaning.test-suite";

const folder = mkdtempSync(join(tmpdir(), "argand-loops-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a loop over an array", () => {
  it.each([
    [
      "goes on, breaks and returns",
      "for (const x of [1, 2, 3, 4]) { if (x === 2) continue; if (x === 4) break; result.push(x); }",
    ],
    [
      "sees what is added meanwhile",
      "const list = [1]; for (const x of list) { result.push(x); if (x < 4) list.push(x + 1); }",
    ],
    [
      "keeps its list when the variable gets another",
      "let list = [1, 2]; for (const x of list) { list = []; result.push(x); }",
    ],
    [
      "gives each turn a variable of its own",
      "const all = []; for (const x of [1, 2]) all.push(() => x); result = all.map((f) => f());",
    ],
    ["stands within another", "for (const x of [1, 2]) for (const y of [3, 4]) result.push(x * y);"],
    ["takes its elements apart", "for (const { a, b = 7 } of [{ a: 1 }, { a: 2, b: 3 }]) result.push(a, b);"],
    ["writes to its variable", "for (let x of [1, 2]) { x *= 2; result.push(x); }"],
    [
      "hides the same name within",
      "for (const x of [1, 2]) { { const x = 5; result.push(x); } const y = x; result.push(y); }",
    ],
    [
      "asks for its list once",
      "let asked = 0; const list = () => { asked++; return [1, 2]; }; for (const x of list()) result.push(x, asked);",
    ],
  ])("%s", (_, code) => {
    const written = expectSameMeaning(`var result = []; ${code}`, withIndexedLoops);
    expect(written).not.toContain(" of ");
  });

  it("stays where its body declares what its head does, or it is labelled", () => {
    const written = expectSameMeaning(
      `var result = [];
      for (const x of [1, 2]) { const x = 3; result.push(x); }
      outer: for (const x of [1, 2]) for (;;) { result.push(x); continue outer; }`,
      withIndexedLoops,
    );
    expect(written.match(/ of /g)).toHaveLength(2);
  });

  it("stays where it may walk something else", () => {
    const written = expectSameMeaning(
      `var result = []; const map = new Map([[1, 2]]);
      for (const [key, value] of map) result.push(key, value);
      for (const key of map.keys()) result.push(key);
      for (const value of map.values()) result.push(value);`,
      withIndexedLoops,
    );
    expect(written.match(/ of /g)).toHaveLength(3);
  });
});

describe("a loop with a counter", () => {
  it("declares it once, unless a function keeps one of each turn", () => {
    const written = expectSameMeaning(
      `var result = [];
      for (let i = 0; i < 3; i++) if (i !== 1) result.push(i);
      const kept = []; for (let k = 0; k < 3; k++) kept.push(() => k);
      for (const one of kept) result.push(one());
      outer: for (let m = 0; m < 2; m++) for (let n = 0; n < 2; n++) { result.push(m, n); continue outer; }`,
      withIndexedLoops,
    );
    expect(written).toContain("let i = 0; for (;");
    expect(written).toContain("for (let k = 0;");
    expect(written).toContain("outer: for (let m = 0;");
  });
});

/** Each list in the head of a loop becomes an argument that must be an array or a typed array, for TypeScript. */
function asked(source: string): string {
  const code = codeOnly(source);
  let result = "";
  let done = 0;
  for (const { 0: head, 1: left, index } of code.matchAll(/\bfor \((?:const|let) ([^;]*?) of /g)) {
    const start = index + head.length;
    let end = start;
    for (let depth = 1; depth > 0; end++) depth += code[end] === "(" ? 1 : code[end] === ")" ? -1 : 0;
    const list = source.slice(start, end - 1);
    if (left.startsWith("[") || /\.(?:keys|values|entries)\([^()]*\)$/.test(list)) continue;
    result += `${source.slice(done, start)}mustBeAnArray(${list})`;
    done = end - 1;
  }
  return result + source.slice(done);
}

/** What no build compacts, or what only the SDK can type. */
const NOT_LINKED =
  /\.test|test-suite|schema|emulat|conformance|bus-use|-bench|^hal\/(?:node|esp32|firmata)\/|^firmware\/main\.ts/;

describe("what portable rooms walk", () => {
  const check = (more: { readonly [path: string]: string } = {}): string => {
    const work = mkdtempSync(join(folder, "types-"));
    for (const [path, text] of Object.entries(more)) {
      mkdirSync(dirname(join(work, path)), { recursive: true });
      writeFileSync(join(work, path), text);
    }
    cpSync(`${REPOSITORY}/tsconfig.json`, join(work, "tsconfig.json"));
    const options = {
      extends: "./tsconfig.json",
      compilerOptions: { lib: ["ES2022"], types: [] },
      include: ["**/*.ts"],
    };
    writeFileSync(join(work, "portable.json"), JSON.stringify(options));
    writeFileSync(
      join(work, "asked.d.ts"),
      "declare function mustBeAnArray<L extends readonly unknown[] | Uint8Array | Uint16Array | Int32Array | Float64Array>(list: L): L;",
    );
    const tsc = spawnSync(process.execPath, [
      `${REPOSITORY}/node_modules/typescript/bin/tsc`,
      "-p",
      join(work, "portable.json"),
    ]);
    return String(tsc.stdout);
  };

  it("are arrays, wherever a loop does not say otherwise", { timeout: 60_000 }, () => {
    const paths = ["firmware", "hal", "drivers"]
      .flatMap((room) => readdirSync(`${REPOSITORY}/${room}`, { recursive: true }).map((path) => `${room}/${path}`))
      .map((path) => path.split(sep).join("/"))
      .filter((path) => path.endsWith(".ts") && !NOT_LINKED.test(path));
    const sources = Object.fromEntries(
      paths.map((path) => [path, asked(readFileSync(`${REPOSITORY}/${path}`, "utf8"))]),
    );
    expect(Object.values(sources).filter((text) => text.includes("mustBeAnArray")).length).toBeGreaterThan(20);
    expect(check(sources)).toBe("");
  });

  it("would be refused as a text or a map", { timeout: 60_000 }, () => {
    const refused = asked(`export function f(map: Map<number, number>, text: string): void {
      for (const one of map) void one;
      for (const one of text) void one;
      for (const one of [1]) void one;
    }`);
    expect(check({ "wrong.ts": refused }).match(/error TS/g)).toHaveLength(2);
  });
});
