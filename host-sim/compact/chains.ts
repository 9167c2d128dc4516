/**
 * `this.b = this.a = 0` for `this.a = 0; this.b = 0`, one after the other: a value less to say, a result less to drop. The first is still
 * made first, so that an instance has its properties in the same order.
 */
import { type AnyNode, type AssignmentExpression, parse } from "acorn";
import { childrenOf } from "./blanks";
import { Edits } from "./edits";

export function withChainedAssignments(code: string): string {
  const program = parse(code, { ecmaVersion: 2022, sourceType: "module" });
  const setters = new Set<string>();
  const lists: (readonly AnyNode[])[] = [];
  const visit = (node: AnyNode): void => {
    if (node.type === "MethodDefinition" && node.kind === "set" && node.key.type === "Identifier")
      setters.add(node.key.name);
    if (node.type === "BlockStatement") lists.push(node.body);
    for (const child of childrenOf(node)) visit(child);
  };
  visit(program);
  const edits = new Edits(code);
  for (const list of lists) for (const run of runsOf(list, setters, code)) chain(run, code, edits);
  return edits.apply();
}

/** Neighbours that give properties of `this` the same constant. */
function runsOf(list: readonly AnyNode[], setters: ReadonlySet<string>, code: string): AssignmentExpression[][] {
  const runs: AssignmentExpression[][] = [];
  let last = "";
  for (const statement of list) {
    const assignment = plainAssignment(statement, setters);
    const value = assignment === undefined ? "" : code.slice(assignment.right.start, assignment.right.end);
    if (assignment !== undefined && value === last) runs.at(-1)!.push(assignment);
    else if (assignment !== undefined) runs.push([assignment]);
    last = value;
  }
  return runs.filter(({ length }) => length > 1);
}

function plainAssignment(statement: AnyNode, setters: ReadonlySet<string>): AssignmentExpression | undefined {
  if (statement.type !== "ExpressionStatement" || statement.expression.type !== "AssignmentExpression")
    return undefined;
  const { left, right, operator } = statement.expression;
  if (operator !== "=" || left.type !== "MemberExpression" || left.object.type !== "ThisExpression") return undefined;
  if (left.computed || left.property.type !== "Identifier" || setters.has(left.property.name)) return undefined;
  const isConstant =
    (right.type === "Literal" && typeof right.value !== "object") ||
    (right.type === "UnaryExpression" && right.argument.type === "Literal" && right.operator !== "delete") ||
    (right.type === "Identifier" && right.name === "undefined");
  return isConstant ? statement.expression : undefined;
}

/** What comes last stands first, and is evaluated last. */
function chain(run: readonly AssignmentExpression[], code: string, edits: Edits): void {
  const [first, ...others] = run;
  const text = (one: AssignmentExpression) => code.slice(one.left.start, one.left.end);
  edits.insert(
    first.start,
    [...others]
      .reverse()
      .map((one) => `${text(one)} = `)
      .join(""),
  );
  // The semicolon of each stays, as an empty statement.
  for (const one of others) edits.replace(one.start, one.end, "");
}
