/**
 * Sizes of the header's code, which is the one of MCS 0: 6 octets are 12 symbols; two words of RS(15,7) less 2 pad symbols
 * are 28 symbols or 112 bits; with the tail, at rate 1/4, 472 coded bits; Manchester makes them 944 chips.
 */
import { CC_TAIL_BITS, type CcRate } from "./convolutional";
import { CHIPS_PER_BIT } from "./manchester";
import type { RsK } from "./rs16";

export const HEADER_K: RsK = 7;
export const HEADER_RATE: CcRate = "1/4";
export const HEADER_MESSAGE_SYMBOLS = 12;
export const HEADER_SENT_SYMBOLS = 28;
export const HEADER_OUTER_BITS: number = 4 * HEADER_SENT_SYMBOLS;
export const HEADER_OUTER_OCTETS: number = HEADER_OUTER_BITS / 8;
export const HEADER_CODED_BITS: number = 4 * (HEADER_OUTER_BITS + CC_TAIL_BITS);
export const HEADER_CODED_OCTETS: number = HEADER_CODED_BITS / 8;
export const HEADER_CHIPS: number = CHIPS_PER_BIT * HEADER_CODED_BITS;
