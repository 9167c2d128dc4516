/** Takes out what a constant decides against: what `drivers/linked.ts` says 0 about. */
import { type AnyNode, type Expression, type PrivateIdentifier, parse } from "acorn";
import { Blanks, visitNodes } from "./blanks";

export function withoutDeadBranches(code: string): string {
  const blanks = new Blanks(code);
  visitNodes(parse(code, { ecmaVersion: 2022, sourceType: "module" }), (node) => {
    if (node.type === "LogicalExpression") {
      const known = constantOf(node);
      if (known !== undefined) blanks.add(node.start, node.end, String(known.value));
    } else if (node.type === "IfStatement" || node.type === "ConditionalExpression") {
      const test = constantOf(node.test);
      if (test === undefined) return;
      const lives: AnyNode | null | undefined = test.value ? node.consequent : node.alternate;
      if (lives === null || lives === undefined) blanks.add(node.start, node.end, ";");
      else {
        blanks.add(node.start, lives.start);
        blanks.add(lives.end, node.end);
      }
    }
  });
  return blanks.apply();
}

type Constant = { readonly value: number | boolean };

function constantOf(node: Expression | PrivateIdentifier): Constant | undefined {
  switch (node.type) {
    case "Literal":
      return typeof node.value === "number" || typeof node.value === "boolean" ? { value: node.value } : undefined;
    case "ParenthesizedExpression":
      return constantOf(node.expression);
    case "UnaryExpression": {
      const of = node.operator === "!" ? constantOf(node.argument) : undefined;
      return of === undefined ? undefined : { value: !of.value };
    }
    case "BinaryExpression": {
      if (node.operator !== "===" && node.operator !== "!==") return undefined;
      const left = constantOf(node.left);
      const right = constantOf(node.right);
      if (left === undefined || right === undefined) return undefined;
      return { value: (left.value === right.value) === (node.operator === "===") };
    }
    case "LogicalExpression": {
      const left = constantOf(node.left);
      if (left === undefined || node.operator === "??") return left;
      // What is on the right is asked only where the left does not decide.
      return Boolean(left.value) === (node.operator === "||") ? left : constantOf(node.right);
    }
  }
  return undefined;
}
