/** One parser for YAML and JSON that remembers where everything stands. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type Document, Lexer, LineCounter, type Node, Parser, parseDocument, type YAMLError } from "yaml";
import { type Diagnostic, didYouMean } from "./diagnostic";
import { MAX_DEPTH, PlainReader, placeName, type ShapeProblem, TOO_DEEP } from "./plain";
import { explainSyntax } from "./syntax";

export type Path = readonly (string | number)[];

/** A site is a few kilobytes; one with thousands of points has a hundred. Larger files cost the parser seconds. */
export const MAX_BYTES = 256 * 1024;
/** Errors of the parser itself that are shown: the later ones are mostly echoes of the first. */
const MAX_SYNTAX_ERRORS = 3;
/** A level of nesting opens at most three tokens: item, value and properties. */
const MAX_OPEN_TOKENS = 3 * MAX_DEPTH;

export type Parsed =
  | { readonly ok: true; readonly source: Source }
  | { readonly ok: false; readonly diagnostics: Diagnostic[] };

export class Source {
  readonly file: string;
  readonly value: unknown;
  readonly #lines: readonly string[];
  readonly #counter: LineCounter;
  readonly #reader = new PlainReader();

  constructor(file: string, text: string, root: Node | null, counter: LineCounter) {
    this.file = file;
    this.#lines = text.split("\n");
    this.#counter = counter;
    this.value = this.#reader.read(root);
  }

  /** What the document uses although a manifest must not. */
  get shapeProblems(): Diagnostic[] {
    return this.#reader.problems.map((problem) => this.at(problem));
  }

  /** A scalar as it was written: `0x46`, not 70. `undefined` for anything else. */
  written(path: Path): string | undefined {
    return this.#reader.written.get(placeName(path));
  }

  /** A problem with the value at `path`, or with its key when `at` says so. Falls back to the nearest place above. */
  problem(path: Path, message: string, more: Partial<Diagnostic> = {}, at: "key" | "value" = "value"): Diagnostic {
    return { ...this.#diagnostic(this.#offset(path, at), message), path: path.join("."), ...more };
  }

  at({ offset, message, expected, earlier }: ShapeProblem): Diagnostic {
    const first =
      earlier === undefined ? undefined : `once; it is in line ${this.#counter.linePos(earlier).line} already`;
    const help = expected ?? first;
    return { ...this.#diagnostic(offset, message), ...(help === undefined ? {} : { expected: help }) };
  }

  #diagnostic(offset: number, message: string): Diagnostic {
    const { line, col } = this.#counter.linePos(offset);
    const excerpt = (this.#lines[line - 1] ?? "").replace(/\r$/, "");
    return { file: this.file, line: Math.max(1, line), column: Math.max(1, col), path: "", message, excerpt };
  }

  #offset(path: Path, at: "key" | "value"): number {
    const { keys, values } = this.#reader;
    for (let length = path.length; length >= 0; length--) {
      const name = placeName(path.slice(0, length));
      const preferKey = at === "key" || length < path.length;
      const offset = (preferKey ? keys.get(name) : undefined) ?? values.get(name) ?? keys.get(name);
      if (offset !== undefined) return offset;
    }
    return 0;
  }
}

/** Reads and parses a file. Every way in which it is not a document becomes one clear diagnostic. */
export function readSource(file: string): Parsed {
  const fail = (message: string, more: Partial<Diagnostic> = {}): Parsed => ({
    ok: false,
    diagnostics: [{ file, line: 0, column: 0, path: "", message, ...more }],
  });
  let bytes: Buffer;
  try {
    const status = statSync(file);
    if (status.isDirectory()) return fail("this is a folder, not a manifest");
    if (status.size > MAX_BYTES)
      return fail(`${status.size} bytes are more than a manifest can have`, { expected: `at most ${MAX_BYTES} bytes` });
    bytes = readFileSync(file);
  } catch (error) {
    const code = (error as { code?: string }).code;
    return code === "ENOENT"
      ? fail("there is no such file", neighbour(file))
      : fail(`it cannot be read: ${(error as Error).message}`);
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return fail("this is not text in UTF-8", { expected: "a manifest in YAML or JSON" });
  }
  return parseSource(file, text);
}

export function parseSource(file: string, text: string): Parsed {
  const counter = countLines(text);
  const deep = tooDeep(text);
  if (deep !== undefined) return { ok: false, diagnostics: [new Source(file, text, null, counter).at(deep)] };
  // Keys are checked while reading: the parser's own check takes quadratic time.
  const document = parseDocument(text, { prettyErrors: false, strict: true, uniqueKeys: false });
  // A tag that nobody knows is a warning to the parser; here it would silently become something else.
  const errors = [...document.errors, ...document.warnings];
  if (errors.length > 0) {
    return { ok: false, diagnostics: syntaxProblems(new Source(file, text, null, counter), errors, text, document) };
  }
  const source = new Source(file, text, document.contents as Node | null, counter);
  if (source.shapeProblems.length > 0) return { ok: false, diagnostics: source.shapeProblems };
  if (source.value === null || typeof source.value !== "object" || Array.isArray(source.value)) {
    const message = source.value === null ? "this file is empty" : "this is not a manifest";
    return { ok: false, diagnostics: [source.problem([], message, { expected: "a map of keys and values" })] };
  }
  return { ok: true, source };
}

/**
 * Where lines begin. The parser, given a counter, misses line ends inside of a token that it gives up on (yaml 2.9.1:
 * `*x!t ---\n[`), and what follows would be placed beyond the end of its line.
 */
function countLines(text: string): LineCounter {
  const counter = new LineCounter();
  counter.addNewLine(0);
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) counter.addNewLine(at + 1);
  return counter;
}

/**
 * Where the text nests too deeply. The library composes by recursion, and a stack that is almost full can end the whole
 * process in a way that nobody can catch; its tokeniser keeps a stack of its own.
 */
function tooDeep(text: string): ShapeProblem | undefined {
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    for (const _ of parser.next(lexeme));
    if (parser.stack.length > MAX_OPEN_TOKENS) return { offset: parser.offset, message: TOO_DEEP };
  }
  return undefined;
}

/** The first error of a line says what is wrong; the others follow from it. */
function syntaxProblems(source: Source, errors: readonly YAMLError[], text: string, document: Document): Diagnostic[] {
  const perLine = new Map<number, YAMLError>();
  for (const error of errors) {
    const { line } = source.at({ offset: error.pos[0], message: "" });
    if (!perLine.has(line)) perLine.set(line, error);
    if (perLine.size === MAX_SYNTAX_ERRORS) break;
  }
  return [...perLine.values()].map((error) => source.at(explainSyntax(error, text, document)));
}

/** The file in the same folder whose name was probably meant. */
function neighbour(file: string): Partial<Diagnostic> {
  let names: string[];
  try {
    names = readdirSync(dirname(file)).filter((name) => /\.(ya?ml|json)$/.test(name));
  } catch {
    return { expected: `a file; there is no folder "${dirname(file)}" either` };
  }
  const name = didYouMean(basename(file), names);
  return name === undefined ? {} : { suggestion: join(dirname(file), name) };
}
