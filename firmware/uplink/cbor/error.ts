/**
 * Why CBOR could not be read or written.
 * Reading, the sender's fault: `truncated`, `trailing`, `malformed` (reserved or contradictory bytes), `text` (not UTF-8),
 * `duplicate` key, `order` of keys, `shortest` (a longer form than needed), `indefinite` length.
 * Reading, well-formed but not taken here: `unsupported` (tag, simple value, key type), `range` (an integer beyond 2^53),
 * `depth`, `items`.
 * Writing, the caller's fault: `value` (nothing that CBOR of a plan can hold).
 */
export type CborFault =
  | "truncated"
  | "trailing"
  | "malformed"
  | "text"
  | "duplicate"
  | "order"
  | "shortest"
  | "indefinite"
  | "unsupported"
  | "range"
  | "depth"
  | "items"
  | "value";

export class CborError extends Error {
  readonly code: CborFault;
  /** Position of the offending item in the input; -1 when writing. */
  readonly offset: number;

  constructor(code: CborFault, message: string, offset = -1) {
    super(offset < 0 ? message : `${message} at byte ${offset}`);
    this.code = code;
    this.offset = offset;
  }

  override get name(): string {
    return "CborError";
  }
}
