import { Linked } from "../../../drivers/linked";
import { type Filter, HELD } from "./filter";

/**
 * Publishes a value only when it has moved by more than a width since the one published before, or when the heartbeat is
 * due. The width is absolute, relative to the value published last, or the larger of both.
 */
export class DeadbandFilter implements Filter {
  /** Around the value published last. */
  private width: number;
  private last = Number.NaN;
  private lastUs = 0;
  private heldValue = Number.NaN;
  private readonly heartbeatUs: number;
  // Absent where the width is absolute: a property takes 16 bytes of each.
  declare private readonly absolute: number;
  declare private readonly fraction: number | undefined;

  constructor(width: number, percent = 0, heartbeatUs = Number.POSITIVE_INFINITY) {
    if (Linked.checks && (!(width >= 0) || width === Number.POSITIVE_INFINITY))
      throw new RangeError("deadband: width must be a finite number, 0 or more");
    if (Linked.checks && (!(percent >= 0) || percent === Number.POSITIVE_INFINITY))
      throw new RangeError("deadband: percent must be a finite number, 0 or more");
    if (Linked.checks && !(heartbeatUs > 0)) throw new RangeError("deadband: heartbeat must be above 0");
    this.width = width;
    if (percent > 0) {
      this.absolute = width;
      this.fraction = percent / 100;
    }
    this.heartbeatUs = heartbeatUs;
  }

  // hot path
  apply(value: number, ticksUs: number): number {
    const change = value - this.last;
    if (change <= this.width && -change <= this.width && ticksUs - this.lastUs < this.heartbeatUs) {
      this.heldValue = value;
      return HELD;
    }
    this.published(value, ticksUs);
    return value;
  }

  // hot path
  published(value: number, ticksUs: number): void {
    this.last = value;
    this.lastUs = ticksUs;
    if (this.fraction === undefined) return;
    const width = (value < 0 ? -value : value) * this.fraction;
    this.width = width > this.absolute ? width : this.absolute;
  }

  // hot path
  withheld(): void {
    this.last = HELD;
  }

  get standing(): number {
    return this.heldValue;
  }

  reset(): void {
    this.last = Number.NaN;
  }
}
