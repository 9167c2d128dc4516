/**
 * Bytes of one packet, in a buffer that is as long as the packet: a socket writes all of what it is given, and a view for each
 * packet would be garbage. Resizable buffers (ECMAScript 2024) are in XS since 12 and in Node.js 20.
 */

type ResizableBuffer = ArrayBuffer & { readonly maxByteLength: number; resize(bytes: number): void };
type ResizableBufferConstructor = new (bytes: number, options: { maxByteLength: number }) => ResizableBuffer;

/** Longer packets are rare at a site whose first ones were short: room is made in steps. */
const STEP_BYTES = 256;

export class PacketBuffer {
  #buffer: ResizableBuffer;
  /** As long as the packet. Another one when a packet was longer than any before. */
  bytes: Uint8Array;

  constructor(capacityBytes: number) {
    this.#buffer = makeBuffer(capacityBytes);
    this.bytes = new Uint8Array(this.#buffer);
  }

  /** For a packet of so many bytes. What is in them is not defined. */
  resize(bytes: number): void {
    if (bytes > this.#buffer.maxByteLength) {
      this.#buffer = makeBuffer(bytes);
      this.bytes = new Uint8Array(this.#buffer);
    }
    this.#buffer.resize(bytes);
  }
}

function makeBuffer(bytes: number): ResizableBuffer {
  const maxByteLength = Math.ceil(bytes / STEP_BYTES) * STEP_BYTES;
  return new (ArrayBuffer as unknown as ResizableBufferConstructor)(0, { maxByteLength });
}
