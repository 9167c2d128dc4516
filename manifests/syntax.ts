/** What the YAML parser complains about, in the words of somebody who writes a manifest, at the place to look at. */
import { type Document, isCollection, isScalar, type Node, visit, type YAMLError } from "yaml";

export type SyntaxProblem = { readonly offset: number; readonly message: string; readonly expected?: string };

export function explainSyntax(error: YAMLError, text: string, document: Document): SyntaxProblem {
  const offset = error.pos[0];
  switch (error.code) {
    case "TAB_AS_INDENT":
      return { offset, message: "a tab stands in the indentation", expected: "spaces" };
    case "BAD_INDENT":
      return unclosedBracket(error, document) ?? { offset: firstInk(text, offset), ...INDENT };
    case "MISSING_CHAR":
      if (error.message.startsWith("Implicit map keys")) return { offset, ...NO_KEY };
      return unclosedQuote(error, document) ?? unclosedBracket(error, document) ?? plainly(error);
    case "MULTILINE_IMPLICIT_KEY":
      return { offset, ...NO_KEY };
    case "BLOCK_AS_IMPLICIT_KEY":
      return {
        offset,
        message: "a second key begins in this line",
        expected: 'one "key: value" in a line; text that holds ": " in quotes',
      };
    case "BAD_SCALAR_START":
      return { offset, message: `a value cannot begin with ${text[offset]}`, expected: "text in quotes" };
    case "BAD_DQ_ESCAPE":
      return { ...plainly(error), expected: "\\\\ for a backslash, or text in single quotes" };
    case "MULTIPLE_DOCS":
      return { offset, message: "a second document begins here", expected: "one manifest in a file" };
    default:
      return plainly(error);
  }
}

const NO_KEY = {
  message: "this is neither a key with a value nor an item of a list",
  expected: "key: value, or - value",
} as const;

const INDENT = {
  message: "this line does not stand in the column of the lines that it belongs to",
  expected: "the column in which the keys around it begin",
} as const;

const CLOSING: { readonly [opening: string]: string } = { "{": "}", "[": "]" };

/** The parser sees a missing bracket where the text goes on; a person looks for where it was opened. */
function unclosedBracket(error: YAMLError, document: Document): SyntaxProblem | undefined {
  const closing = error.message.match(/end with a ([}\]])/)?.[1];
  if (closing === undefined) return undefined;
  const node = innermost(document, error.pos[0], (one) => isCollection(one) && one.flow === true);
  const opening = closing === "}" ? "{" : "[";
  if (node === undefined) return undefined;
  return { offset: node, message: `this ${opening} is not closed`, expected: `a ${CLOSING[opening]}` };
}

function unclosedQuote(error: YAMLError, document: Document): SyntaxProblem | undefined {
  if (!/closing ["']quote/.test(error.message)) return undefined;
  const quoted = (one: unknown) => isScalar(one) && (one.type === "QUOTE_DOUBLE" || one.type === "QUOTE_SINGLE");
  const offset = innermost(document, error.pos[0], quoted);
  return offset === undefined
    ? undefined
    : { offset, message: "this quote is not closed", expected: "the same quote at the end of the text" };
}

/** Offset of the last node of a kind that begins before `offset`. */
function innermost(document: Document, offset: number, isKind: (node: unknown) => boolean): number | undefined {
  let found: number | undefined;
  visit(document, (_, node) => {
    const start = (node as Node | null)?.range?.[0];
    if (start !== undefined && start < offset && isKind(node)) found = start;
  });
  return found;
}

function firstInk(text: string, offset: number): number {
  let at = offset;
  while (text[at] === " ") at++;
  return at;
}

function plainly(error: YAMLError): SyntaxProblem {
  const [first] = error.message.split("\n");
  return { offset: error.pos[0], message: first.charAt(0).toLowerCase() + first.slice(1) };
}
