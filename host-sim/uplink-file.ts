/**
 * `uplink.bin`: every message of a run, in the order in which the broker took them.
 *
 * Each message is: topic length (2 bytes), topic (UTF-8), payload length (4 bytes), payload; numbers big-endian. The
 * SHA-256 of the whole file is a run's `uplinkSha256`.
 */

export type UplinkMessage = { readonly topic: string; readonly payload: Uint8Array };

export function encodeMessage(topic: string, payload: Uint8Array): Uint8Array {
  const name = Buffer.from(topic, "utf8");
  const bytes = Buffer.alloc(2 + name.length + 4 + payload.length);
  bytes.writeUInt16BE(name.length, 0);
  name.copy(bytes, 2);
  bytes.writeUInt32BE(payload.length, 2 + name.length);
  bytes.set(payload, 6 + name.length);
  return bytes;
}

export class UplinkFileError extends Error {
  readonly code = "uplink-file";
}

export function* readMessages(file: Uint8Array): Generator<UplinkMessage> {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  let at = 0;
  const take = (length: number) => {
    if (at + length > bytes.length) throw new UplinkFileError(`the file ends inside the message at byte ${at}`);
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const topic = take(take(2).readUInt16BE()).toString("utf8");
    const payload = take(take(4).readUInt32BE());
    yield { topic, payload };
  }
}
