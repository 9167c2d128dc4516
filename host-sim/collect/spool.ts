/**
 * What arrived, as it arrived: the evidence, signatures and all. A message is acknowledged to the broker when it is in here and
 * synced. Everything else that a collector writes is made from it, and can be made again when more is known.
 *
 * Each entry: time of arrival (UNIX milliseconds, binary64 big-endian), then as in `uplink.bin`. A torn end, from a power cut, is cut
 * off when the file is opened: its message was never acknowledged and comes again.
 */
import { closeSync, existsSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { encodeMessage } from "../uplink-file";

export type SpoolEntry = { readonly receivedMs: number; readonly topic: string; readonly payload: Uint8Array };

const TIME_BYTES = 8;
export const SPOOL_FILE = "spool.bin";

/** The entries of a spool, and where the last whole one ends. */
export function readSpool(bytes: Buffer): { entries: SpoolEntry[]; end: number } {
  const entries: SpoolEntry[] = [];
  let at = 0;
  for (;;) {
    const topicAt = at + TIME_BYTES + 2;
    if (topicAt > bytes.length) break;
    const payloadAt = topicAt + bytes.readUInt16BE(topicAt - 2) + 4;
    if (payloadAt > bytes.length) break;
    const end = payloadAt + bytes.readUInt32BE(payloadAt - 4);
    if (end > bytes.length) break;
    const topic = bytes.toString("utf8", topicAt, payloadAt - 4);
    entries.push({ receivedMs: bytes.readDoubleBE(at), topic, payload: bytes.subarray(payloadAt, end) });
    at = end;
  }
  return { entries, end: at };
}

export class Spool {
  readonly path: string;
  /** Bytes of a torn entry that were cut off when it was opened. */
  readonly tornBytes: number;
  readonly #file: number;
  #dirty = false;

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.path = join(folder, SPOOL_FILE);
    const bytes = existsSync(this.path) ? readFileSync(this.path) : Buffer.alloc(0);
    const { end } = readSpool(bytes);
    this.tornBytes = bytes.length - end;
    this.#file = openSync(this.path, "a");
    if (this.tornBytes > 0) ftruncateSync(this.#file, end);
  }

  append(receivedMs: number, topic: string, payload: Uint8Array): void {
    const time = Buffer.alloc(TIME_BYTES);
    time.writeDoubleBE(receivedMs);
    const bytes = Buffer.concat([time, encodeMessage(topic, payload)]);
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#file, bytes, done);
    this.#dirty = true;
  }

  /** What was appended survives a power cut from here on. */
  sync(): void {
    if (this.#dirty) fsyncSync(this.#file);
    this.#dirty = false;
  }

  close(): void {
    this.sync();
    closeSync(this.#file);
  }
}
