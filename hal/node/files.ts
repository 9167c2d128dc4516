/**
 * Small state that outlives the process: boot counter, keys. A file is replaced whole or not at all: written beside,
 * synced, renamed, so that a power cut leaves the old content or the new.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

/** A state file holds something that this program did not write: the operator must look before it is replaced. */
export class StateFileError extends Error {
  readonly code = "state-file";
}

const NAME = /^[a-z0-9][a-z0-9._-]*$/i;

export class StateFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** `undefined` when there is none. */
  read(name: string): Uint8Array | undefined {
    try {
      return new Uint8Array(readFileSync(this.#path(name)));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  write(name: string, bytes: Uint8Array): void {
    const path = this.#path(name);
    mkdirSync(this.#folder, { recursive: true });
    // The process id keeps two writers apart; the later rename wins.
    const beside = `${path}.${process.pid}.new`;
    try {
      const file = openSync(beside, "w", 0o600);
      try {
        for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(beside, path);
    } catch (error) {
      rmSync(beside, { force: true });
      throw error;
    }
    this.#syncFolder();
  }

  /** Counts up and says the new number: 1 on the first call ever. The number is on disk before it is used. */
  next(name: string): number {
    const bytes = this.read(name);
    const before = bytes === undefined ? 0 : Number(new TextDecoder().decode(bytes));
    if (!Number.isSafeInteger(before) || before < 0)
      throw new StateFileError(`${this.#path(name)} does not hold a counter; restore it or delete it`);
    this.write(name, new TextEncoder().encode(`${before + 1}\n`));
    return before + 1;
  }

  #path(name: string): string {
    if (!NAME.test(name)) throw new RangeError(`"${name}" is not a name for a state file`);
    return join(this.#folder, name);
  }

  /** The rename itself must survive a power cut; Windows has no such call and needs none. */
  #syncFolder(): void {
    if (process.platform === "win32") return;
    const folder = openSync(this.#folder, "r");
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  }
}
