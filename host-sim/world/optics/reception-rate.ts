/** Frame error rates with the real receiver: frames at random times and clock offsets through noise to a `CaptureReceiver`. */
import { VlcEncoder } from "../../../drivers/vlc/encoder";
import { LineChips, lightOf, VPPM_SLOTS } from "../../../drivers/vlc/line-chips";
import { frameCheck, profileFor } from "../../../drivers/vlc/profile";
import { ratioOfDb } from "../math";
import { type RandomWords, uniform } from "../random";
import { CaptureReceiver, Reception } from "./capture-receiver";
import { SampledLight } from "./sampled-light";

/** Samples of a line symbol at the receiver's clock. */
const PER_SYMBOL = 8;
const AMPLITUDE = 1_000;
/** Dark symbols before and behind a frame at most. */
const DARK_SYMBOLS = 64;

/** Ec/N0 at which ideal synchronisation and soft decisions lose one frame of 64 octets in ten, by MCS (reference/vlc.md section 6). */
export const IDEAL_DB: readonly number[] = [-8.26, -6.89, -2.72, 1.67, 4.99, -3.32, -2.83, -2.34, 2.28];

export type ReceptionOptions = {
  readonly mcs: number;
  readonly octets: number;
  /** Chips of the fast locking pattern. Default 64. */
  readonly flp?: number;
};

export class ReceptionBench {
  readonly receiver: CaptureReceiver;
  readonly #random: RandomWords;
  readonly #encoder: VlcEncoder;
  readonly #light: LineChips;
  readonly #channel: SampledLight;
  readonly #psdu: Uint8Array;
  readonly #isOok: boolean;
  #samples = 0;

  constructor(random: RandomWords, options: ReceptionOptions) {
    const { mcs, octets } = options;
    const profile = { ...profileFor(mcs), flp: options.flp ?? 64 };
    this.#random = random;
    this.#encoder = new VlcEncoder({ mcs, profile, maxPsduOctets: octets });
    this.#light = new LineChips(lightOf(this.#encoder));
    this.#isOok = this.#encoder.mcs.modulation === "OOK";
    this.#psdu = new Uint8Array(octets);
    const chips = 8 * this.#light.chips.length;
    const symbols = chips / (this.#isOok ? 1 : VPPM_SLOTS) + 2 * DARK_SYMBOLS + 2;
    this.#channel = new SampledLight(random, chips, Math.ceil(symbols * PER_SYMBOL * 1.001));
    this.receiver = new CaptureReceiver({ profile, perSymbol: PER_SYMBOL, maxPsduOctets: octets });
  }

  /** One frame of random octets. True: it was received as it was sent. */
  send(ecn0Db: number, ppm: number): boolean {
    const psdu = this.#psdu;
    for (let i = 0; i < psdu.length; i++) psdu[i] = this.#random.uint32() & 0xff;
    frameCheck(this.#encoder.profile).append(psdu, psdu.length - 2);
    this.#encoder.encode(psdu, psdu.length);
    const chips = this.#light.write(this.#encoder);
    const perChip = this.#isOok ? PER_SYMBOL : PER_SYMBOL / VPPM_SLOTS;
    // Ec is of a chip of OOK or of half a pulse: so many samples.
    const samples = this.#isOok ? PER_SYMBOL : PER_SYMBOL / 2;
    this.#samples = this.#channel.write(this.#light.chips, chips, DARK_SYMBOLS * PER_SYMBOL, {
      perChip,
      lead: uniform(this.#random) * DARK_SYMBOLS * PER_SYMBOL,
      ppm,
      amplitude: AMPLITUDE,
      deviation: (AMPLITUDE / 2) * Math.sqrt(samples / (2 * ratioOfDb(ecn0Db))),
    });
    return this.again();
  }

  /** The receiver looks at the last frame's capture once more. True as with `send`. */
  again(): boolean {
    const psdu = this.#psdu;
    if (this.receiver.receive(this.#channel.samples, this.#samples) !== Reception.frame) return false;
    const { psdu: got, psduLength } = this.receiver.decoder;
    if (psduLength !== psdu.length) return false;
    for (let i = 0; i < psduLength; i++) if (got[i] !== psdu[i]) return false;
    return true;
  }

  /** @returns wrong or missing frames a frame */
  measure(ecn0Db: number, ppm: number, frames: number): number {
    let lost = 0;
    for (let i = 0; i < frames; i++) if (!this.send(ecn0Db, (i & 1) === 0 ? ppm : -ppm)) lost++;
    return lost / frames;
  }
}
