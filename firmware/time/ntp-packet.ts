/** One request and its reply (RFC 5905 section 7.3, as RFC 4330 section 4 narrows it for a client). Pure: no IO, no clock. */

export const PACKET_BYTES = 48;
/** LI 0, version 4, mode 3: a client that says nothing else of itself. */
const CLIENT_HEADER = 0x23;
const MODE_SERVER = 4;
const LEAP_UNSYNCHRONISED = 3;
const LARGEST_STRATUM = 15;

/** Offsets in the packet. */
const At = {
  stratum: 1,
  rootDelay: 4,
  rootDispersion: 8,
  reference: 12,
  origin: 24,
  receive: 32,
  transmit: 40,
} as const;

/** Seconds from 1900 to 1970. */
const UNIX_EPOCH_S = 2_208_988_800;
/** Era 0 ends on 2036-02-07: a timestamp whose top bit is clear is of era 1 (RFC 4330 section 3). */
const ERA_S = 4_294_967_296;
const FRACTION = 4_294_967_296;
/** NTP short format: 16 bits of seconds, 16 of fraction. */
const SHORT = 65_536;

/** Longer than this a reply says too little about now. */
export const LONGEST_TRIP_MS = 1_000;
export const LARGEST_DISTANCE_MS = 1_000;

/** Why a reply is not believed. */
export const ReplyFault = {
  none: 0,
  /** Not of an NTP server of version 3 or 4. */
  form: 1,
  /** It answers something that was not asked. */
  origin: 2,
  unsynchronised: 3,
  stratum: 4,
  /** Kiss codes (RFC 4330 section 8). */
  rate: 5,
  denied: 6,
  /** Its times are missing, or contradict each other. */
  times: 7,
  slow: 8,
  distance: 9,
} as const;
export type ReplyFault = (typeof ReplyFault)[keyof typeof ReplyFault];
export const FAULTS = 10;

/** What a reply says. Made once, filled for each. */
export class NtpReply {
  fault: ReplyFault = ReplyFault.none;
  /** UNIX time in milliseconds at the middle of the trip. */
  utcMs = 0;
  /** How wrong it may be: half of the trip and the distance to the reference clock. */
  uncertaintyMs = 0;
  tripMs = 0;
}

/** @param high, low 64 random bits, by which the reply is known */
export function writeRequest(bytes: Uint8Array, view: DataView, high: number, low: number): void {
  bytes.fill(0, 0, PACKET_BYTES);
  bytes[0] = CLIENT_HEADER;
  view.setUint32(At.transmit, high);
  view.setUint32(At.transmit + 4, low);
}

/**
 * Judges a reply.
 * @param view onto the received packet, `length` bytes
 * @param sentMs, receivedMs monotonic
 * @param high, low the random bits of the request
 */
export function readReply(
  view: DataView,
  length: number,
  sentMs: number,
  receivedMs: number,
  high: number,
  low: number,
  reply: NtpReply,
): void {
  reply.fault = judge(view, length, sentMs, receivedMs, high, low, reply);
}

function judge(
  view: DataView,
  length: number,
  sentMs: number,
  receivedMs: number,
  high: number,
  low: number,
  reply: NtpReply,
): ReplyFault {
  if (length < PACKET_BYTES) return ReplyFault.form;
  const header = view.getUint8(0);
  const version = (header >> 3) & 7;
  if ((header & 7) !== MODE_SERVER || version < 3 || version > 4) return ReplyFault.form;
  // Before anything is believed, a kiss code included: it must be an answer to us.
  if (view.getUint32(At.origin) !== high || view.getUint32(At.origin + 4) !== low) return ReplyFault.origin;
  const stratum = view.getUint8(At.stratum);
  if (stratum === 0) return kissOf(view);
  if (header >> 6 === LEAP_UNSYNCHRONISED) return ReplyFault.unsynchronised;
  if (stratum > LARGEST_STRATUM) return ReplyFault.stratum;
  if (view.getUint32(At.transmit) === 0 && view.getUint32(At.transmit + 4) === 0) return ReplyFault.times;
  const arrivedMs = unixMs(view, At.receive);
  const leftMs = unixMs(view, At.transmit);
  const tripMs = receivedMs - sentMs - (leftMs - arrivedMs);
  // A server cannot have had the request for longer than we waited; a millisecond is the grain of our clock.
  if (leftMs < arrivedMs || tripMs < -1) return ReplyFault.times;
  if (tripMs > LONGEST_TRIP_MS) return ReplyFault.slow;
  const distanceMs = (view.getUint32(At.rootDelay) / 2 + view.getUint32(At.rootDispersion)) * (1000 / SHORT);
  if (distanceMs > LARGEST_DISTANCE_MS) return ReplyFault.distance;
  reply.tripMs = tripMs > 0 ? tripMs : 0;
  reply.utcMs = (arrivedMs + leftMs) / 2;
  reply.uncertaintyMs = reply.tripMs / 2 + distanceMs + 1;
  return ReplyFault.none;
}

/** `RATE` asks for fewer requests, `DENY` and `RSTR` for none; what the others mean, the reply is of no use. */
function kissOf(view: DataView): ReplyFault {
  const code = view.getUint32(At.reference);
  if (code === 0x5241_5445) return ReplyFault.rate;
  if (code === 0x4445_4e59 || code === 0x5253_5452) return ReplyFault.denied;
  return ReplyFault.stratum;
}

function unixMs(view: DataView, at: number): number {
  const seconds = view.getUint32(at);
  const era = seconds < 0x8000_0000 ? ERA_S : 0;
  return (seconds + era - UNIX_EPOCH_S + view.getUint32(at + 4) / FRACTION) * 1000;
}
