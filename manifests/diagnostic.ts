/** What is wrong with a file, for people and for machines: the place, the reason, what was expected, what was meant. */

export type Diagnostic = {
  readonly file: string;
  /** From 1; 0 when the problem is the file itself. */
  readonly line: number;
  readonly column: number;
  /** Where in the document, for example `devices.hall-climate.driver`. */
  readonly path: string;
  readonly message: string;
  readonly expected?: string;
  /** What was probably meant. */
  readonly suggestion?: string;
  /** The source line, for the caret. */
  readonly excerpt?: string;
};

/** Problems shown at once; the rest is counted. */
const SHOWN = 20;
/** Columns of a source line that are shown around the place. */
const EXCERPT_COLUMNS = 120;
/** Characters of a file's text that a message repeats; no name is longer. */
const QUOTED = 64;

export function formatDiagnostics(diagnostics: readonly Diagnostic[], options: { readonly colour: boolean }): string {
  const sorted = [...diagnostics].sort((a, b) => a.line - b.line || a.column - b.column);
  const blocks = sorted.slice(0, SHOWN).map((diagnostic) => format(diagnostic, options.colour));
  const hidden = sorted.length - SHOWN;
  if (hidden > 0) blocks.push(`and ${hidden} more ${hidden === 1 ? "problem" : "problems"}`);
  return blocks.join("\n");
}

function format(diagnostic: Diagnostic, colour: boolean): string {
  const { file, line, column, message, expected, suggestion, excerpt } = diagnostic;
  const red = (text: string) => (colour ? `\x1b[31m${text}\x1b[0m` : text);
  const place = line > 0 ? `${file}:${line}:${column}` : file;
  const lines = [`${place}: ${red("error")}: ${message}`];
  if (excerpt !== undefined && line > 0) lines.push(...caret(excerpt, line, column));
  if (expected !== undefined) lines.push(`  expected: ${expected}`);
  if (suggestion !== undefined) lines.push(`  did you mean "${suggestion}"?`);
  return lines.join("\n");
}

function caret(excerpt: string, line: number, column: number): string[] {
  const start = Math.max(0, column - EXCERPT_COLUMNS);
  const shown = excerpt.slice(start, start + EXCERPT_COLUMNS).replace(/[\t\p{Cc}]/gu, " ");
  const gutter = `  ${line} | `;
  return [`${gutter}${shown}`, `${" ".repeat(gutter.length - 2)}| ${" ".repeat(Math.max(0, column - 1 - start))}^`];
}

/** What was written, short enough for a message. */
export function clip(text: string): string {
  return text.length > QUOTED ? `${text.slice(0, QUOTED - 3)}...` : text;
}

/** A choice of names, as what was expected. */
export function oneOf(names: readonly unknown[]): string {
  return names.length === 1 ? String(names[0]) : `one of ${names.join(", ")}`;
}

/** Help with a word that nobody knows: what there is, and what was probably meant. */
export function nearest(word: string, known: readonly string[]): { expected?: string; suggestion?: string } {
  const suggestion = didYouMean(word, known);
  return {
    ...(known.length > 0 ? { expected: oneOf(known) } : {}),
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

/** The candidate nearest to `word`, when it is near enough to be a slip of the hand. */
export function didYouMean(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > QUOTED) return undefined;
  let best: string | undefined;
  let least = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

/** Damerau-Levenshtein distance with adjacent swaps: the slips of a typing hand. */
function editDistance(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, i) => {
    const row = new Array<number>(b.length + 1).fill(0);
    row[0] = i;
    return row;
  });
  for (let j = 0; j <= b.length; j++) rows[0][j] = j;
  for (let i = 1; i <= a.length; i++)
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      rows[i][j] = Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        rows[i][j] = Math.min(rows[i][j], rows[i - 2][j - 2] + 1);
    }
  return rows[a.length][b.length];
}
