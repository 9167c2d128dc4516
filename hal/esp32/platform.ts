/**
 * What `firmware/main.ts` asks of a platform. `argand build` names the one that a target has: `platform-esp32.ts` or
 * `platform-lin.ts` (the generated module `site/platform`).
 */
import type { Clock } from "../clock";
import type { Crypto, Signer } from "../crypto";
import type { IOProvider } from "../io";
import type { Keep } from "../keep";
import type { Log } from "../log";
import type { Random } from "../random";
import type { Secrets } from "../secrets";
import { sha256 } from "./crypto";
import type { FaultHandler } from "./fault";

export interface Platform {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly crypto: Crypto;
  readonly io: IOProvider;
  readonly secrets: Secrets;
  /** Absent where nothing outlives a start. */
  readonly keep?: Keep;
  /** Number of this start of the gateway; 0 where starts cannot be counted. */
  countBoot(): number;
  /** Brings the network up, and calls `ready` once: when it is up, or when waiting longer would not help. */
  connect(ready: () => void): void;
}

/** @param fault told what callbacks of the platform threw */
export type OpenPlatform = (fault: FaultHandler) => Platform;

export function cryptoWith(signer: Signer | undefined): Crypto {
  return signer === undefined ? { sha256 } : { sha256, signer };
}
