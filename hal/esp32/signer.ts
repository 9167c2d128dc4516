/**
 * The gateway's key on a device: 32 bytes in non-volatile storage under `argand`/`signkey`, which a provisioning station writes
 * (`argand key new --nvs`), or in the image (`argand build --key`). Linked where the site signs.
 *
 * The SDK's own ECDSA (8.2.3, modules/crypt/etc) draws its nonce from a generator that it says is not fit for keys; ours needs none.
 */
import config from "mc/config";
import type { Signer } from "../crypto";
import { Es256Signer } from "../es256";
import { bytesOfHex } from "../hex";
import type { Keep } from "../keep";
import type { Log } from "../log";
import { sha256 } from "./crypto";

/** Name of the key among what is kept. */
export const SIGNING_KEY = "signkey";

/** @returns `undefined` where the device has no key, or one that is none; the log says which */
export function openSigner(keep: Keep | undefined, log: Log): Signer | undefined {
  const kept = keep?.read(SIGNING_KEY);
  const { signingKey } = config;
  try {
    if (kept !== undefined) return new Es256Signer(kept, sha256);
    if (typeof signingKey === "string" && signingKey !== "") return new Es256Signer(bytesOfHex(signingKey), sha256);
    log.warn("this device has no key to sign with: write one into its storage (argand key), or build with --key");
  } catch (error) {
    log.warn(`the key in ${kept === undefined ? "the image" : "storage"} cannot be used: ${error}`);
  }
  return undefined;
}
