/**
 * Finds frames in a TCP stream: by their start mark and their length, never by the end mark, which occurs in data.
 *
 * What looked like a frame and is none costs its first byte only; the search goes on behind it, so no frame that stands whole in
 * the stream behind junk is missed once its bytes are there. Memory is bounded by the longest frame. Work is bounded as well:
 * each byte can be the beginning of one false frame, which costs at most one checksum over the buffer.
 */
import type { FrameFault, FrameReceiver, FrameSink } from "./codec";
import { MARK_END, MARK_START, Offset, OVERHEAD_BYTES, sumOf } from "./wire-2011";

export class Receiver2011 implements FrameReceiver {
  private readonly sink: FrameSink;
  private readonly buffer: Uint8Array;
  private held = 0;
  private skippedBytes = 0;
  /** Raised by `reset`, so that a callback may end the work that it was called from. */
  private epoch = 0;

  constructor(maxUnitBytes: number, sink: FrameSink) {
    this.sink = sink;
    this.buffer = new Uint8Array(OVERHEAD_BYTES + maxUnitBytes);
  }

  get pending(): number {
    return this.held;
  }

  get skipped(): number {
    return this.skippedBytes;
  }

  push(bytes: Uint8Array, length: number): void {
    const { epoch } = this;
    for (let at = 0; at < length && epoch === this.epoch; ) {
      // There is always room: a buffer that is full holds a whole frame, or what cannot become one.
      const count = Math.min(length - at, this.buffer.length - this.held);
      for (let i = 0; i < count; i++) this.buffer[this.held++] = bytes[at++];
      this.search();
    }
  }

  giveUp(): void {
    if (this.held === 0) return;
    this.skip();
    this.search();
  }

  reset(): void {
    this.epoch++;
    this.skippedBytes += this.held;
    this.held = 0;
  }

  /** Takes out all frames and all junk before them; what stays is the beginning of a frame. */
  private search(): void {
    const { epoch, buffer } = this;
    while (epoch === this.epoch && this.held > 0) {
      if (buffer[0] !== MARK_START || (this.held > 1 && buffer[1] !== MARK_START)) {
        this.skip();
        continue;
      }
      if (this.held < Offset.command) return;
      const length = OVERHEAD_BYTES + (buffer[Offset.length] | (buffer[Offset.length + 1] << 8));
      if (length > buffer.length) {
        if (this.held < Offset.unit) return;
        this.reject("long", Offset.unit);
      } else if (this.held < length) return;
      else if (buffer[length - 1] !== MARK_END || buffer[length - 2] !== MARK_END) this.reject("end", length);
      else if (buffer[length - 3] !== sumOf(buffer, Offset.serial, length - 3)) this.reject("checksum", length);
      else this.take(length);
    }
  }

  private take(length: number): void {
    const { epoch } = this;
    this.sink.frame(this.buffer, length);
    if (epoch === this.epoch) this.drop(length);
  }

  private reject(fault: FrameFault, length: number): void {
    const { epoch } = this;
    this.sink.broken(fault, this.buffer, length);
    if (epoch === this.epoch) this.skip();
  }

  /** The first byte begins no frame: on to the next that may. */
  private skip(): void {
    const { buffer, held } = this;
    let at = 1;
    while (at < held && buffer[at] !== MARK_START) at++;
    this.skippedBytes += at;
    this.drop(at);
  }

  private drop(count: number): void {
    this.buffer.copyWithin(0, count, this.held);
    this.held -= count;
  }
}
