/** What a gateway does about a reason code (MQTT 5 section 2.4, and the return codes of 3.1.1). Data, not branches in the session. */
import { Retry } from "./backoff";

/** Reasons why a connection ends or does not begin. */
export const Reason = {
  versionUnknown: 0x84,
  takenOver: 0x8e,
  packetTooLarge: 0x95,
  useAnother: 0x9c,
  moved: 0x9d,
} as const;

/** 0x85 to 0x87 and 0x8a: identity. 0x8e: another client has this name, and coming back would be a war. 0x9b: no QoS 1. */
const SLOW: readonly number[] = [0x85, 0x86, 0x87, 0x8a, 0x8c, 0x8e, 0x9b];
/** The same of 3.1.1: identifier, password, not allowed. */
const SLOW_3: readonly number[] = [2, 4, 5];
const NOW: readonly number[] = [Reason.versionUnknown, Reason.useAnother, Reason.moved];
const SHUTTING_DOWN = 0x8b;

/** @param level 4 or 5, of the version that the code is of */
export function retryAfter(level: number, code: number): Retry {
  if (level === 4) return SLOW_3.includes(code) ? Retry.slow : Retry.usual;
  if (NOW.includes(code)) return Retry.now;
  if (code === SHUTTING_DOWN) return Retry.restart;
  return SLOW.includes(code) ? Retry.slow : Retry.usual;
}

/** PUBACK: 0x80 unspecified, 0x83 implementation specific, 0x97 quota. The same message may be taken later. */
const LATER: readonly number[] = [0x80, 0x83, 0x97];

/** A refusal that the same message may overcome; any other is a refusal for ever. */
export function mayBeTakenLater(code: number): boolean {
  return LATER.includes(code);
}

/** PUBACK 0x10: nobody listens. The broker has it all the same. */
export const REFUSALS_FROM = 0x80;
