/** Private keys of gateways in files: PKCS #8 in PEM, readable by their owner alone. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { couldNotRun, wrongInput } from "./exit";

/** @throws {CommandError} never overwrites: the key of a gateway that is out there cannot be made again */
export function makeKeyFile(path: string): KeyObject {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  writeSecret(path, privateKey.export({ type: "pkcs8", format: "pem" }) as string);
  return privateKey;
}

/** A file that its owner alone can read, and that was not there before. */
export function writeSecret(path: string, text: string): void {
  try {
    writeFileSync(path, text, { mode: 0o600, flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST")
      throw wrongInput(`${path} is there already; argand overwrites no key`);
    throw couldNotRun(`${path} cannot be written: ${(error as Error).message}`);
  }
}

/** @throws {CommandError} when the file holds no private key on P-256 */
export function readPrivateKey(path: string): KeyObject {
  const text = readText(path);
  let key: KeyObject;
  try {
    key = createPrivateKey(text);
  } catch {
    throw wrongInput(`${path} holds no private key in PEM; argand key new makes one`);
  }
  requireP256(path, key);
  return key;
}

/** Of a private key its public half. */
export function readPublicKey(path: string): KeyObject {
  const text = readText(path);
  let key: KeyObject;
  try {
    key = createPublicKey(text);
  } catch {
    throw wrongInput(`${path} holds no key in PEM`);
  }
  requireP256(path, key);
  return key;
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw wrongInput(`${path} cannot be read: ${(error as Error).message}`);
  }
}

function requireP256(path: string, key: KeyObject): void {
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (curve !== "prime256v1")
    throw wrongInput(`${path}: a gateway's key is on P-256, this one is ${curve ?? key.asymmetricKeyType}`);
}

/** The number behind a private key, 32 bytes. */
export function secretBytes(key: KeyObject): Buffer {
  return Buffer.from(key.export({ format: "jwk" }).d!, "base64url");
}

/** x and y. */
export function publicBytes(key: KeyObject): Uint8Array {
  const { x, y } = key.export({ format: "jwk" });
  return new Uint8Array(Buffer.concat([Buffer.from(x!, "base64url"), Buffer.from(y!, "base64url")]));
}
