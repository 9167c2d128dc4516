/** Reads and writes the texts of ready-headers.ts. */
const ZERO = 48;
const BITS = 6;

export function readyBits(text: string): number {
  return ((text.charCodeAt(0) - ZERO) << BITS) | (text.charCodeAt(1) - ZERO);
}

/** Writes the line bits into `octets` from octet `at` on; what fills up the last octet is 0. */
export function writeReady(text: string, octets: Uint8Array, at: number): void {
  let place = at;
  let waiting = 0;
  let fill = 0;
  for (let i = 2; i < text.length; i++) {
    waiting |= (text.charCodeAt(i) - ZERO) << fill;
    fill += BITS;
    if (fill < 8) continue;
    octets[place++] = waiting & 0xff;
    waiting >>= 8;
    fill -= 8;
  }
  octets[place] = waiting;
}

/** @param octets hold `bits` line bits from octet `at` on */
export function readyText(octets: Uint8Array, at: number, bits: number): string {
  let text = String.fromCharCode((bits >> BITS) + ZERO, (bits & 63) + ZERO);
  for (let bit = 0; bit < bits; bit += BITS) {
    let six = 0;
    for (let i = 0; i < BITS && bit + i < bits; i++)
      six |= ((octets[at + ((bit + i) >> 3)] >> ((bit + i) & 7)) & 1) << i;
    text += String.fromCharCode(six + ZERO);
  }
  return text;
}
