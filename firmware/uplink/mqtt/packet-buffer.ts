/**
 * Bytes of one packet, or of a piece of one. A socket writes all of what it is given, and a view for each packet would be garbage: so the buffer is
 * cut to the packet's length for the write, and is long again after it. Resizable buffers (ECMAScript 2024) are in the XS of
 * the SDK and of the npm package, and in Node.js 20.
 */

type ResizableBuffer = ArrayBuffer & { readonly maxByteLength: number; resize(bytes: number): void };
type ResizableBufferConstructor = new (bytes: number, options: { maxByteLength: number }) => ResizableBuffer;

/** Longer packets are rare at a site whose first ones were short: room is made in steps. */
const STEP_BYTES = 256;

export class PacketBuffer {
  #buffer: ResizableBuffer;
  /** All of the buffer; another one when a packet was longer than any before. */
  bytes: Uint8Array;
  /** Of the packet. */
  length = 0;

  constructor(capacityBytes: number) {
    this.#buffer = makeBuffer(capacityBytes);
    this.bytes = new Uint8Array(this.#buffer);
  }

  get capacity(): number {
    return this.#buffer.maxByteLength;
  }

  /** For a packet of so many bytes. What is in them is not defined. */
  begin(length: number): void {
    if (length > this.#buffer.maxByteLength) {
      this.#buffer = makeBuffer(length);
      this.bytes = new Uint8Array(this.#buffer);
    }
    this.length = length;
  }

  /** `bytes` ends where the packet ends, until `restore`. */
  cut(): void {
    this.#buffer.resize(this.length);
  }

  /** XS lets a collection take what a short buffer does not use: it must not stay short. */
  restore(): void {
    this.#buffer.resize(this.#buffer.maxByteLength);
  }
}

function makeBuffer(bytes: number): ResizableBuffer {
  const maxByteLength = Math.ceil(bytes / STEP_BYTES) * STEP_BYTES;
  // Made as long as it can be: XS takes memory for the length that a buffer has, and keeps it when it shrinks.
  return new (ArrayBuffer as unknown as ResizableBufferConstructor)(maxByteLength, { maxByteLength });
}
