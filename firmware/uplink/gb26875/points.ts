/**
 * Which source of alarms is which point of the centre: records of fixed length in one piece of the plan, because an object for
 * each point would cost a board more than all the rest of this link.
 */

/** What the condition of a source becomes. */
export const PointKind = {
  /** A component's state, type 2. */
  component: 0,
  /** A condition of the transmitter itself, type 21. */
  transmitter: 1,
} as const;

/** Offsets. The middle is an object of type 7 as it stands on the wire. */
export const PointField = {
  /** Little-endian, two bytes: position of the channel, or behind all channels of the alarm of several witnesses. */
  source: 0,
  kind: 2,
  /** Bits of the transmitter's state; 0 for a component. */
  mask: 3,
  system: 4,
  systemAddress: 5,
  component: 6,
  place: 7,
  label: 11,
  /** Kind of quantity that the channel's value is; 0 for none. */
  analog: 42,
  /** Binary32, little-endian: what one step of the quantity is in the channel's unit. */
  step: 43,
} as const;

export const POINT_BYTES = 47;
export const PLACE_BYTES = 4;
export const LABEL_BYTES = 31;

export class PointTable {
  readonly count: number;
  private readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.count = Math.floor(bytes.length / POINT_BYTES);
  }

  /** -1 where the source is no point of its own. The records ascend by their sources. */
  ofSource(source: number): number {
    let low = 0;
    let high = this.count - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const found = this.source(middle);
      if (found === source) return middle;
      if (found < source) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  source(point: number): number {
    const at = point * POINT_BYTES;
    return this.bytes[at] | (this.bytes[at + 1] << 8);
  }

  /** One byte of a record. */
  byte(point: number, field: number): number {
    return this.bytes[point * POINT_BYTES + field];
  }

  place(point: number): Uint8Array {
    const at = point * POINT_BYTES + PointField.place;
    return this.bytes.subarray(at, at + PLACE_BYTES);
  }

  label(point: number): Uint8Array {
    const at = point * POINT_BYTES + PointField.label;
    return this.bytes.subarray(at, at + LABEL_BYTES);
  }

  step(point: number): number {
    const at = this.bytes.byteOffset + point * POINT_BYTES + PointField.step;
    return new DataView(this.bytes.buffer).getFloat32(at, true);
  }

  /** The component that a request names, which is by its place alone; -1 where there is none. */
  find(system: number, systemAddress: number, place: Uint8Array): number {
    for (let point = 0; point < this.count; point++)
      if (
        this.byte(point, PointField.kind) === PointKind.component &&
        this.byte(point, PointField.system) === system &&
        this.byte(point, PointField.systemAddress) === systemAddress &&
        this.hasPlace(point, place)
      )
        return point;
    return -1;
  }

  private hasPlace(point: number, place: Uint8Array): boolean {
    const at = point * POINT_BYTES + PointField.place;
    for (let i = 0; i < PLACE_BYTES; i++) if (this.bytes[at + i] !== place[i]) return false;
    return true;
  }
}
