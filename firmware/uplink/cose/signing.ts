/** How a gateway signs what it publishes: batches, single records, and its device manifest. */
import type { Crypto, Signer } from "../../../hal/crypto";
import { ContentFormat, ENVELOPE_BEFORE, ENVELOPE_BEHIND, Envelope, signDocument } from "./sign1";

/** Types only for who holds one: the classes behind it are linked with the feature alone. */
export type Signing = {
  /** Around a batch, which may be of columns, and around a single record, which is SenML. */
  readonly batch: Envelope;
  readonly single: Envelope;
  /** Room that a payload needs before it, and before and behind it together. */
  readonly roomBefore: number;
  readonly roomBytes: number;
  /** A document with its signature around it. */
  document(bytes: Uint8Array): Uint8Array;
};

/** @param encoding of the batches: absent and short are SenML, columns have no content format of their own and are plain CBOR */
export function signingWith(signer: Signer, crypto: Crypto, encoding: "columns" | "short" | undefined): Signing {
  const single = new Envelope(signer, crypto, ContentFormat.senmlCbor);
  return {
    batch: encoding !== "columns" ? single : new Envelope(signer, crypto, ContentFormat.cbor),
    single,
    roomBefore: ENVELOPE_BEFORE,
    roomBytes: ENVELOPE_BEFORE + ENVELOPE_BEHIND,
    document: (bytes) => signDocument(bytes, signer, crypto),
  };
}
