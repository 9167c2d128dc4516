/** How a PDU becomes a frame and how a frame is found again: RTU, ASCII, or MBAP on TCP. */
import type { ModbusRequest } from "./request";

/** Most bytes that are handed over at once. */
export const CHUNK_BYTES = 64;

export interface Framing {
  /** What was received; a PDU stands at `pduAt` after `next` said so, until the next call of anything. */
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly pduAt: number;
  readonly pduLength: number;
  /**
   * What is there looks like the answer that was last looked for, and is broken or not whole.
   */
  readonly spoiled: boolean;
  /** The frame of a request; valid until the next call. */
  frame(request: ModbusRequest): Uint8Array;
  /** The line hears what it sends: the first frame that is the one made last is dropped. */
  expectEcho(): void;
  /** Nothing is held: what is received may be put into `bytes` from its beginning on, and told with `filled`. */
  readonly isEmpty: boolean;
  /** `bytes[0 .. count)` were received; as `push`. */
  filled(count: number): boolean;
  /**
   * Takes the first `count` bytes of `chunk`, which has at most `CHUNK_BYTES`.
   * @returns false when this cannot be a stream of such frames, and no later byte will mend it
   */
  push(chunk: Uint8Array, count: number): boolean;
  /** Looks for an answer to `request`, which can settle with it. */
  next(request: ModbusRequest): boolean;
  /** Forgets everything that was received, and the echo. */
  clear(): void;
}
