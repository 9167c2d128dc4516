/**
 * Labels of SenML in CBOR (RFC 8428 section 6) and Argand's own text keys.
 *
 * RFC 8428 closes the list of integer labels, so extensions are text. A reader that does not know a text key ignores it.
 */
import { CborWriter } from "../cbor/writer";

export const Label = { baseName: -2, baseTime: -3, name: 0, unit: 1, value: 2, stringValue: 3, time: 6 } as const;

/** Text keys, encoded once. In deterministic order they stand behind the integer labels, as they are listed here. */
export const Key = {
  /** Quality of one record: a `Quality` code; absent when good. */
  q: encodeKey("q"),
  /** Time quality of the pack: a `TimeQuality` code. */
  tq: encodeKey("tq"),
  /** First 12 bytes of the SHA-256 of the plan. */
  cfg: encodeKey("cfg"),
  /** The device's own evidence, for example the raw register word behind a panel's edge. */
  raw: encodeKey("raw"),
  /** Sequence number of the message in its boot. */
  seq: encodeKey("seq"),
  boot: encodeKey("boot"),
  /** Monotonic milliseconds since boot of the first record, instead of a base time while the wall clock is unknown. */
  mono: encodeKey("mono"),
  /** 12-byte trace handle of the device manifest. */
  root: encodeKey("root"),
  /** Class of an alarm. */
  alarm: encodeKey("alarm"),
  /**
   * Stands beside `mono`. Without a base time a reader that knows RFC 8428 only would date the records "now"; a label that
   * ends in "_" must be understood or the pack refused (section 4.4).
   */
  monoMark: encodeKey("mono_"),
  /** `on` or `off`. */
  state: encodeKey("state"),
} as const;

function encodeKey(key: string): Uint8Array {
  const writer = new CborWriter(new Uint8Array(16));
  writer.text(key);
  return writer.buffer.slice(0, writer.at);
}
