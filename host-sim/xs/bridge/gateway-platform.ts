/** Clock, chance, log and cryptography of the gateway's machine: the world's, over the bridge. */
import { Es256Signer } from "argand:es256";
import type { Clock, TimeQuality, Timer } from "../../../hal/clock";
import type { Crypto } from "../../../hal/crypto";
import type { Log } from "../../../hal/log";
import type { Random } from "../../../hal/random";
import { Ask, type BridgeHost } from "./protocol";

declare const host: BridgeHost;

class BridgedTimer implements Timer {
  /** Also the op by which the world calls back. */
  readonly #id: number;

  constructor(callback: () => void, target: object | undefined) {
    this.#id = host.call(Ask.timer);
    host.onCall(callback, this.#id, target);
  }

  arm(dueUs: number): void {
    host.call(Ask.arm, this.#id, dueUs);
  }

  disarm(): void {
    host.call(Ask.disarm, this.#id);
  }
}

export const bridgedClock: Clock = {
  nowUs: () => host.call(Ask.nowUs),
  wallMs: () => host.call(Ask.wallMs),
  wallQuality: () => host.call(Ask.wallQuality) as TimeQuality,
  timer: (callback, target) => new BridgedTimer(callback, target),
};

export const bridgedRandom: Random = { uint32: () => host.call(Ask.random) };

export const bridgedLog: Log = {
  info: (message) => host.print(`say ${message}`),
  warn: (message) => host.print(`say ${message}`),
};

const sha256 = (bytes: Uint8Array) => new Uint8Array(host.call(Ask.sha256, 0, 0, 0, bytes) as unknown as ArrayBuffer);

/** The hash is the world's, as it is the SDK's on a board; the arithmetic of a signature is the gateway's own there and here. */
export function bridgedCrypto(): Crypto {
  if (Es256Signer === undefined) return { sha256 };
  const secret = new Uint8Array(host.call(Ask.secret) as unknown as ArrayBuffer);
  return secret.length === 0 ? { sha256 } : { sha256, signer: new Es256Signer(secret, sha256) };
}
