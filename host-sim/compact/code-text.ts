/**
 * Changes the code of a TypeScript source and leaves its strings, templates' texts and comments alone. Portable rooms have no
 * regular expressions (CONTRIBUTING.md), so a quote always begins a text.
 */

/**
 * @param change is given each stretch of code between texts and comments, in order
 * @param changeText is given each text and comment, its quotes included
 */
export function mapCode(
  source: string,
  change: (code: string) => string,
  changeText: (text: string) => string = (text) => text,
): string {
  let result = "";
  let start = 0;
  let at = 0;
  // Depths of braces at which a template's text goes on.
  const templates: number[] = [];
  let depth = 0;
  const codeEnds = (end: number) => {
    result += change(source.slice(start, end));
  };
  const textEnds = (from: number, end: number) => {
    result += changeText(source.slice(from, end));
    start = end;
    at = end;
  };
  while (at < source.length) {
    const two = source.slice(at, at + 2);
    if (two === "//" || two === "/*") {
      codeEnds(at);
      textEnds(at, endOfComment(source, at));
    } else if (source[at] === '"' || source[at] === "'") {
      codeEnds(at);
      textEnds(at, endOfString(source, at));
    } else if (source[at] === "`" || (source[at] === "}" && templates.at(-1) === depth)) {
      if (source[at] === "}") templates.pop();
      codeEnds(at);
      const end = endOfTemplateText(source, at + 1);
      if (source[end - 1] === "{") templates.push(depth);
      textEnds(at, end);
    } else {
      if (source[at] === "{") depth++;
      else if (source[at] === "}") depth--;
      at++;
    }
  }
  codeEnds(source.length);
  return result;
}

/** The code alone, everything where it was: texts and comments are blank. */
export function codeOnly(source: string): string {
  return mapCode(
    source,
    (code) => code,
    (text) => text.replace(/[^\n]/g, " "),
  );
}

function endOfComment(source: string, from: number): number {
  const end = source[from + 1] === "/" ? source.indexOf("\n", from) : source.indexOf("*/", from + 2) + 2;
  return end <= 1 ? source.length : end;
}

function endOfString(source: string, from: number): number {
  let at = from + 1;
  while (at < source.length && source[at] !== source[from]) at += source[at] === "\\" ? 2 : 1;
  return at + 1;
}

/** Behind the closing back quote, or behind the brace that begins an expression. */
function endOfTemplateText(source: string, from: number): number {
  let at = from;
  while (at < source.length && source[at] !== "`") {
    if (source[at] === "$" && source[at + 1] === "{") return at + 2;
    at += source[at] === "\\" ? 2 : 1;
  }
  return at + 1;
}
