/**
 * Writes tables of texts or numbers as one text that is split when the module is loaded, which on a device is at link time: an
 * element of an array costs seven bytes of XS beside itself, and in a text one.
 *
 * Only what runs once, as a module is loaded: within functions a split would allocate and take its time.
 */
import { type AnyNode, type ArrayExpression, parse } from "acorn";
import { childrenOf } from "./blanks";
import { Edits } from "./edits";
import { moduleBody } from "./program";

export function withSplitTables(code: string): string {
  const edits = new Edits(code);
  const visit = (node: AnyNode): void => {
    if (node.type === "ArrayExpression") {
      const short = shorter(node);
      if (short !== undefined) {
        edits.replace(node.start, node.end, short);
        return;
      }
    }
    for (const child of childrenOf(node)) if (!runsLater(child)) visit(child);
  };
  for (const statement of moduleBody(parse(code, { ecmaVersion: 2022, sourceType: "module" })))
    if (!runsLater(statement)) visit(statement);
  return edits.apply();
}

function runsLater({ type }: AnyNode): boolean {
  return ["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression", "MethodDefinition"].includes(type);
}

const SEPARATORS = [" ", ",", "|"];
/** Bytes of XS: an array and each of its elements, a call of `split`, one of `map(Number)`. */
const ARRAY_BYTES = 23;
const ELEMENT_BYTES = 7;
const SPLIT_BYTES = 15;
const MAP_BYTES = 13;
/** Less is not worth the time that it takes as a module is loaded. */
const WORTH_BYTES = 6;

function shorter({ elements }: ArrayExpression): string | undefined {
  const values = elements.map(literalOf);
  const isText = values.every((value) => typeof value === "string");
  if (values.length === 0 || !(isText || values.every((value) => typeof value === "number"))) return undefined;
  const separator = SEPARATORS.find((one) => !values.some((value) => String(value).includes(one)));
  if (separator === undefined) return undefined;
  const text = values.join(separator);
  const before = values.reduce((sum: number, value) => sum + ELEMENT_BYTES + bytesOf(value!), ARRAY_BYTES);
  const after = Buffer.byteLength(text) + SPLIT_BYTES + (isText ? 0 : MAP_BYTES);
  if (before - after < WORTH_BYTES) return undefined;
  // Marked as what can go where nobody uses it, as an array can.
  return `/* @__PURE__ */ ${JSON.stringify(text)}.split(${JSON.stringify(separator)})${isText ? "" : ".map(Number)"}`;
}

function literalOf(element: AnyNode | null): string | number | undefined {
  if (element?.type === "Literal" && (typeof element.value === "string" || typeof element.value === "number"))
    return element.value;
  if (element?.type !== "UnaryExpression" || element.operator !== "-") return undefined;
  const of = literalOf(element.argument);
  // -0 would come back as 0.
  return typeof of === "number" && of !== 0 ? -of : undefined;
}

/** What it takes in byte code by itself. */
function bytesOf(value: string | number): number {
  if (typeof value === "string") return Buffer.byteLength(value) + 3;
  if (!Number.isInteger(value) || Math.abs(value) > 0x7fffffff) return 9;
  return Math.abs(value) < 0x80 ? 2 : Math.abs(value) < 0x8000 ? 3 : 5;
}
