/** From YAML nodes to plain values, with the place and the text of everything, and with what a manifest must not use. */
import { isAlias, isMap, isScalar, isSeq, type Node } from "yaml";

/** A name for a place in a document: its parts joined by NUL. */
export function placeName(path: readonly (string | number)[]): string {
  return path.join("\0");
}

/** Something that YAML allows and a manifest does not. */
export type ShapeProblem = {
  readonly offset: number;
  readonly message: string;
  readonly expected?: string;
  /** The offset of an earlier place that this one collides with. */
  readonly earlier?: number;
};

/** Deeper than any site, and shallow enough for every walk over a value. */
export const MAX_DEPTH = 32;
export const TOO_DEEP = "this is nested too deeply for a manifest";
/** `8N1` and its kin are no numbers, although `8E1` reads like one. */
const SERIAL_MODE = /^[78][NEO][12]$/;

export class PlainReader {
  /** Offsets by place. */
  readonly keys = new Map<string, number>();
  readonly values = new Map<string, number>();
  /** Scalars as they were written: `0x46`, not 70. */
  readonly written = new Map<string, string>();
  readonly problems: ShapeProblem[] = [];

  read(node: unknown, path: readonly (string | number)[] = []): unknown {
    const offset = (node as Node | null)?.range?.[0] ?? 0;
    this.values.set(placeName(path), offset);
    if (path.length > MAX_DEPTH) return this.#refuse({ offset, message: TOO_DEEP });
    if (isMap(node)) return this.#readMap(node.items, path);
    if (isSeq(node)) return node.items.map((item, index) => this.read(item, [...path, index]));
    if (isAlias(node))
      return this.#refuse({
        offset,
        message: `*${node.source} is an alias, which manifests do not use`,
        expected: "the value itself",
      });
    if (!isScalar(node)) return null;
    const written = String(node.source ?? "");
    this.written.set(placeName(path), written);
    return SERIAL_MODE.test(written) ? written : node.value;
  }

  /** Own properties only: `__proto__` is a key like any other. */
  #readMap(items: readonly { readonly key: unknown; readonly value: unknown }[], path: readonly (string | number)[]) {
    const object: Record<string, unknown> = {};
    for (const { key: keyNode, value: node } of items) {
      const key = String(isScalar(keyNode) ? (keyNode.source ?? keyNode.value) : keyNode);
      const inner = [...path, key];
      const offset = (keyNode as Node | null)?.range?.[0] ?? 0;
      const earlier = this.keys.get(placeName(inner));
      if (earlier !== undefined) {
        this.#refuse({ offset, earlier, message: `"${key}" stands here twice` });
        continue;
      }
      this.keys.set(placeName(inner), offset);
      const value = this.read(node, inner);
      Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
    }
    return object;
  }

  #refuse(problem: ShapeProblem): null {
    this.problems.push(problem);
    return null;
  }
}
