/**
 * Says `const a = o.a, b = o.b` for `const { a, b } = o`, in declarations, parameters and the heads of loops. A pattern costs nine
 * bytes of XS beside its names, and what is plain can be put in its one place of use (terser does).
 *
 * Patterns with defaults, rests, computed keys or patterns within stay. It means the same as long as reading a property twice
 * gives the same: a getter that counts its readers is not for portable rooms.
 */
import {
  type AnyNode,
  type BlockStatement,
  type Expression,
  type FunctionDeclaration,
  type Identifier,
  type ObjectPattern,
  type Pattern,
  parse,
  type VariableDeclarator,
} from "acorn";
import { childrenOf } from "./blanks";
import { Edits, FreshNames } from "./edits";

type FunctionLike = Pick<FunctionDeclaration, "params"> & { readonly body: BlockStatement | Expression };

type Taken = { readonly key: string; readonly name: string };

export function withoutPatterns(code: string): string {
  const edits = new Edits(code);
  const fresh = new FreshNames(code);
  const visit = (node: AnyNode): void => {
    if (node.type === "VariableDeclarator") declarator(node, code, edits, fresh);
    else if (
      node.type === "FunctionDeclaration" ||
      node.type === "FunctionExpression" ||
      node.type === "ArrowFunctionExpression"
    )
      parameters(node, edits, fresh);
    for (const child of childrenOf(node)) visit(child);
  };
  visit(parse(code, { ecmaVersion: 2022, sourceType: "module", preserveParens: true }));
  return edits.apply();
}

function declarator({ id, init, start, end }: VariableDeclarator, code: string, edits: Edits, fresh: FreshNames): void {
  const taken = takenBy(id);
  if (taken === undefined || taken.length === 0 || init === null || init === undefined) return;
  const plain = init.type === "ThisExpression" || init.type === "Identifier";
  const from = plain ? code.slice(init.start, init.end) : fresh.next();
  // `const { a } = a` means the outer a, which its own declaration hides.
  if (taken.some(({ name }) => name === from)) return;
  const read = taken.map(({ key, name }) => `${name} = ${from}.${key}`);
  if (plain) edits.replace(start, end, read.join(", "));
  else if (taken.length === 1) {
    const [{ key, name }] = taken;
    const [before, behind] = isTight(init) ? ["", ""] : ["(", ")"];
    edits.replace(start, init.start, `${name} = ${before}`);
    edits.insert(init.end, `${behind}.${key}`);
  } else {
    edits.replace(start, init.start, `${from} = `);
    edits.insert(init.end, `, ${read.join(", ")}`);
  }
}

/** Binds as tightly as a property that is asked of it. */
function isTight({ type }: Expression): boolean {
  return ["MemberExpression", "CallExpression", "ParenthesizedExpression"].includes(type);
}

function parameters({ params, body }: FunctionLike, edits: Edits, fresh: FreshNames): void {
  // A default may call what changes what a later pattern takes apart.
  if (params.some(({ type }) => type === "AssignmentPattern")) return;
  const reads: string[] = [];
  for (const parameter of params) {
    const taken = takenBy(parameter);
    if (taken === undefined || taken.length === 0) continue;
    const from = fresh.next();
    edits.replace(parameter.start, parameter.end, from);
    for (const { key, name } of taken) reads.push(`${name} = ${from}.${key}`);
  }
  if (reads.length === 0) return;
  // `let`: a parameter may be written to.
  const first = `let ${reads.join(", ")};`;
  if (body.type === "BlockStatement") edits.insert(body.start + 1, first);
  else {
    edits.insert(body.start, `{ ${first} return `);
    edits.insert(body.end, "; }");
  }
}

/** Undefined for what is no pattern of names alone. */
function takenBy(pattern: Pattern): Taken[] | undefined {
  if (pattern.type !== "ObjectPattern") return undefined;
  const taken: Taken[] = [];
  for (const property of (pattern as ObjectPattern).properties) {
    if (property.type !== "Property" || property.computed || property.key.type !== "Identifier") return undefined;
    if (property.value.type !== "Identifier") return undefined;
    taken.push({ key: property.key.name, name: (property.value as Identifier).name });
  }
  return taken;
}
