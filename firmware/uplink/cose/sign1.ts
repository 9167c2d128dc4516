/**
 * COSE_Sign1 (RFC 9052 section 4.2) around what the gateway publishes: one signature a message, none for a record.
 *
 *   18([ protected: bstr { 1: -7, 3: content format, 4: key id }, unprotected: {}, payload: bstr, signature: bstr ])
 *
 * What is signed is another structure around the same payload (section 4.4). Both are written around the payload where it
 * lies, one after the other, so that nothing is copied and nothing is made.
 */
import { type Crypto, SIGNATURE_BYTES, type Signer } from "../../../hal/crypto";
import { type CborValue, encodeDeterministic } from "../cbor/encode";
import { CborWriter } from "../cbor/writer";
import { keyIdOf } from "./key";

/** Header parameters (RFC 9052 table 3). */
export const HeaderLabel = { alg: 1, crit: 2, contentType: 3, kid: 4 } as const;
/** COSE algorithms (RFC 9053 tables 1 and 2). */
export const Algorithm = { es256: -7, edDsa: -8, es384: -35, es512: -36 } as const;
/** CoAP content formats, which a header's content type is: application/cbor, application/senml+cbor (RFC 8428 section 12.3). */
export const ContentFormat = { cbor: 60, senmlCbor: 112 } as const;

/** CBOR tag of a COSE_Sign1, in one byte. */
export const SIGN1_TAG = 0xd2;
/** Text that begins what is signed. */
const CONTEXT = "Signature1";

/** An array of four, `CONTEXT`, the external data (none), and the longest head of a payload. */
const STRUCTURE_BYTES = 1 + 1 + CONTEXT.length + 1 + 3;
/** The protected headers with their head: two small parameters and a key's name. */
const PROTECTED_BYTES = 17;
/** Room that a payload needs before it and behind it to be signed where it lies. */
export const ENVELOPE_BEFORE = STRUCTURE_BYTES + PROTECTED_BYTES;
export const ENVELOPE_BEHIND = 2 + SIGNATURE_BYTES;

export class Envelope {
  readonly keyId: Uint8Array;
  readonly #signer: Signer;
  /** What stands before the payload's head: in what is signed, and in the message. */
  readonly #signedHead: Uint8Array;
  readonly #messageHead: Uint8Array;
  #offset = 0;
  #length = 0;

  constructor(signer: Signer, crypto: Pick<Crypto, "sha256">, contentFormat: number) {
    this.#signer = signer;
    this.keyId = keyIdOf(signer.publicKey, crypto.sha256);
    const headers = encodeDeterministic(
      new Map<number, CborValue>([
        [HeaderLabel.alg, Algorithm.es256],
        [HeaderLabel.contentType, contentFormat],
        [HeaderLabel.kid, this.keyId],
      ]),
    );
    this.#signedHead = encodeParts((writer) => {
      writer.array(4);
      writer.text(CONTEXT);
      writer.bytes(headers);
      writer.bytes(new Uint8Array(0));
    });
    this.#messageHead = encodeParts((writer) => {
      writer.tag(SIGN1_TAG & 0x1f);
      writer.array(4);
      writer.bytes(headers);
      writer.map(0);
    });
  }

  /** Where the message of the last `seal` begins, and how long it is. */
  get offset(): number {
    return this.#offset;
  }

  get length(): number {
    return this.#length;
  }

  // hot path: once for each message
  /**
   * Signs a payload where it lies. There must be `ENVELOPE_BEFORE` bytes of room before it and `ENVELOPE_BEHIND` behind it.
   * @param writer onto the buffer that holds the payload; its window is moved
   * @param length of the payload, at most 65,535 bytes
   */
  seal(writer: CborWriter, payloadAt: number, length: number): void {
    const end = payloadAt + length;
    const signedAt = this.begin(writer, this.#signedHead, payloadAt, length);
    writer.window(end, end + ENVELOPE_BEHIND);
    writer.bytesHead(SIGNATURE_BYTES);
    this.#signer.sign(writer.buffer, signedAt, end - signedAt, end + 2);
    this.#offset = this.begin(writer, this.#messageHead, payloadAt, length);
    this.#length = end + ENVELOPE_BEHIND - this.#offset;
  }

  // hot path: once for each message
  /** Writes a head and that of the payload in front of the payload. Returns where it begins. */
  private begin(writer: CborWriter, head: Uint8Array, payloadAt: number, length: number): number {
    const at = payloadAt - head.length - (length < 24 ? 1 : length < 0x100 ? 2 : 3);
    writer.window(at, payloadAt);
    writer.raw(head);
    writer.bytesHead(length);
    return at;
  }
}

/** A document of its own as a COSE_Sign1, in bytes of its own. For what is signed once, such as a manifest. */
export function signDocument(document: Uint8Array, signer: Signer, crypto: Pick<Crypto, "sha256">): Uint8Array {
  const bytes = new Uint8Array(ENVELOPE_BEFORE + document.length + ENVELOPE_BEHIND);
  bytes.set(document, ENVELOPE_BEFORE);
  const envelope = new Envelope(signer, crypto, ContentFormat.cbor);
  envelope.seal(new CborWriter(bytes), ENVELOPE_BEFORE, document.length);
  return bytes.subarray(envelope.offset, envelope.offset + envelope.length);
}

function encodeParts(write: (writer: CborWriter) => void): Uint8Array {
  const writer = new CborWriter(new Uint8Array(ENVELOPE_BEFORE));
  write(writer);
  return writer.buffer.slice(0, writer.at);
}
