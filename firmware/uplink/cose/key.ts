/** Public keys as COSE_Key (RFC 9053 section 7.1.1), and the names that are made from them. */
import { type CborValue, encodeDeterministic } from "../cbor/encode";

/** Labels of an elliptic curve key (RFC 9053 table 19) and of any key (RFC 9052 table 4). */
export const KeyLabel = { kty: 1, kid: 2, alg: 3, crv: -1, x: -2, y: -3 } as const;
/** Key type EC2, curve P-256 (RFC 9053 tables 17 and 18). */
const EC2 = 2;
const P_256 = 1;
const COORDINATE_BYTES = 32;

/** Bytes of a key's name on the wire. */
export const KEY_ID_BYTES = 8;

/**
 * The parts of a P-256 key that make its thumbprint, in deterministic CBOR (RFC 9679 section 4.2).
 * @param publicKey x and y, 32 bytes each
 */
export function encodeCoseKey(publicKey: Uint8Array): Uint8Array {
  if (publicKey.length !== 2 * COORDINATE_BYTES)
    throw new RangeError(`a P-256 public key has 64 bytes, this one has ${publicKey.length}`);
  return encodeDeterministic(
    new Map<number, CborValue>([
      [KeyLabel.kty, EC2],
      [KeyLabel.crv, P_256],
      [KeyLabel.x, publicKey.slice(0, COORDINATE_BYTES)],
      [KeyLabel.y, publicKey.slice(COORDINATE_BYTES)],
    ]),
  );
}

/**
 * A key's name in what it signs: the first 8 bytes of its thumbprint (RFC 9679). It finds a key and proves nothing: a reader
 * verifies with the key itself.
 */
export function keyIdOf(publicKey: Uint8Array, sha256: (bytes: Uint8Array) => Uint8Array): Uint8Array {
  return sha256(encodeCoseKey(publicKey)).slice(0, KEY_ID_BYTES);
}
