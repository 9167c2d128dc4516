/** Changes to a program's text that keep every line where it was, so that a source map still leads to the right line. */
export class Edits {
  readonly #code: string;
  readonly #edits: { readonly start: number; readonly end: number; readonly text: string }[] = [];

  constructor(code: string) {
    this.#code = code;
  }

  /** Stretches must not overlap. What is inserted at one place stands in the order in which it was asked for. */
  replace(start: number, end: number, text: string): void {
    if (text.includes("\n")) throw new Error("an edit would move the lines below it");
    this.#edits.push({ start, end, text });
  }

  insert(at: number, text: string): void {
    this.replace(at, at, text);
  }

  apply(): string {
    let result = "";
    let at = 0;
    for (const { start, end, text } of this.#edits.sort((a, b) => a.start - b.start || a.end - b.end)) {
      if (start < at) throw new Error(`two edits of one stretch: ${this.#code.slice(start, end)}`);
      result += this.#code.slice(at, start) + text + this.#code.slice(start, end).replace(/[^\n]/g, "");
      at = end;
    }
    return result + this.#code.slice(at);
  }
}

/** Names that nothing in a program has: `$1`, `$2` and so on. */
export class FreshNames {
  readonly #code: string;
  #last = 0;

  constructor(code: string) {
    this.#code = code;
  }

  next(): string {
    do this.#last++;
    while (this.#code.includes(`$${this.#last}`));
    return `$${this.#last}`;
  }
}
