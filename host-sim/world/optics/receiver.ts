/**
 * Somebody with a photodiode below a luminaire: sees its light through an `OpticalChannel`, finds preambles, decodes frames
 * and reads beacons. It knows nothing of the transmitter but the codec's profile: not when a frame begins, not which
 * topology pattern it carries.
 *
 * Thin in one respect: chips are taken at the transmitter's own clock and in step with it.
 */
import { BeaconReader } from "../../../drivers/vlc/beacon";
import { VlcDecoder, VlcOutcome } from "../../../drivers/vlc/decoder";
import type { Random } from "../../../hal/random";
import { OpticalChannel } from "./channel";
import { Synchroniser } from "./synchroniser";

export type OpticalReceiverOptions = {
  /** Straight below the lamp. */
  readonly distanceM: number;
};

/** Longest burst of light that is looked at as a whole: the longest FLP and the longest frame. */
const MAX_CHIPS = 34_000;
/** Dark chips before the frame, at most less one: the receiver's look at the light starts anywhere. */
const LEAD_CHIPS = 64;

export type Beacon = { readonly id: number; readonly sequence: number; readonly atUs: number };

export type OpticalReport = {
  /** Bursts of light that were looked at; each ends as one of the next five. */
  readonly bursts: number;
  readonly frames: number;
  readonly unsynchronised: number;
  readonly hcsErrors: number;
  readonly fcsErrors: number;
  /** Frames that this receiver cannot decode, or that end too early. */
  readonly refused: number;
  /** Frames that carried a beacon. */
  readonly beacons: number;
  readonly lastBeacon: Beacon | undefined;
};

export class OpticalReceiver {
  readonly name: string;
  readonly #random: Random;
  readonly #channel: OpticalChannel;
  readonly #synchroniser = new Synchroniser();
  readonly #decoder = new VlcDecoder();
  readonly #reader = new BeaconReader();
  readonly #soft = new Int32Array(MAX_CHIPS);
  #bursts = 0;
  #unsynchronised = 0;
  #beacons = 0;
  #lastBeaconUs = -1;

  constructor(name: string, random: Random, options: OpticalReceiverOptions) {
    this.name = name;
    this.#random = random;
    this.#channel = new OpticalChannel(random, options.distanceM);
  }

  // hot path
  /** One burst of light: `chips` packed, the first in the most significant bit, at `_hz` chips a second, from `nowUs` on. */
  observe(chips: Uint8Array, chipCount: number, _hz: number, nowUs: number): void {
    this.#bursts++;
    const count = this.#look(chips, chipCount);
    const start = this.#synchroniser.find(this.#soft, count);
    if (start < 0) {
      this.#unsynchronised++;
      return;
    }
    if (this.#decoder.decode(this.#soft, start, count) !== VlcOutcome.frame) return;
    if (!this.#reader.read(this.#decoder.psdu, this.#decoder.psduLength)) return;
    this.#beacons++;
    this.#lastBeaconUs = nowUs;
  }

  report(): OpticalReport {
    const decoder = this.#decoder;
    return {
      bursts: this.#bursts,
      frames: decoder.frames,
      unsynchronised: this.#unsynchronised,
      hcsErrors: decoder.hcsErrors,
      fcsErrors: decoder.fcsErrors,
      refused: decoder.unsupported + decoder.badLengths,
      beacons: this.#beacons,
      lastBeacon:
        this.#lastBeaconUs < 0
          ? undefined
          : { id: this.#reader.id, sequence: this.#reader.sequence, atUs: this.#lastBeaconUs },
    };
  }

  // hot path
  /** Fills the soft chips: some darkness, then the burst. Returns how many. */
  #look(chips: Uint8Array, chipCount: number): number {
    const soft = this.#soft;
    const channel = this.#channel;
    const lead = this.#random.uint32() & (LEAD_CHIPS - 1);
    const lit = Math.min(chipCount, MAX_CHIPS - lead);
    for (let i = 0; i < lead; i++) soft[i] = channel.sample(0);
    for (let i = 0; i < lit; i++) soft[lead + i] = channel.sample((chips[i >> 3] >> (7 - (i & 7))) & 1);
    return lead + lit;
  }
}
