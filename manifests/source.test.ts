import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import type { Diagnostic } from "./diagnostic";
import { SITE } from "./examples/sites.test-suite";
import { MAX_BYTES, parseSource, readSource, type Source } from "./source";

const folder = mkdtempSync(join(tmpdir(), "argand-source-"));
afterAll(() => rmSync(folder, { recursive: true }));

function parse(text: string): Source {
  const parsed = parseSource("site.yaml", text);
  if (!parsed.ok) throw new Error(parsed.diagnostics[0].message);
  return parsed.source;
}

function problems(text: string): readonly Diagnostic[] {
  const parsed = parseSource("site.yaml", text);
  return parsed.ok ? [] : parsed.diagnostics;
}

/** `line:column message (expected)` of each. */
const brief = (text: string) =>
  problems(text).map(
    (one) => `${one.line}:${one.column} ${one.message}${one.expected === undefined ? "" : ` (${one.expected})`}`,
  );

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe("a source", () => {
  const text = "gateway:\n  id: gw-01\nlist:\n  - a\n  - { b: 0x46 }\n";

  it("knows line and column of each value and key", () => {
    const source = parse(text);
    const place = (path: (string | number)[], at?: "key") => {
      const { line, column } = source.problem(path, "", {}, at ?? "value");
      return `${line}:${column}`;
    };
    expect(place(["gateway", "id"])).toBe("2:7");
    expect(place(["gateway", "id"], "key")).toBe("2:3");
    expect(place(["list", 1, "b"])).toBe("5:10");
    expect(place(["list", 0])).toBe("4:5");
  });

  it("places what is missing at the nearest thing above it", () => {
    const { line, column, excerpt, path } = parse(text).problem(["gateway", "site"], "missing");
    expect({ line, column, excerpt, path }).toEqual({ line: 1, column: 1, excerpt: "gateway:", path: "gateway.site" });
  });

  it("gives the value of YAML and of JSON alike", () => {
    expect(parse(text).value).toEqual({ gateway: { id: "gw-01" }, list: ["a", { b: 70 }] });
    expect(parse('{"gateway": {"id": "gw-01"}, "list": ["a", {"b": 70}]}').value).toEqual(parse(text).value);
  });

  it("remembers how a number was written", () => {
    expect(parse(text).written(["list", 1, "b"])).toBe("0x46");
  });

  it("takes a serial mode for text, although 8E1 reads like a number", () => {
    expect(parse("a: [8E1, 8N1, 7O2, 8e1]").value).toEqual({ a: ["8E1", "8N1", "7O2", 80] });
  });

  it("keeps a key as it was written, and __proto__ as a key", () => {
    const { value } = parse("007: 1\n__proto__: { polluted: true }\n");
    expect(Object.keys(value as object)).toEqual(["007", "__proto__"]);
    expect(({} as { polluted?: true }).polluted).toBeUndefined();
  });

  it("counts columns after a byte order mark and lines with carriage returns as an editor does", () => {
    const parsed = readSource(file("windows.yaml", "\ufeffa: 1\r\nb: 2\r\n"));
    const { line, column, excerpt } = parsed.ok ? parsed.source.problem(["b"], "") : parsed.diagnostics[0];
    expect({ line, column, excerpt }).toEqual({ line: 2, column: 4, excerpt: "b: 2" });
    const first = parsed.ok ? parsed.source.problem(["a"], "") : parsed.diagnostics[0];
    expect(first.excerpt).toBe("a: 1");
  });
});

