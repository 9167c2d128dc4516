/** Holds a value against a TypeBox schema and says in plain words what is wrong, at its place. */
import type { TSchema } from "typebox";
import { Settings } from "typebox/system";
import { Errors } from "typebox/value";
import { clip, type Diagnostic, didYouMean, nearest, oneOf } from "./diagnostic";
import { NAME_RULE } from "./schema/words";
import type { Path, Source } from "./source";

type SchemaNode = {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly SchemaNode[];
  readonly properties?: { readonly [key: string]: SchemaNode };
  readonly patternProperties?: { readonly [pattern: string]: SchemaNode };
  readonly items?: SchemaNode;
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
};

type SchemaError = ReturnType<typeof Errors>[number];

// The library stops at eight, and a choice of eight words already fails eight times.
Settings.Set({ maxErrors: 1000 });

/** @param path where `value` stands in the document */
export function checkStructure(source: Source, path: Path, schema: TSchema, value: unknown): Diagnostic[] {
  return new StructureCheck(source, path, schema as SchemaNode, value).run();
}

class StructureCheck {
  readonly #source: Source;
  readonly #path: Path;
  readonly #schema: SchemaNode;
  readonly #value: unknown;
  /** By place and key: a value says once what is wrong with it. */
  readonly #diagnostics = new Map<string, Diagnostic>();
  readonly #missing: { readonly id: string; readonly path: string; readonly key: string }[] = [];

  constructor(source: Source, path: Path, schema: SchemaNode, value: unknown) {
    this.#source = source;
    this.#path = path;
    this.#schema = schema;
    this.#value = value;
  }

