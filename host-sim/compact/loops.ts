/**
 * Walks arrays by index: a `for (const x of list)` asks for an iterator, closes it whatever happens, and takes some 90 bytes of XS
 * for that, and an object each time; a loop by index takes 45.
 *
 * It rests on a rule for portable rooms, which `loops.test.ts` proves from the types: what such a loop walks is an array, or it says
 * `keys()`, `values()` or `entries()`, or takes its pairs apart by `[key, value]`. Those stay.
 */
import {
  type AnyNode,
  type BlockStatement,
  type Expression,
  type ForOfStatement,
  type ForStatement,
  type Pattern,
  parse,
} from "acorn";
import { childrenOf } from "./blanks";
import { Edits, FreshNames } from "./edits";

export function withIndexedLoops(code: string): string {
  const edits = new Edits(code);
  const fresh = new FreshNames(code);
  const visit = (node: AnyNode, labelled: boolean): void => {
    if (node.type === "ForOfStatement" && !labelled) byIndex(node, code, edits, fresh);
    else if (node.type === "ForStatement" && !labelled) withOneVariable(node, edits);
    for (const child of childrenOf(node)) visit(child, node.type === "LabeledStatement");
  };
  visit(parse(code, { ecmaVersion: 2022, sourceType: "module" }), false);
  return edits.apply();
}

const ITERATORS = ["keys", "values", "entries"];

/** Whether the loop may walk something else than an array. */
export function walksByIterator(left: Pattern, right: Expression): boolean {
  if (left.type === "ArrayPattern") return true;
  if (right.type !== "CallExpression" || right.callee.type !== "MemberExpression") return false;
  const { property } = right.callee;
  return property.type === "Identifier" && ITERATORS.includes(property.name);
}

function byIndex(loop: ForOfStatement, code: string, edits: Edits, fresh: FreshNames): void {
  const { left, right, body } = loop;
  if (left.type !== "VariableDeclaration" || loop.await) return;
  const [{ id }] = left.declarations;
  if (walksByIterator(id, right) || (body.type === "BlockStatement" && declaresAnyOf(body, namesOf(id)))) return;
  const list = fresh.next();
  const index = fresh.next();
  // Counted before the body, so that `continue` finds it counted.
  const head = `${left.kind} ${code.slice(id.start, id.end)} = ${list}[${index}]; ${index}++;`;
  edits.replace(loop.start, right.start, `{ const ${list} = `);
  if (body.type === "BlockStatement") {
    edits.replace(right.end, body.start + 1, `; let ${index} = 0; while (${index} < ${list}.length) { ${head}`);
    edits.insert(body.end, "}");
  } else {
    edits.replace(right.end, body.start, `; let ${index} = 0; while (${index} < ${list}.length) { ${head}`);
    edits.insert(body.end, "} }");
  }
}

/**
 * A variable in the head of a `for` is made anew for each turn, which nobody sees unless a function within keeps one: it can be
 * declared before the loop.
 */
function withOneVariable(loop: ForStatement, edits: Edits): void {
  const { init } = loop;
  if (init?.type !== "VariableDeclaration" || init.kind === "var" || isKept(loop, namesOf(init))) return;
  edits.replace(loop.start, init.start, "{ ");
  edits.insert(init.end, "; for (");
  edits.insert(loop.end, " }");
}

/** Whether a function within names one of them. */
function isKept(node: AnyNode, names: ReadonlySet<string>): boolean {
  return childrenOf(node).some((child) =>
    isFunction(child) ? [...namesOf(child)].some((name) => names.has(name)) : isKept(child, names),
  );
}

function isFunction({ type }: AnyNode): boolean {
  return ["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"].includes(type);
}

/** Every name that is in it. */
function namesOf(within: AnyNode): Set<string> {
  const names = new Set<string>();
  const visit = (node: AnyNode): void => {
    if (node.type === "Identifier") names.add(node.name);
    for (const child of childrenOf(node)) visit(child);
  };
  visit(within);
  return names;
}

/** What a block itself declares would clash with what the loop's head declares in it. */
function declaresAnyOf({ body }: BlockStatement, names: ReadonlySet<string>): boolean {
  return body.some((statement) => {
    if (statement.type === "VariableDeclaration")
      return statement.declarations.some((one) => [...namesOf(one.id)].some((name) => names.has(name)));
    if (statement.type === "FunctionDeclaration" || statement.type === "ClassDeclaration")
      return names.has(statement.id.name);
    return false;
  });
}
