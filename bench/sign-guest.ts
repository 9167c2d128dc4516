/** Signatures inside XS: called with what to do and how often, in the gateway's machine (bench/sign.ts). */
import { Es256Signer } from "../hal/es256";

declare const host: { onCall(answer: (what: number, turns: number) => void): void };

/** Of a batch of 64 records. */
const BATCH_BYTES = 700;

/** A device hashes in C. Here it is no hash, so that what is measured is the curve; it is different for different bytes. */
function stand(bytes: Uint8Array): Uint8Array {
  const hash = new Uint8Array(32).fill(0x5b);
  for (let i = bytes.length - 1, at = 0; at < 32 && i >= 0; at++, i--) hash[at] ^= bytes[i] + at;
  return hash;
}

const secret = new Uint8Array(32).fill(0x11);
const message = new Uint8Array(BATCH_BYTES + 64);
const signer = new Es256Signer(secret, stand);

const works: readonly (() => void)[] = [
  () => {},
  () => signer.sign(message, 0, BATCH_BYTES, BATCH_BYTES),
  () => new Es256Signer(secret, stand),
];

(globalThis as unknown as { main: () => void }).main = () => {
  host.onCall((what, turns) => {
    const work = works[what];
    for (let i = 0; i < turns; i++) work();
  });
};
