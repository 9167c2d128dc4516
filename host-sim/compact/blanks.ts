/** Stretches of a program that become blank: all else stays where it is, line and column, so that a source map still holds. */
import type { AnyNode } from "acorn";

export class Blanks {
  readonly #code: string;
  readonly #stretches: { readonly start: number; readonly end: number; readonly instead: string }[] = [];

  constructor(code: string) {
    this.#code = code;
  }

  /** @param instead stands at its beginning, no longer than the stretch */
  add(start: number, end: number, instead = ""): void {
    if (end > start) this.#stretches.push({ start, end, instead });
  }

  apply(): string {
    let result = "";
    let at = 0;
    // Of two that overlap the one that begins first holds the other.
    for (const { start, end, instead } of this.#stretches.sort((a, b) => a.start - b.start || b.end - a.end)) {
      if (start < at) continue;
      result += this.#code.slice(at, start) + instead;
      result += this.#code.slice(start + instead.length, end).replace(/[^\n]/g, " ");
      at = end;
    }
    return result + this.#code.slice(at);
  }
}

/** Each node once, outer ones first. */
export function visitNodes(node: AnyNode, seen: (node: AnyNode) => void): void {
  seen(node);
  for (const child of childrenOf(node)) visitNodes(child, seen);
}

export function childrenOf(node: AnyNode): AnyNode[] {
  return Object.values(node)
    .flat()
    .filter((value): value is AnyNode => typeof value === "object" && value !== null && typeof value.type === "string");
}
