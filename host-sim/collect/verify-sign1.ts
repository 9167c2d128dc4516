/** Verifies COSE_Sign1 on the PC with `node:crypto`: what a collector does, and what no gateway needs. */
import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { parseSign1, type Sign1, signedBytes } from "../../firmware/uplink/cose/parse";
import { Algorithm, HeaderLabel } from "../../firmware/uplink/cose/sign1";

/** How `node:crypto` names what an algorithm of COSE says (RFC 9053 section 2). */
const HASHES: { readonly [algorithm: number]: string | null } = {
  [Algorithm.es256]: "sha256",
  [Algorithm.es384]: "sha384",
  [Algorithm.es512]: "sha512",
  [Algorithm.edDsa]: null,
};

export type Verdict =
  | { readonly valid: true; readonly message: Sign1 }
  /** `reason` says what does not hold, in words. */
  | { readonly valid: false; readonly reason: string };

export type VerifyOptions = {
  /** What both sides know and nobody sends (RFC 9052 section 4.3). */
  readonly externalData?: Uint8Array;
  /** Take an algorithm that is not protected, as RFC 9052 section 3.1 still lets old senders do. Ours is always protected. */
  readonly unprotectedAlgorithm?: boolean;
};

/** @param key the public key that must have signed; who looked it up by the message's key id trusts it for other reasons */
export function verifySign1(bytes: Uint8Array, key: KeyObject, options: VerifyOptions = {}): Verdict {
  let message: Sign1;
  try {
    message = parseSign1(bytes);
  } catch (error) {
    return { valid: false, reason: (error as Error).message };
  }
  let algorithm = message.protectedHeaders.get(HeaderLabel.alg);
  if (options.unprotectedAlgorithm === true) algorithm ??= message.unprotectedHeaders.get(HeaderLabel.alg);
  if (algorithm === undefined && message.unprotectedHeaders.has(HeaderLabel.alg))
    return { valid: false, reason: "its algorithm is not protected" };
  const hash = typeof algorithm === "number" ? HASHES[algorithm] : undefined;
  if (hash === undefined) return { valid: false, reason: `its algorithm ${String(algorithm)} is not known here` };
  if ((hash === null) !== (key.asymmetricKeyType === "ed25519" || key.asymmetricKeyType === "ed448"))
    return { valid: false, reason: `its algorithm does not fit a key of type ${key.asymmetricKeyType}` };
  const how = hash === null ? key : ({ key, dsaEncoding: "ieee-p1363" } as const);
  return verify(hash, signedBytes(message, options.externalData), how, message.signature)
    ? { valid: true, message }
    : { valid: false, reason: "the signature does not fit the message and the key" };
}

/** @param publicKey x and y of a P-256 key, 32 bytes each */
export function keyObjectOf(publicKey: Uint8Array): KeyObject {
  const part = (from: number) => Buffer.from(publicKey.subarray(from, from + 32)).toString("base64url");
  return createPublicKey({ key: { kty: "EC", crv: "P-256", x: part(0), y: part(32) }, format: "jwk" });
}
