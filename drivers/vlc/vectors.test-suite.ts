/** The independent known answers that stand beside the repository, where they are there. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("../../../shared/vectors/vlc/", import.meta.url));

export type Packed = { n: number; packed: string };

export type VlcVectors = {
  crc: ({ data: string } & Record<string, string>)[];
  gf16: { exp: number[] };
  rs_generators: { n: number; k: number; coeffs_high_first: number[]; alpha_exponents: number[] }[];
  rs16_encode: { k: number; msg: string; codeword: string }[];
  rs16_decode: { k: number; received: string; codeword: string | null; errors: number }[];
  outer_encode: {
    k: number;
    in: Packed;
    params: { S_frame: number; pad: number; D: number; S: number };
    rs_rows: string[];
    out_symbols: string;
    out: Packed;
  }[];
  cc_encode: ({ in: Packed } & { [rate in "1/4" | "1/3" | "2/3"]: Packed })[];
  "4b6b": { table: string[]; cases: { in: Packed; out: Packed; out_msb_index: Packed; out_reversed_word: Packed }[] };
  vppm: { in: string; slots: number; pulse: number; out: string }[];
  rs256_encode: { n: number; k: number; msg: string; codeword: string }[];
  manchester: { in: Packed; out: Packed; out_inverted: Packed }[];
  preamble: { tdp: string; flp: number; bits: string }[];
  phr: {
    mcs: number;
    len: number;
    channel: number;
    burst: number;
    dimmed: number;
    octets: string;
    bits: string;
    hcs: Record<string, string>;
    hcs_bits_mcrf4xx: string;
    serial_ffff: string;
  }[];
  psdu: { seq: number; mhr: string; msdu: string; psdu: string }[];
  ppdu: {
    mcs: number;
    psdu: string;
    tdp: string;
    flp: number;
    channel: number;
    variant?: string;
    phr_hcs_bits: string;
    phr_chips: Packed;
    psdu_chips: Packed;
    all_chips: Packed;
  }[];
};

export type ExpectedRates = {
  uncoded: { ebn0: number; ber: number }[];
  chain_per_64_octets: { mcs: number; dec: string; ecn0: number; ber: number; per: number }[];
};

export const vectors: VlcVectors | undefined = load("vectors.json");
export const expectedRates: ExpectedRates | undefined = load("expected_ber.json");

function load<T>(name: string): T | undefined {
  if (existsSync(FOLDER + name)) return JSON.parse(readFileSync(FOLDER + name, "utf8")) as T;
  console.warn(`skipped: ../shared/vectors/vlc/${name} is not here`);
  return undefined;
}

export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, "hex"));
}

export function toHex(octets: Uint8Array): string {
  return Buffer.from(octets).toString("hex");
}

/** One hexadecimal digit a symbol. */
export function symbolsOf(digits: string): Uint8Array {
  return Uint8Array.from(digits, (digit) => Number.parseInt(digit, 16));
}

export function digitsOf(symbols: Uint8Array): string {
  return Array.from(symbols, (symbol) => symbol.toString(16)).join("");
}

/** Bits of a packed stream as a string; the vectors pack the least significant bit first. */
export function bitsOf({ n, packed }: Packed): string {
  const octets = fromHex(packed);
  let bits = "";
  for (let i = 0; i < n; i++) bits += (octets[i >> 3] >> (i & 7)) & 1;
  return bits;
}

/** Chips as an SPI port shifts them out, the first one on top. */
export function chipsOf(chips: Uint8Array, count: number): string {
  let bits = "";
  for (let i = 0; i < count; i++) bits += (chips[i >> 3] >> (7 - (i & 7))) & 1;
  return bits;
}
