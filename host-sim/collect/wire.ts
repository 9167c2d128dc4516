/**
 * One message of a gateway, taken apart: whose it is, who signed it, what it says. Nothing is believed here; a message that is not
 * what its topic promises is refused with a reason.
 */
import { decodeCbor } from "../../firmware/uplink/cbor/reader";
import { type ColumnsBatch, isColumns, readColumns } from "../../firmware/uplink/columns/reader";
import { headerOf, isSign1, parseSign1 } from "../../firmware/uplink/cose/parse";
import { HeaderLabel } from "../../firmware/uplink/cose/sign1";
import { type RawRecord, resolveSenml, type SenmlRecord } from "../senml/resolve";

/** Topics: `argand/v1/<site>/<gateway>/<what>`. */
export type Origin = { readonly site: string; readonly gateway: string; readonly what: string };

export type Signature = {
  /** Of the key that is said to have signed, in hexadecimal. */
  readonly keyId: string;
};

export type Content =
  /** The first record as it was sent, and all of them resolved. */
  | { readonly kind: "pack"; readonly first: RawRecord; readonly records: readonly SenmlRecord[] }
  | { readonly kind: "columns"; readonly batch: ColumnsBatch }
  | { readonly kind: "document"; readonly value: unknown };

export type WireMessage = {
  readonly origin: Origin;
  /** Payload as it came. */
  readonly payload: Uint8Array;
  /** What the signature is about; the payload itself where there is none. */
  readonly body: Uint8Array;
  readonly signature?: Signature;
  readonly content: Content;
};

/** The message cannot be what its topic says. */
export class WireError extends Error {
  readonly code = "wire";
}

const PREFIX = "argand/v1/";
/** Labels that must be understood, and are: times that count from boot. */
const UNDERSTOOD = ["mono_"];

export function parseTopic(topic: string): Origin | undefined {
  if (!topic.startsWith(PREFIX)) return undefined;
  const [site, gateway, ...rest] = topic.slice(PREFIX.length).split("/");
  if (!site || !gateway || rest.length === 0) return undefined;
  return { site, gateway, what: rest.join("/") };
}

/** @throws WireError */
export function readWireMessage(topic: string, payload: Uint8Array): WireMessage {
  const origin = parseTopic(topic);
  if (origin === undefined) throw new WireError(`"${topic}" is no topic of a gateway`);
  try {
    const signed = isSign1(payload) ? parseSign1(payload) : undefined;
    const body = signed?.payload ?? payload;
    const keyId = signed && headerOf(signed, HeaderLabel.kid);
    return {
      origin,
      payload,
      body,
      ...(signed === undefined ? {} : { signature: { keyId: keyId instanceof Uint8Array ? hexOf(keyId) : "" } }),
      content: contentOf(body),
    };
  } catch (error) {
    throw new WireError(`${topic}: ${(error as Error).message}`);
  }
}

function contentOf(body: Uint8Array): Content {
  const value = decodeCbor(body, { items: 200_000 }) as unknown;
  if (isColumns(value)) return { kind: "columns", batch: readColumns(body) };
  if (!Array.isArray(value)) return { kind: "document", value };
  if (value.length === 0) throw new WireError("a pack without records");
  const records = value.map(recordOf);
  return { kind: "pack", first: records[0], records: resolveSenml(records, UNDERSTOOD) };
}

function recordOf(record: unknown): RawRecord {
  if (record instanceof Map) return record as RawRecord;
  if (record === null || typeof record !== "object" || Array.isArray(record) || record instanceof Uint8Array)
    throw new WireError("a record that is no map");
  return new Map(Object.entries(record));
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
}
