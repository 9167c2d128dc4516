/** ES256 by `node:crypto`. The private key is a file that its owner alone can read, made at the first start. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { SIGNATURE_BYTES, type Signer } from "../crypto";

/** @throws TypeError when the key is not a private key on P-256 */
export function nodeSigner(key: KeyObject): Signer {
  const { crv, x, y } = createPublicKey(key).export({ format: "jwk" });
  if (crv !== "P-256") throw new TypeError(`the key must be on P-256, this one is on ${crv ?? key.asymmetricKeyType}`);
  const publicKey = new Uint8Array(Buffer.concat([Buffer.from(x!, "base64url"), Buffer.from(y!, "base64url")]));
  return {
    publicKey,
    sign(bytes, offset, length, signatureAt) {
      const signature = sign("sha256", bytes.subarray(offset, offset + length), { key, dsaEncoding: "ieee-p1363" });
      bytes.set(signature.subarray(0, SIGNATURE_BYTES), signatureAt);
    },
  };
}

/**
 * The signer whose PKCS #8 key lies in a PEM file; without the file a key is made and kept there, readable by its owner alone.
 * @throws Error when the file cannot be read or written, or holds something else
 */
export function signerFromFile(path: string): Signer {
  if (!existsSync(path)) {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    writeFileSync(path, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600, flag: "wx" });
    chmodSync(path, 0o600);
  }
  let key: KeyObject;
  try {
    key = createPrivateKey(readFileSync(path));
  } catch (error) {
    throw new Error(`${path}: no private key in PEM: ${(error as Error).message}`);
  }
  return nodeSigner(key);
}
