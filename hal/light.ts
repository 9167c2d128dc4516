/**
 * Light that carries data: the contract between a transmitter's codec and what switches the LED. Not of ECMA-419, which has no
 * such class; made in its manner.
 *
 * A frame is handed over whole and leaves without a gap, however late the JavaScript is; between frames the light stays at its
 * level. Chips and line bits stand in octets, least significant bit first in time.
 */
import type { ByteBuffer, Closable, PinSpecifier } from "./io";

export interface LightFrame {
  /** The preamble's chips, and from octet `bitsAt` on the line bits. */
  readonly octets: Uint8Array;
  /** Chips of the preamble: light on (1) or off (0) for a period of the optical clock. */
  readonly preambleChips: number;
  readonly bitsAt: number;
  readonly bitCount: number;
  /** The first so many line bits are the header, which is the same for all frames of one transmitter with one `headerLength`. 0 and -1: unknown. */
  readonly headerBits: number;
  readonly headerLength: number;
}

/**
 * How a line bit shines.
 * - `manchester`: half of two clock periods dark, half lit.
 * - `vppm`: lit for the share `duty` of one clock period: at its front for a 0, at its back for a 1.
 */
export type LineCode = "manchester" | "vppm";

export interface LightEmitterOptions {
  readonly pin: PinSpecifier;
  /** Periods of the optical clock a second. */
  readonly clockHz: number;
  readonly lineCode: LineCode;
  /** Manchester: what a 0 begins with, dark (0) or lit (1). Default 0. */
  readonly zeroBegins?: 0 | 1;
  /** The lamp shines while the pin is low. Default false. */
  readonly invert?: boolean;
  /** Octets of the longest frame. */
  readonly maxOctets: number;
}

export interface LightEmitter extends Closable {
  /**
   * Begins to send; the frame is copied. While another one is still on its way it throws `IOError` `buffer-full` and takes
   * nothing: whoever has more to say keeps it.
   */
  send(frame: LightFrame): void;
  /**
   * The light from now on: `duty` of VPPM pulses, and the chips that are repeated between frames, packed like a preamble.
   * A frame on its way ends first.
   */
  shine(duty: number, idle: ByteBuffer, idleChips: number): void;
}

export type LightEmitterConstructor = new (options: LightEmitterOptions) => LightEmitter;

/** A chip must be many ticks of the RMT, which counts at 40 MHz, and fit its counter. */
export const LIGHT_CLOCK_MIN_HZ = 10_000;
export const LIGHT_CLOCK_MAX_HZ = 1_000_000;
/** The longest frame of PHY I, MCS 0 behind the longest preamble, takes 11 kB. */
export const LIGHT_OCTETS_MAX = 16_384;
/** Chips of an idle pattern: what fits the memory block of an RMT channel. */
export const IDLE_CHIPS_MAX = 100;
