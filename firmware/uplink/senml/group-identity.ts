/**
 * What the records of one channel share. In a batch they stand together as a group: its first record carries the whole
 * name, the unit and the time as base fields (RFC 8428 section 4.1), and the others are value and time alone.
 */
import { CborWriter } from "../cbor/writer";
import { Label, SYNTHETIC_MARK } from "./labels";

export type GroupIdentity = {
  /**
   * First record of a group whose base time is that of the group before, and whose value is a binary32, left open:
   * `{v, bn, bu, sy}`, `bu` only where there is a unit, `sy` only where values are computed. A base time goes before `bu`.
   */
  readonly template: Uint8Array;
  /** Where `bu` begins in the template. */
  readonly baseUnitAt: number;
  /** Where `sy` begins, behind `bu`; the template's length where values are measured. */
  readonly markAt: number;
};

/** Where `bn` begins in every template: behind the map's head, the label of the value and a binary32. */
export const BASE_NAME_AT = 7;
/** `22 fb`: the label of the base time and the head of a binary64; bytes of both with the number. */
export const BASE_TIME_HEAD = 0x22fb;
export const BASE_TIME_BYTES = 10;

/** @param name the channel's whole name: site, gateway, device, channel */
export function encodeGroupIdentity(name: string, unit: string, synthetic = false): GroupIdentity {
  const baseName = encodePair(Label.baseName, name);
  const baseUnit = unit === "" ? new Uint8Array(0) : encodePair(Label.baseUnit, unit);
  const mark = synthetic ? SYNTHETIC_MARK : new Uint8Array(0);
  const writer = new CborWriter(new Uint8Array(32 + baseName.length + baseUnit.length + mark.length));
  writer.map(2 + (unit === "" ? 0 : 1) + (synthetic ? 1 : 0));
  writer.number(Label.value);
  writer.float(OPEN_SINGLE);
  writer.raw(baseName);
  const baseUnitAt = writer.at;
  writer.raw(baseUnit);
  const markAt = writer.at;
  writer.raw(mark);
  return { template: writer.buffer.slice(0, writer.at), baseUnitAt, markAt };
}

/** Any number whose shortest form is a binary32. */
const OPEN_SINGLE = Math.fround(0.1);

function encodePair(label: number, text: string): Uint8Array {
  const writer = new CborWriter(new Uint8Array(8 + 4 * text.length));
  writer.number(label);
  writer.text(text);
  return writer.buffer.slice(0, writer.at);
}
