/** Clock, chance, log and cryptography of the gateway's machine: the world's, over the bridge. */
import type { Clock, TimeQuality, Timer } from "../../../hal/clock";
import { type Crypto, SIGNATURE_BYTES, type Signer } from "../../../hal/crypto";
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

class BridgedSigner implements Signer {
  readonly publicKey: Uint8Array;
  readonly #signature = new Uint8Array(SIGNATURE_BYTES);

  constructor(publicKey: Uint8Array) {
    this.publicKey = publicKey;
  }

  sign(bytes: Uint8Array, offset: number, length: number, signatureAt: number): void {
    host.call(Ask.sign, offset, length, 0, bytes, this.#signature);
    bytes.set(this.#signature, signatureAt);
  }
}

export function bridgedCrypto(): Crypto {
  const publicKey = new Uint8Array(host.call(Ask.publicKey) as unknown as ArrayBuffer);
  return publicKey.length === 0 ? { sha256 } : { sha256, signer: new BridgedSigner(publicKey) };
}
