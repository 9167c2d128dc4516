/** Cryptography by `node:crypto`. */
import { createHash } from "node:crypto";
import type { Crypto } from "../crypto";

export const nodeCrypto: Crypto = {
  sha256: (bytes) => new Uint8Array(createHash("sha256").update(bytes).digest()),
};
