/** Cryptography of the platform: `node:crypto`, the SDK's native digest, mbedTLS. */
export interface Crypto {
  /** SHA-256 (FIPS 180-4): 32 bytes. */
  sha256(bytes: Uint8Array): Uint8Array;
}
