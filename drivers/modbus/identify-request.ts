/**
 * Read device identification: function code 43, MEI type 14 (MODBUS Application Protocol V1.1b3, section 6.21).
 *
 *   0E code object  ->  0E code conformity more next count { object length bytes }
 */
import { FunctionCode, MAX_PDU_BYTES, READ_DEVICE_ID } from "./pdu";
import { check, HEAD_INCOMPLETE, LANE_RETRIES, ModbusRequest, NO_ANSWER, Priority } from "./request";

/** What is asked for: three levels as a stream, or one object. */
export const DeviceIdCode = { basic: 1, regular: 2, extended: 3, one: 4 } as const;
export type DeviceIdCode = (typeof DeviceIdCode)[keyof typeof DeviceIdCode];

/** Names of the standard's objects, by number. */
export const OBJECT_NAMES: readonly string[] = [
  "vendor",
  "product code",
  "revision",
  "url",
  "product name",
  "model",
  "application",
];

const HEAD_BYTES = 7;
const MORE_FOLLOWS = 0xff;

export type IdentifyOptions = {
  readonly unit: number;
  /** Default basic. */
  readonly code?: DeviceIdCode;
  /** First object to answer with. Default 0. */
  readonly object?: number;
  readonly priority?: Priority;
  readonly retries?: number;
};

export class IdentifyRequest extends ModbusRequest {
  readonly code: DeviceIdCode;
  readonly object: number;
  conformity = 0;
  /** The object to ask for next, -1 when this was all. */
  nextObject = -1;
  /** Number and bytes of each object of the answer. */
  objects: readonly { readonly id: number; readonly value: Uint8Array }[] = [];

  constructor({ unit, code, object, priority, retries }: IdentifyOptions) {
    super(unit, FunctionCode.encapsulated, priority ?? Priority.slow, retries ?? LANE_RETRIES);
    this.code = code ?? DeviceIdCode.basic;
    this.object = object ?? 0;
    check(this.code, 1, 4, "code");
    check(this.object, 0, 255, "object");
  }

  get pduBytes(): number {
    return 4;
  }

  get expectedBytes(): number {
    return 0;
  }

  write(into: Uint8Array, at: number): number {
    into[at] = FunctionCode.encapsulated;
    into[at + 1] = READ_DEVICE_ID;
    into[at + 2] = this.code;
    into[at + 3] = this.object;
    return at + 4;
  }

  /** The length is known only when all objects were walked. */
  answerBytes(bytes: Uint8Array, at: number, available: number): number {
    if (available > 1 && bytes[at + 1] !== READ_DEVICE_ID) return NO_ANSWER;
    if (available > 2 && bytes[at + 2] !== this.code) return NO_ANSWER;
    if (available < HEAD_BYTES) return HEAD_INCOMPLETE;
    let length = HEAD_BYTES;
    for (let left = bytes[at + 6]; left > 0; left--) {
      if (length + 2 > MAX_PDU_BYTES) return NO_ANSWER;
      if (length + 2 > available) return HEAD_INCOMPLETE;
      length += 2 + bytes[at + length + 1];
    }
    return length > MAX_PDU_BYTES ? NO_ANSWER : length;
  }

  protected accept(view: DataView, at: number): void {
    this.conformity = view.getUint8(at + 3);
    this.nextObject = view.getUint8(at + 4) === MORE_FOLLOWS ? view.getUint8(at + 5) : -1;
    const objects: { id: number; value: Uint8Array }[] = [];
    let from = at + HEAD_BYTES;
    for (let left = view.getUint8(at + 6); left > 0; left--) {
      const length = view.getUint8(from + 1);
      const value = new Uint8Array(length);
      for (let i = 0; i < length; i++) value[i] = view.getUint8(from + 2 + i);
      objects.push({ id: view.getUint8(from), value });
      from += 2 + length;
    }
    this.objects = objects;
  }
}
