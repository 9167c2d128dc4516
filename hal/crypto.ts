/** Cryptography of the platform: `node:crypto`, the SDK's native digest, mbedTLS. */
export interface Crypto {
  /** SHA-256 (FIPS 180-4): 32 bytes. */
  sha256(bytes: Uint8Array): Uint8Array;
  /** The device's own key; absent where it has none, or where the platform cannot sign. */
  readonly signer?: Signer;
}

/** ECDSA on P-256 with SHA-256 (FIPS 186-5), in COSE "ES256" (RFC 9053 section 2.1). The private key stays behind it. */
export interface Signer {
  /** x and y of the public key, 32 bytes each. */
  readonly publicKey: Uint8Array;
  /**
   * Signs a part of `bytes` and puts the signature, r and s of 32 bytes each, into `bytes` at `signatureAt`.
   * Throws when the platform cannot, for example because its key was erased.
   */
  sign(bytes: Uint8Array, offset: number, length: number, signatureAt: number): void;
}

/** Bytes of an ES256 signature. */
export const SIGNATURE_BYTES = 64;
