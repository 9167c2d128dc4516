/**
 * Gives a bundle's module variables back what they were. esbuild says `var` for each `const`, `let` and `class`; XS makes a `var`
 * undefined before anything runs, which costs five bytes, and a `const` not. As in the sources, one that is read before its
 * line is an error.
 */
import { type AnyNode, type Program, parse, type Statement } from "acorn";
import { childrenOf } from "./blanks";
import { Edits } from "./edits";

export function withModuleConstants(code: string): string {
  const program = parse(code, { ecmaVersion: 2022, sourceType: "module" });
  const written = writtenNames(program);
  const edits = new Edits(code);
  for (const statement of moduleStatements(program)) {
    if (statement.type !== "VariableDeclaration" || statement.kind !== "var") continue;
    const names = statement.declarations.map(({ id, init }) =>
      id.type === "Identifier" && init ? id.name : undefined,
    );
    if (names.includes(undefined)) continue;
    const word = names.some((name) => written.has(name!)) ? "let" : "const";
    edits.replace(statement.start, statement.start + "var".length, word);
  }
  return edits.apply();
}

/** Those of a module, or of the one function that a script is. */
function moduleStatements({ body }: Program): readonly (Statement | Program["body"][number])[] {
  const [first] = body;
  if (body.length !== 1 || first.type !== "ExpressionStatement" || first.expression.type !== "CallExpression")
    return body;
  const { callee } = first.expression;
  return callee.type === "ArrowFunctionExpression" && callee.body.type === "BlockStatement" ? callee.body.body : body;
}

/** Whatever is assigned to, in any scope. */
function writtenNames(program: Program): Set<string> {
  const names = new Set<string>();
  const target = (node: AnyNode): void => {
    if (node.type === "Identifier") names.add(node.name);
    else if (node.type !== "MemberExpression") for (const child of childrenOf(node)) target(child);
  };
  const visit = (node: AnyNode): void => {
    if (node.type === "AssignmentExpression") target(node.left);
    else if (node.type === "UpdateExpression") target(node.argument);
    else if (
      (node.type === "ForOfStatement" || node.type === "ForInStatement") &&
      node.left.type !== "VariableDeclaration"
    )
      target(node.left);
    for (const child of childrenOf(node)) visit(child);
  };
  visit(program);
  return names;
}
