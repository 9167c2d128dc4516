/** What `argand collect` and `argand trace` read: keys, and captures of any kind. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { KeyRing } from "../collect/key-ring";
import { readSpool, SPOOL_FILE, type SpoolEntry } from "../collect/spool";
import { readMessages } from "../uplink-file";
import { wrongInput } from "./exit";

export function keyRing(files: readonly string[]): KeyRing {
  const ring = new KeyRing();
  for (const file of files) {
    try {
      ring.addFile(file);
    } catch (error) {
      throw wrongInput((error as Error).message);
    }
  }
  return ring;
}

/** The folder of a collector, or `uplink.bin`. */
export function entriesOf(path: string): SpoolEntry[] {
  if (!existsSync(path)) throw wrongInput(`${path} is not there`);
  if (statSync(path).isDirectory()) return spooled(path);
  try {
    const receivedMs = statSync(path).mtimeMs;
    return [...readMessages(readFileSync(path))].map((message) => ({ ...message, receivedMs }));
  } catch (error) {
    throw wrongInput(`${path}: ${(error as Error).message}`);
  }
}

export function spooled(folder: string): SpoolEntry[] {
  const path = join(folder, SPOOL_FILE);
  if (!existsSync(path)) throw wrongInput(`${folder} holds no ${SPOOL_FILE}`);
  return readSpool(readFileSync(path)).entries;
}
