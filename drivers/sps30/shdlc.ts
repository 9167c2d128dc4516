/**
 * SHDLC, Sensirion's frames on a UART (SPS30 data sheet section 5.1): 0x7e, content, checksum, 0x7e. Four byte values are
 * stuffed inside. Content out: address, command, length, data. Content back: address, command, state, length, data.
 */

const FLAG = 0x7e;
const ESCAPE = 0x7d;
const ESCAPE_BIT = 0x20;
const XON = 0x11;
const XOFF = 0x13;
/** Content and checksum; 255 bytes of data would be the limit of the length byte. */
const MAX_CONTENT = 264;

/** The bits that make the sum of all bytes of the content 0xff. */
export function checksum(content: ArrayLike<number>, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += content[i];
  return ~sum & 0xff;
}

/** A whole frame. Frames that a driver sends are made once. */
export function shdlcFrame(content: readonly number[]): Uint8Array {
  const bytes = [FLAG];
  for (const byte of [...content, checksum(content, content.length)]) {
    if (byte === FLAG || byte === ESCAPE || byte === XON || byte === XOFF) bytes.push(ESCAPE, byte ^ ESCAPE_BIT);
    else bytes.push(byte);
  }
  bytes.push(FLAG);
  return Uint8Array.from(bytes);
}

export const Reception = { none: 0, whole: 1, damaged: 2 } as const;
export type Reception = (typeof Reception)[keyof typeof Reception];

/** Takes bytes as they come; holds the first whole frame since `clear`. */
export class ShdlcReader {
  /** Content of the frame, its checksum last. */
  readonly content = new Uint8Array(MAX_CONTENT);
  #length = 0;
  #inside = false;
  #escaped = false;
  #reception: Reception = Reception.none;

  get reception(): Reception {
    return this.#reception;
  }

  /** Bytes of content, without the checksum. */
  get length(): number {
    return this.#length - 1;
  }

  // hot path
  clear(): void {
    this.#length = 0;
    this.#inside = false;
    this.#escaped = false;
    this.#reception = Reception.none;
  }

  // hot path
  put(byte: number): void {
    if (this.#reception !== Reception.none) return;
    if (byte === FLAG) {
      // Two flags in a row: the first ended a frame that was not heard whole.
      if (this.#inside && this.#length > 0) this.#end();
      this.#inside = true;
      return;
    }
    if (!this.#inside) return;
    if (byte === ESCAPE) {
      this.#escaped = true;
      return;
    }
    if (this.#length === MAX_CONTENT) {
      this.#reception = Reception.damaged;
      return;
    }
    this.content[this.#length++] = this.#escaped ? byte ^ ESCAPE_BIT : byte;
    this.#escaped = false;
  }

  // hot path
  #end(): void {
    const { length } = this;
    const fits = length >= 3 && !this.#escaped && checksum(this.content, length) === this.content[length];
    this.#reception = fits ? Reception.whole : Reception.damaged;
  }
}
