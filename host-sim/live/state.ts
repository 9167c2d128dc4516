/**
 * What a gateway on this machine keeps over a restart, in a folder of its own: the partition in which messages wait, the number of
 * its starts, what the firmware keeps, and the key that it signs with.
 *
 *   DIR/<partition>.flash   the store, where the site has one (uplink: { store: { flash: ... } })
 *   DIR/boot                how often it was started
 *   DIR/keep.<name>         a few bytes each: the root of its trace, the commands that it has carried out
 *   DIR/key.pem             where the site signs: made at the first start, readable by its owner alone
 *   DIR/lock                which process has the folder
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Plan } from "../../firmware/plan";
import { partitionBytes } from "../../firmware/uplink/outbox/flash-store";
import type { Signer } from "../../hal/crypto";
import type { FlashStorage } from "../../hal/flash";
import type { Keep } from "../../hal/keep";
import { StateFiles } from "../../hal/node/files";
import { FileFlash } from "../../hal/node/flash";
import { signerFromFile } from "../../hal/node/signer";

const SECTOR_BYTES = 4096;

/** Another process has the folder: two gateways would write over each other's messages. */
export class StateLockedError extends Error {
  readonly code = "state-locked";
}

export type GatewayState = {
  /** Of this start: 1 in a new folder. */
  readonly boot: number;
  readonly keep: Keep;
  readonly flash?: FlashStorage;
  readonly signer?: Signer;
  close(): void;
};

/** @throws StateLockedError, and what the file system throws */
export function openState(folder: string, plan: Plan): GatewayState {
  mkdirSync(folder, { recursive: true });
  const lock = join(folder, "lock");
  takeLock(lock);
  const files = new StateFiles(folder);
  const { flash, alarmBytes, telemetryBytes } = plan.uplink.store;
  const partitions = flash === undefined ? {} : { [flash]: partitionBytes(alarmBytes, telemetryBytes, SECTOR_BYTES) };
  return {
    boot: files.next("boot"),
    keep: {
      read: (name) => files.read(`keep.${name}`),
      write: (name, bytes) => files.write(`keep.${name}`, bytes),
    },
    ...(flash === undefined ? {} : { flash: new FileFlash({ folder, partitions }) }),
    ...(plan.uplink.sign === undefined ? {} : { signer: signerFromFile(join(folder, "key.pem")) }),
    close: () => rmSync(lock, { force: true }),
  };
}

/** A lock whose process is gone, as after kill -9, is taken over. */
function takeLock(lock: string): void {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      writeFileSync(lock, `${process.pid}\n`, { flag: "wx" });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const owner = Number(readFileSync(lock, "utf8"));
      if (isAlive(owner))
        throw new StateLockedError(`process ${owner} has this folder: two gateways may not share one`);
      rmSync(lock, { force: true });
    }
  }
  throw new StateLockedError("another process took this folder just now");
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
