/**
 * Labels of SenML in CBOR (RFC 8428 section 6) and Argand's own text keys.
 *
 * RFC 8428 closes the list of integer labels, so extensions are text. A reader that does not know a text key ignores it.
 */
import { CborWriter } from "../cbor/writer";

export const Label = {
  baseName: -2,
  baseTime: -3,
  baseUnit: -4,
  baseValue: -5,
  name: 0,
  unit: 1,
  value: 2,
  stringValue: 3,
  time: 6,
  dataValue: 8,
} as const;

/** Text keys, encoded once. In deterministic order they stand behind the integer labels, as they are listed here. */
export const Key = {
  /** Quality of one record: a `Quality` code; absent when good. */
  q: encodeText("q"),
  /** `true`: the value was computed from others, not measured. */
  sy: encodeText("sy"),
  /** Time quality of the pack: a `TimeQuality` code. */
  tq: encodeText("tq"),
  /** Seconds since boot at the pack's base time: what dates packs that have `mono_`. */
  up: encodeText("up"),
  /** First 12 bytes of the SHA-256 of the plan. */
  cfg: encodeText("cfg"),
  /** The device's own evidence, for example the raw register word behind a panel's edge. */
  raw: encodeText("raw"),
  /** Sequence number of the message in its boot. */
  seq: encodeText("seq"),
  /** What a panel itself says about an alarm: bytes in the panel's own encoding. */
  txt: encodeText("txt"),
  boot: encodeText("boot"),
  /** 12-byte trace handle of the device manifest. */
  root: encodeText("root"),
  /** Name of the alarm, where it is not the one that follows from channel and class. */
  rule: encodeText("rule"),
  /** Class of an alarm. */
  alarm: encodeText("alarm"),
  /**
   * Base times count from boot, because the wall clock is unknown. A reader that knows RFC 8428 only would take them for
   * times before "now"; a label that ends in "_" must be understood or the pack refused (section 4.4).
   */
  monoMark: encodeText("mono_"),
  /** `on`, `off`, `latched` (its reason has gone, an acknowledgement is wanted) or `acknowledged` (its reason stands). */
  state: encodeText("state"),
} as const;

/** The pair `sy: true`. */
export const SYNTHETIC_MARK: Uint8Array = Uint8Array.of(...Key.sy, 0xf5);

/** Values of `vs` for a record without a value: SenML demands one, and no number would be honest. By `Quality`. */
export const QUALITY_TEXT: readonly Uint8Array[] = [
  "good",
  "uncertain",
  "bad:communication",
  "bad:configuration",
  "bad:device",
  "bad:range",
  "never-read",
].map(encodeText);

/** Text as CBOR, made once and copied often. */
export function encodeText(text: string): Uint8Array {
  const writer = new CborWriter(new Uint8Array(5 + 4 * text.length));
  writer.text(text);
  return writer.buffer.slice(0, writer.at);
}