  run(): Diagnostic[] {
    const errors = Errors(this.#schema as TSchema, this.#value);
    const choices = errors.filter((error) => error.keyword === "anyOf");
    for (const error of errors) {
      // What a branch of a choice wants matters only when it was the branch that was meant: see #choice.
      if (choices.some((choice) => isInBranch(error, choice))) continue;
      const inner = pointerToPath(error.instancePath);
      const node = schemaAt(this.#schema, inner);
      if (error.keyword === "additionalProperties")
        for (const key of (error.params as { additionalProperties: string[] }).additionalProperties)
          this.#unknown(inner, key, node);
      else if (error.keyword === "required")
        for (const key of (error.params as { requiredProperties: string[] }).requiredProperties)
          this.#lacks(inner, key, node);
      else if (error.keyword === "anyOf") this.#choice(inner, node);
      else if (error.keyword !== "boolean") this.#wrong(inner, node);
    }
    this.#forgiveMisspelt();
    return [...this.#diagnostics.values()];
  }

  #add(diagnostic: Diagnostic, key = ""): string {
    const id = `${diagnostic.path} ${key}`;
    if (!this.#diagnostics.has(id)) this.#diagnostics.set(id, diagnostic);
    return id;
  }

  #unknown(inner: Path, key: string, node: SchemaNode | undefined): void {
    const place = [...this.#path, ...inner, key];
    if (node?.properties === undefined && node?.patternProperties !== undefined)
      this.#add(this.#source.problem(place, `"${clip(key)}" cannot be a name here`, { expected: NAME_RULE }, "key"));
    else
      this.#add(
        this.#source.problem(
          place,
          `unknown key "${clip(key)}"`,
          nearest(key, Object.keys(node?.properties ?? {})),
          "key",
        ),
      );
  }

  #lacks(inner: Path, key: string, node: SchemaNode | undefined): void {
    const place = [...this.#path, ...inner];
    const expected = describe(node?.properties?.[key]);
    const id = this.#add(this.#source.problem(place, `"${key}" is missing`, { expected }, "key"), key);
    this.#missing.push({ id, path: place.join("."), key });
  }

  /** A key that was misspelt is not missing as well. */
  #forgiveMisspelt(): void {
    for (const { id, path, key } of this.#missing)
      for (const { path: other, suggestion } of this.#diagnostics.values())
        if (suggestion === key && other.slice(0, other.lastIndexOf(".") + 1) === (path === "" ? "" : `${path}.`))
          this.#diagnostics.delete(id);
  }

  /** None of several shapes fits: judges the value by the shape that its keys come from. */
  #choice(inner: Path, node: SchemaNode | undefined): void {
    const value = valueAt(this.#value, inner);
    const shapes = (node?.anyOf ?? []).filter((branch) => branch.properties !== undefined);
    const keys = value !== null && typeof value === "object" && !Array.isArray(value) ? Object.keys(value) : [];
    if (shapes.length === 0 || keys.length === 0) {
      this.#wrong(inner, node);
      return;
    }
    const shared = (branch: SchemaNode) => keys.filter((key) => Object.hasOwn(branch.properties!, key)).length;
    const meant = [...shapes].sort((a, b) => shared(b) - shared(a))[0];
    const all = Object.assign({}, ...shapes.map((shape) => shape.properties)) as Record<string, SchemaNode>;
    if (shared(meant) === 0) for (const key of keys) this.#unknown(inner, key, { properties: all });
    else
      for (const problem of checkStructure(this.#source, [...this.#path, ...inner], meant as TSchema, value))
        this.#add(problem, problem.message);
  }

  #wrong(inner: Path, node: SchemaNode | undefined): void {
    const place = [...this.#path, ...inner];
    const value = valueAt(this.#value, inner);
    const written = this.#source.written(place);
    const last = place.at(-1);
    if ((value === null || value === undefined) && typeof last === "string")
      this.#add(this.#source.problem(place, `"${clip(last)}" has no value`, { expected: describe(node) }));
    else
      this.#add(
        this.#source.problem(place, `${show(value, written)} is not valid here`, valueHelp(node, value, written)),
      );
  }
}

function isInBranch(error: SchemaError, choice: SchemaError): boolean {
  const samePlace =
    error.instancePath === choice.instancePath || error.instancePath.startsWith(`${choice.instancePath}/`);
  return samePlace && error.schemaPath.startsWith(`${choice.schemaPath}/anyOf/`);
}

function valueHelp(node: SchemaNode | undefined, value: unknown, written = ""): Partial<Diagnostic> {
  // YAML reads 0007 as a number and true as a truth value: text that looks like one wants quotes.
  if (node?.type === "string" && node.pattern === undefined && typeof value !== "object" && typeof value !== "string")
    return { expected: `text; in quotes: ${JSON.stringify(written)}` };
  const literals = literalsOf(node);
  const suggestion = typeof value === "string" ? didYouMean(value, literals.map(String)) : undefined;
  return { expected: describe(node, written.startsWith("0x")), ...(suggestion === undefined ? {} : { suggestion }) };
}

/** What a value must be, for a person. */
export function describe(node: SchemaNode | undefined, inHex = false): string {
  if (node === undefined) return "nothing";
  const literals = literalsOf(node);
  const format = literals.length === 0 ? formatOf(node) : undefined;
  if (format !== undefined) return format;
  const shown = literals.map((one) => (inHex && typeof one === "number" ? `0x${one.toString(16)}` : one));
  const kind = shown.length > 0 ? oneOf(shown) : kindOf(node);
  return node.description === undefined ? kind : `${kind}. ${node.description}`;
}

/** A text with a pattern says in the last sentence of its description what it looks like. */
function formatOf(node: SchemaNode): string | undefined {
  const hasPattern = node.pattern !== undefined || (node.anyOf ?? []).some((branch) => branch.pattern !== undefined);
  if (!hasPattern || node.description === undefined) return undefined;
  const sentence = node.description.split(/(?<=\.)\s+(?=[A-Z])/).at(-1)!;
  return `${sentence.charAt(0).toLowerCase()}${sentence.slice(1).replace(/\.$/, "")}`;
}

function kindOf(node: SchemaNode): string {
  if (node.anyOf !== undefined) return [...new Set(node.anyOf.map(kindOf))].join(" or ");
  const range =
    node.minimum === undefined
      ? ""
      : ` from ${node.minimum}${node.maximum === undefined ? " up" : ` to ${node.maximum}`}`;
  switch (node.type) {
    case "integer":
      return `a whole number${range}`;
    case "number":
      return `a number${range}`;
    case "string":
      return "text";
    case "boolean":
      return "true or false";
    case "array":
      return "a list";
    case "object":
      return node.properties === undefined ? "a map" : `a map with ${Object.keys(node.properties).join(", ")}`;
    default:
      return node.const === undefined ? "a value" : String(node.const);
  }
}

function literalsOf(node: SchemaNode | undefined): unknown[] {
  if (node?.const !== undefined) return [node.const];
  if (node?.enum !== undefined) return [...node.enum];
  const branches = node?.anyOf ?? [];
  return branches.length > 0 && branches.every((branch) => branch.const !== undefined)
    ? branches.map((b) => b.const)
    : [];
}

function schemaAt(root: SchemaNode, path: Path): SchemaNode | undefined {
  let node: SchemaNode | undefined = root;
  for (const part of path) {
    if (node === undefined) return undefined;
    const branch: SchemaNode | undefined = node.anyOf?.find((one) => one.properties?.[part] !== undefined);
    const owner: SchemaNode = branch ?? node;
    node = owner.items ?? owner.properties?.[part] ?? Object.values(owner.patternProperties ?? {})[0];
  }
  return node;
}

function valueAt(value: unknown, path: Path): unknown {
  let inner = value;
  for (const part of path) inner = (inner as Record<string | number, unknown> | null | undefined)?.[part];
  return inner;
}

function pointerToPath(pointer: string): (string | number)[] {
  if (pointer === "") return [];
  return pointer
    .slice(1)
    .split("/")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

/** Numbers as they were written, text in quotes. */
function show(value: unknown, written: string | undefined): string {
  return clip(typeof value === "string" || written === undefined ? JSON.stringify(value) : written);
}
