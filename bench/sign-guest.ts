/** What a signature costs in XS: one line for each measurement, `<what> <units> <RV32 instructions>`. */
import { Es256Signer } from "../hal/es256";

declare const host: { print(text: string): void; units(): number; instructions(): number };

/** Turns of the shorter loop; the longer has twice as many, and the difference is taken. */
const TURNS = 2;
/** Of a batch of 64 records. */
const BATCH_BYTES = 700;

function measure(what: string, turn: () => void): void {
  const costOf = (read: () => number, turns: number) => {
    const from = read();
    for (let i = 0; i < turns; i++) turn();
    return read() - from;
  };
  const cost = (read: () => number) => (costOf(read, 2 * TURNS) - costOf(read, TURNS)) / TURNS;
  turn();
  host.print(`${what} ${cost(() => host.units())} ${cost(() => host.instructions())}`);
}

/** A device hashes in C. Here it is no hash, so that what is measured is the curve; it is different for different bytes. */
function stand(bytes: Uint8Array): Uint8Array {
  const hash = new Uint8Array(32).fill(0x5b);
  for (let i = bytes.length - 1, at = 0; at < 32 && i >= 0; at++, i--) hash[at] ^= bytes[i] + at;
  return hash;
}

const secret = new Uint8Array(32).fill(0x11);
const message = new Uint8Array(BATCH_BYTES + 64);
const signer = new Es256Signer(secret, stand);

measure("sign", () => signer.sign(message, 0, BATCH_BYTES, BATCH_BYTES));
measure("public-key", () => new Es256Signer(secret, stand));
