/**
 * The frame error rate to expect at an Ec/N0, from the expected points of `expected-rates.ts`: soft decisions, ideal synchronisation,
 * frames of 64 octets. Between two points the logarithm of errors a frame, -ln(1 - PER), runs straight over decibels; beyond the
 * last one it goes on as between the last two. Longer frames have as many more errors as they have octets, and a header has six.
 */
import { MCS_TABLE } from "../../../drivers/vlc/mcs";
import { EXPECTED_RATES, type ExpectedPoint } from "./expected-rates";

const EXPECTED_OCTETS = 64;
/** PHR and its checksum, with the lowest rate of their clock. */
const HEADER_OCTETS = 6;
const HEADER_MCS = { OOK: 0, VPPM: 5 } as const;
/** What a receiver of its own clock may lose against ideal synchronisation (issue 6; bench/reception.ts measures it). */
export const RECEIVER_LOSS_DB = 1;
/** Margins are from here. */
export const MARGIN_RATE = 0.1;

export function expectedFrameErrorRate(mcs: number, ecn0Db: number, octets: number): number {
  const header = HEADER_MCS[MCS_TABLE[mcs].modulation];
  const errors =
    (errorsAt(mcs, ecn0Db) * octets) / EXPECTED_OCTETS + (errorsAt(header, ecn0Db) * HEADER_OCTETS) / EXPECTED_OCTETS;
  return -Math.expm1(-errors);
}

/** Ec/N0 at which a frame in ten is lost, in dB. */
export function requiredDb(mcs: number, octets: number): number {
  let low = -20;
  let high = 20;
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2;
    if (expectedFrameErrorRate(mcs, middle, octets) > MARGIN_RATE) low = middle;
    else high = middle;
  }
  return high;
}

/** Chips of OOK, or halves of pulses, that carry one bit of a PSDU: what Eb is so many Ec of. */
export function chipsPerBit(mcs: number): number {
  const { modulation, outerK, innerRate } = MCS_TABLE[mcs];
  const inner = { "1/4": 4, "1/3": 3, "2/3": 1.5 } as const;
  const coded = (outerK === undefined ? 1 : 15 / outerK) * (innerRate === undefined ? 1 : inner[innerRate]);
  // Manchester: two chips a bit. 4B6B: six pulses, so twelve halves, for four bits.
  return coded * (modulation === "OOK" ? 2 : 3);
}

/** Errors in a frame of 64 octets, in the mean. */
function errorsAt(mcs: number, ecn0Db: number): number {
  const { points } = EXPECTED_RATES.find((curve) => curve.mcs === mcs && curve.decisions === "soft")!;
  const after = points.findIndex(([at]) => at > ecn0Db);
  const right = after < 0 ? points.length - 1 : Math.max(after, 1);
  const [low, high] = [points[right - 1], points[right]];
  const share = (ecn0Db - low[0]) / (high[0] - low[0]);
  const [from, to] = [logErrors(low), logErrors(high)];
  return Math.exp(Math.min(from + share * (to - from), 50));
}

function logErrors([, , per]: ExpectedPoint): number {
  return Math.log(-Math.log1p(-per));
}
