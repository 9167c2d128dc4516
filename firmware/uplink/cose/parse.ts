/**
 * Takes a COSE_Sign1 apart, as far as that needs no key. What somebody else wrote may use any form that RFC 9052 allows: tagged
 * or not, `h'a0'` for no protected headers. It must not use a form that two readers could understand differently.
 */
import { type CborValue, encodeDeterministic } from "../cbor/encode";
import { type CborLimits, decodeCbor } from "../cbor/reader";
import { HeaderLabel, SIGN1_TAG } from "./sign1";

/**
 * Why a message is no COSE_Sign1 that may be looked at further: `form` (not the structure), `critical` (it demands that a header
 * be understood which is not), `detached` (its payload is elsewhere).
 */
export class CoseError extends Error {
  readonly code: "form" | "critical" | "detached";

  constructor(code: CoseError["code"], message: string) {
    super(message);
    this.code = code;
  }

  override get name(): string {
    return "CoseError";
  }
}

export type Headers = ReadonlyMap<number | string, CborValue>;

export type Sign1 = {
  /** The protected headers as they were sent, for the signature. */
  readonly protectedBytes: Uint8Array;
  readonly protectedHeaders: Headers;
  readonly unprotectedHeaders: Headers;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
};

/** Foreign messages are read leniently: it is the bytes that were signed, not what they say. */
const LIMITS: CborLimits = { depth: 8, items: 200, strict: false };
const UNDERSTOOD: readonly (number | string)[] = [HeaderLabel.alg, HeaderLabel.contentType, HeaderLabel.kid];

/** @throws CoseError, CborError */
export function parseSign1(message: Uint8Array): Sign1 {
  const parts = decodeCbor(message[0] === SIGN1_TAG ? message.subarray(1) : message, LIMITS);
  if (!Array.isArray(parts) || parts.length !== 4) throw new CoseError("form", "a COSE_Sign1 is an array of four");
  const [protectedBytes, unprotected, payload, signature] = parts as CborValue[];
  if (payload === null) throw new CoseError("detached", "the payload is not in the message");
  if (!(protectedBytes instanceof Uint8Array) || !(payload instanceof Uint8Array) || !(signature instanceof Uint8Array))
    throw new CoseError("form", "protected headers, payload and signature are byte strings");
  const protectedHeaders = protectedBytes.length === 0 ? new Map() : headersOf(decodeCbor(protectedBytes, LIMITS));
  const unprotectedHeaders = headersOf(unprotected);
  for (const label of protectedHeaders.keys())
    if (unprotectedHeaders.has(label)) throw new CoseError("form", `header ${label} is there twice`);
  refuseUnknownCritical(protectedHeaders, unprotectedHeaders);
  return { protectedBytes, protectedHeaders, unprotectedHeaders, payload, signature };
}

/** What the signature is about (RFC 9052 section 4.4). No protected headers are an empty string, also when sent as `h'a0'`. */
export function signedBytes(message: Sign1, externalData: Uint8Array = new Uint8Array(0)): Uint8Array {
  const headers = message.protectedHeaders.size === 0 ? new Uint8Array(0) : message.protectedBytes;
  return encodeDeterministic(["Signature1", headers, externalData, message.payload]);
}

/** A header of that label, protected or not. */
export function headerOf(message: Sign1, label: number): CborValue | undefined {
  return message.protectedHeaders.get(label) ?? message.unprotectedHeaders.get(label);
}

/** Whether bytes begin as a COSE_Sign1 of ours, and not as a bare pack or manifest. */
export function isSign1(bytes: Uint8Array): boolean {
  return bytes[0] === SIGN1_TAG;
}

function headersOf(value: CborValue): Headers {
  if (value instanceof Map) return value as Headers;
  if (value !== null && typeof value === "object" && !Array.isArray(value) && !(value instanceof Uint8Array))
    return new Map(Object.entries(value as { [key: string]: CborValue }));
  throw new CoseError("form", "headers are a map");
}

/** RFC 9052 section 3.1: `crit` stands among the protected headers, and who does not know one of its labels must refuse. */
function refuseUnknownCritical(protectedHeaders: Headers, unprotectedHeaders: Headers): void {
  if (unprotectedHeaders.has(HeaderLabel.crit)) throw new CoseError("form", "crit must be protected");
  const critical = protectedHeaders.get(HeaderLabel.crit);
  if (critical === undefined) return;
  if (!Array.isArray(critical) || critical.length === 0) throw new CoseError("form", "crit is an array of labels");
  for (const label of critical as (number | string)[]) {
    if (!protectedHeaders.has(label)) throw new CoseError("form", `critical header ${label} is not there`);
    if (!UNDERSTOOD.includes(label)) throw new CoseError("critical", `header ${label} is critical and unknown here`);
  }
}
