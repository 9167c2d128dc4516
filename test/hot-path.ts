/**
 * Reads what a source marks as hot path and looks for anything that allocates. A text check: it knows the shapes that
 * TypeScript has for making objects, not what a called function does; that is marked in its own place.
 */

export type HotFunction = { readonly name: string; readonly line: number; readonly body: string };

const MARK = /^\s*\/\/ hot path\b/;

/** Functions and methods that follow a line `// hot path`. */
export function hotFunctions(source: string): HotFunction[] {
  const lines = source.split("\n");
  const found: HotFunction[] = [];
  lines.forEach((line, index) => {
    if (!MARK.test(line)) return;
    const rest = lines.slice(index + 1).join("\n");
    const code = withoutComments(rest);
    const open = bodyStart(code);
    const body = code.slice(open, closing(code, open) + 1);
    const name = /(?:function\s+)?(#?[\w$]+)\s*\(/.exec(code.slice(0, open))?.[1] ?? "?";
    found.push({ name, line: index + 1, body });
  });
  return found;
}

const ALLOCATES: readonly (readonly [string, RegExp])[] = [
  ["a closure", /=>|\bfunction\b/],
  ["an object", /(?:[=(,:?[]|\breturn|\byield)\s*\{/],
  ["an array", /(?:[=(,:?]|\breturn)\s*\[/],
  ["a string", /\$\{/],
  ["an instance", /(?<!throw )\bnew\s/],
  ["a copy or a view", /\.(?:slice|subarray|filter|concat|from|of|split|join|entries|keys|values)\(/],
  ["an iterator", /\bfor\s*\([^;)]*\bof\b/],
  ["a spread", /\.\.\./],
];

/** What the body of a hot function makes; empty when it makes nothing. */
export function allocations(body: string): string[] {
  // What leads to a throw may cost what it likes.
  const code = body.replace(/throw new [^;]*;/g, "");
  return ALLOCATES.filter(([, pattern]) => pattern.test(code)).map(([what]) => what);
}

function withoutComments(code: string): string {
  return code.replace(/\/\*[\s\S]*?\*\//g, "").replace(/\/\/[^\n]*/g, "");
}

/** The brace that opens the function's body: the first one outside parentheses. */
function bodyStart(code: string): number {
  let depth = 0;
  for (let at = 0; at < code.length; at++) {
    if (code[at] === "(") depth++;
    else if (code[at] === ")") depth--;
    else if (code[at] === "{" && depth === 0) return at;
  }
  throw new Error("a hot path mark without a function behind it");
}

function closing(code: string, open: number): number {
  let depth = 0;
  for (let at = open; at < code.length; at++) {
    if (code[at] === "{") depth++;
    else if (code[at] === "}" && --depth === 0) return at;
  }
  throw new Error("a function without an end");
}
