/**
 * The key of a simulated gateway. It follows from the seed and its signatures from key and message (RFC 6979), so that the
 * same seed gives the same bytes in every engine. Anybody can make it: it shows how signing works and proves nothing.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { utf8Bytes } from "../firmware/uplink/utf8";
import { Es256Signer, secretOf } from "../hal/es256";

/** As a device signs, with a private key that is none. */
export class SimulatedSigner extends Es256Signer {
  readonly secret: Uint8Array;

  constructor(secret: Uint8Array) {
    super(secret, sha256);
    this.secret = secret;
  }
}

export function simulatedSigner(seed: number): SimulatedSigner {
  const material = new Uint8Array(64);
  material.set(sha256(utf8Bytes(`argand simulated gateway key ${seed} a`)), 0);
  material.set(sha256(utf8Bytes(`argand simulated gateway key ${seed} b`)), 32);
  return new SimulatedSigner(secretOf(material.subarray(0, 48)));
}