describe("a mistake of syntax", () => {
  it.each([
    [
      "a line in the wrong column",
      "a:\n  b: 1\n c: 2\n",
      "3:2 this line does not stand in the column of the lines that it belongs to (the column in which the keys around it begin)",
    ],
    ["a tab", "a:\n\tb: 1\n", "2:1 a tab stands in the indentation (spaces)"],
    ["an unclosed brace", "a: { b: 1\nc: 2\n", "1:4 this { is not closed (a })"],
    ["an unclosed bracket", "a: [ 1, 2\n", "1:4 this [ is not closed (a ])"],
    [
      "an unclosed quote",
      'a:\n  b: "text\nc: 1\n',
      "2:6 this quote is not closed (the same quote at the end of the text)",
    ],
    [
      "a line without a colon",
      "a: 1\nb 2\nc: 3\n",
      "2:1 this is neither a key with a value nor an item of a list (key: value, or - value)",
    ],
    [
      "two keys in a line",
      "a: b: c\n",
      '1:4 a second key begins in this line (one "key: value" in a line; text that holds ": " in quotes)',
    ],
    ["a reserved sign", "a: @b\n", "1:4 a value cannot begin with @ (text in quotes)"],
    ["a second document", "a: 1\n---\nb: 1\n", "2:1 a second document begins here (one manifest in a file)"],
    ["a tag that nobody knows", "a: !celsius 5\n", "1:4 unresolved tag: !celsius"],
    ["a key twice", "a: 1\nb: 2\na: 3\n", '3:1 "a" stands here twice (once; it is in line 1 already)'],
    ["an alias", "a: &x { b: 1 }\nc: *x\n", "2:4 *x is an alias, which manifests do not use (the value itself)"],
    [
      "a merged alias",
      "a: &x { b: 1 }\nc: { <<: *x }\n",
      "2:10 *x is an alias, which manifests do not use (the value itself)",
    ],
    ["an alias for nothing", "a: *x\n", "1:4 *x is an alias, which manifests do not use (the value itself)"],
    ["nothing at all", "", "1:1 this file is empty (a map of keys and values)"],
    ["nothing but a comment", "# soon\n", "1:1 this file is empty (a map of keys and values)"],
    ["a list", "- a\n- b\n", "1:1 this is not a manifest (a map of keys and values)"],
    ["a word", "hello", "1:1 this is not a manifest (a map of keys and values)"],
  ])("such as %s is said at its place", (_, text, expected) => {
    expect(brief(text)).toEqual([expected]);
  });

  it("behind a token that the parser gives up on is placed in its own line", () => {
    expect(problems("*x!t ---\n<<: [---\n").map(({ line, column }) => `${line}:${column}`)).toEqual(["1:6", "2:5"]);
  });

  it("that nests too deeply ends the reading, not the reader", () => {
    expect(brief(`a: ${"[".repeat(40)}${"]".repeat(40)}`)).toEqual(["1:36 this is nested too deeply for a manifest"]);
    for (const unit of ["[", "- ", "? ", "{a: ", "a: "]) {
      const [{ line, message }] = problems(unit.repeat(Math.floor(MAX_BYTES / unit.length)));
      expect([line, message]).toEqual([1, "this is nested too deeply for a manifest"]);
    }
  });
});

describe("a file", () => {
  it("that is not there is said to be missing, with the one that was probably meant", () => {
    file("harbour.yaml", SITE);
    expect(readSource(join(folder, "harbor.yaml"))).toEqual({
      ok: false,
      diagnostics: [
        {
          ...{ file: join(folder, "harbor.yaml"), line: 0, column: 0, path: "" },
          ...{ message: "there is no such file", suggestion: join(folder, "harbour.yaml") },
        },
      ],
    });
    const lost = readSource(join(folder, "no-folder", "site.yaml"));
    expect(lost.ok ? "" : lost.diagnostics[0].expected).toMatch(/there is no folder ".*no-folder" either/);
  });

  it.each([
    ["a folder", () => folder, "this is a folder, not a manifest"],
    ["not text", () => file("noise.yaml", Uint8Array.of(0x61, 0xff, 0xfe)), "this is not text in UTF-8"],
    [
      "too large",
      () => file("large.yaml", "#".repeat(MAX_BYTES + 1)),
      `${MAX_BYTES + 1} bytes are more than a manifest can have`,
    ],
  ])("that is %s is refused in one sentence", (_, path, message) => {
    const parsed = readSource(path());
    expect(parsed.ok ? [] : parsed.diagnostics.map((one) => [one.line, one.message])).toEqual([[0, message]]);
  });
});

describe("any text", () => {
  const piece = fc.constantFrom(
    "a",
    "b: ",
    "- ",
    "\n",
    "  ",
    "{",
    "}",
    "[",
    "]",
    ",",
    '"',
    "'",
    "&x ",
    "*x",
    "!t ",
    "|\n",
    ">\n",
    "#",
    "? ",
    ": ",
    "\t",
    "---\n",
    "%",
    "\0",
    "é",
    "0x4",
    "<<: ",
  );

  it("is a document or is refused with places inside of it", () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const text = pieces.join("");
        const lines = text.split("\n");
        for (const { line, column, message } of problems(text)) {
          expect(line).toBeGreaterThanOrEqual(1);
          expect(line).toBeLessThanOrEqual(lines.length);
          expect(column).toBeGreaterThanOrEqual(1);
          expect(column).toBeLessThanOrEqual((lines[line - 1] ?? "").length + 1);
          expect(message).not.toBe("");
        }
      }),
      { numRuns: 1000, examples: [[["*x", "!t ", "---\n", "<<: ", "[", "---\n"]]] },
    );
  });
});
