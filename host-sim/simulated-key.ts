/**
 * The key of a simulated gateway. It follows from the seed and its signatures from key and message (RFC 6979), so that the
 * same seed gives the same bytes in every engine. Anybody can make it: it shows how signing works and proves nothing.
 */
import { p256 } from "@noble/curves/nist.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { utf8Bytes } from "../firmware/uplink/utf8";
import type { Signer } from "../hal/crypto";

export function simulatedSigner(seed: number): Signer {
  // 48 bytes, which noble reduces to a scalar without bias (FIPS 186-5 appendix A.2.1).
  const material = new Uint8Array(64);
  material.set(sha256(utf8Bytes(`argand simulated gateway key ${seed} a`)), 0);
  material.set(sha256(utf8Bytes(`argand simulated gateway key ${seed} b`)), 32);
  const secret = p256.utils.randomSecretKey(material.subarray(0, 48));
  return {
    publicKey: p256.getPublicKey(secret, false).slice(1),
    sign: (bytes, offset, length, signatureAt) =>
      // `lowS` is a rule of Bitcoin's, not of FIPS 186-5.
      bytes.set(p256.sign(bytes.subarray(offset, offset + length), secret, { lowS: false }), signatureAt),
  };
}
