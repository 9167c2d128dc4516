/** The keys that a collector believes, by their names on the wire. Where none is given, signatures are noted and not judged. */
import { createPublicKey, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { keyIdOf } from "../../firmware/uplink/cose/key";
import { nodeCrypto } from "../../hal/node/crypto";
import { keyObjectOf, verifySign1 } from "./verify-sign1";
import { hexOf, type WireMessage } from "./wire";

/**
 * `unsigned`: there is no signature. `unknown-key`: by a key that is not on the ring. `invalid`: it does not hold.
 * `unjudged`: there is one, and no ring to judge it by.
 */
export type Trust = "valid" | "invalid" | "unknown-key" | "unsigned" | "unjudged";

export class KeyRing {
  readonly #keys = new Map<string, KeyObject>();

  get size(): number {
    return this.#keys.size;
  }

  /** @param publicKey x and y of a P-256 key */
  add(publicKey: Uint8Array): string {
    const keyId = hexOf(keyIdOf(publicKey, nodeCrypto.sha256));
    this.#keys.set(keyId, keyObjectOf(publicKey));
    return keyId;
  }

  /** Public keys in PEM, one or more in a file. @throws Error when there is none on P-256 */
  addFile(path: string): string[] {
    const blocks = readFileSync(path, "utf8").match(/-----BEGIN PUBLIC KEY-----[^-]*-----END PUBLIC KEY-----/g) ?? [];
    if (blocks.length === 0) throw new Error(`${path}: no public key in PEM`);
    return blocks.map((pem) => {
      const { crv, x, y } = createPublicKey(pem).export({ format: "jwk" });
      if (crv !== "P-256") throw new Error(`${path}: a gateway's key is on P-256, not on ${crv ?? "that curve"}`);
      return this.add(new Uint8Array(Buffer.concat([Buffer.from(x!, "base64url"), Buffer.from(y!, "base64url")])));
    });
  }

  judge(message: WireMessage): Trust {
    if (message.signature === undefined) return "unsigned";
    if (this.size === 0) return "unjudged";
    const key = this.#keys.get(message.signature.keyId);
    if (key === undefined) return "unknown-key";
    return verifySign1(message.payload, key).valid ? "valid" : "invalid";
  }
}

/** A public key as PEM, for `addFile`. */
export function pemOf(publicKey: Uint8Array): string {
  return keyObjectOf(publicKey).export({ type: "spki", format: "pem" }) as string;
}
