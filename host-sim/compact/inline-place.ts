/** Where a call stands, if a method's text can stand there. */
import type { AnyNode, CallExpression } from "acorn";

export type Place = {
  readonly kind: "statement" | "return" | "value";
  /** The statement whose place is taken. */
  readonly start: number;
  readonly end: number;
  /** What is given the value: a variable, or the text of a property of `this`. */
  readonly target: string | undefined;
  readonly left: string;
  /** What must stand before it. */
  readonly declares: string;
};

export function placeOf(call: CallExpression, within: readonly AnyNode[], code: string): Place | undefined {
  const outer = within.at(-1)!;
  const statement = within.at(-2);
  const plain = { target: undefined, left: "", declares: "", start: outer.start, end: outer.end };
  if (outer.type === "ExpressionStatement") return { ...plain, kind: "statement" };
  if (outer.type === "ReturnStatement") return { ...plain, kind: "return" };
  if (outer.type === "AssignmentExpression" && outer.operator === "=" && statement?.type === "ExpressionStatement") {
    const { left } = outer;
    const value = { ...plain, kind: "value", start: statement.start, end: statement.end } as const;
    if (left.type === "Identifier") return { ...value, target: left.name };
    const isOwn = left.type === "MemberExpression" && left.object.type === "ThisExpression" && !left.computed;
    return isOwn ? { ...value, left: code.slice(left.start, left.end) } : undefined;
  }
  if (outer.type !== "VariableDeclarator" || outer.init !== call || outer.id.type !== "Identifier") return undefined;
  const block = within.at(-3)?.type;
  if (statement?.type !== "VariableDeclaration" || statement.declarations.length !== 1) return undefined;
  if (block !== "BlockStatement" && block !== "SwitchCase") return undefined;
  const { name } = outer.id;
  return {
    kind: "value",
    start: statement.start,
    end: statement.end,
    target: name,
    left: "",
    declares: `let ${name}; `,
  };
}
