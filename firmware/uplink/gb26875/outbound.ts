/** Frames on their way into a socket that may take them in pieces: one message and a few answers. */
import type { Clock } from "../../../hal/clock";
import type { TCP } from "../../../hal/io";
import type { Codec, Frame } from "./codec";

const USUAL_BYTES = 256;
/** A long answer on top of a message; beyond that an answer is dropped, and the centre asks again. */
const MOST_BYTES = 2048;

export class Outbound {
  private readonly codec: Codec;
  private readonly clock: Clock;
  private bytes = new Uint8Array(USUAL_BYTES);
  private at = 0;
  private end = 0;
  /** Monotonic: when the last write made way, or the first byte came in. */
  movedUs = 0;

  constructor(codec: Codec, clock: Clock) {
    this.codec = codec;
    this.clock = clock;
  }

  get isEmpty(): boolean {
    return this.at === this.end;
  }

  clear(): void {
    this.at = this.end = 0;
  }

  /** False when there is no room: the socket has not taken what is there already. */
  append(frame: Frame): boolean {
    const size = this.codec.size(frame);
    const unsent = this.end - this.at;
    if (unsent === 0) {
      this.clear();
      this.movedUs = this.clock.nowUs();
    }
    if (this.end + size > this.bytes.length) {
      if (unsent + size > MOST_BYTES) return false;
      this.makeRoom(unsent + size);
    }
    this.end = this.codec.encode(frame, this.bytes, this.end);
    return true;
  }

  private makeRoom(wanted: number): void {
    const { at, end } = this;
    if (wanted > this.bytes.length) {
      const room = new Uint8Array(wanted);
      room.set(this.bytes.subarray(at, end));
      this.bytes = room;
    } else this.bytes.copyWithin(0, at, end);
    this.at = 0;
    this.end = end - at;
  }

  /** @returns how much the socket will take now */
  writeTo(socket: TCP, writable: number): number {
    let room = writable;
    while (room > 0 && this.at < this.end) {
      const count = Math.min(this.end - this.at, room);
      try {
        const left = socket.write(this.bytes.subarray(this.at, this.at + count));
        room = typeof left === "number" ? left : room - count;
      } catch {
        // The provider said that there was room: it will call onWritable when there is.
        return 0;
      }
      this.at += count;
      this.movedUs = this.clock.nowUs();
    }
    return room;
  }
}
