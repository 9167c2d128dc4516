/**
 * Error rates of the codec alone: frames go through white normal noise to the decoder, whose symbols are in step with the
 * transmitter's and whose header is known. What a receiver loses beyond that is its own.
 *
 * Ec/N0 counts the alternating energy of a chip of OOK or of half a pulse of VPPM at duty 0.5: levels 0 and A are +-A/2
 * (reference/vlc.md section 5.3). A chip is decided at 2 Ec/N0, a Manchester bit or a pulse at 4 Ec/N0.
 */
import { bitAt, bitsToSoft } from "../../../drivers/vlc/bits";
import type { Decisions } from "../../../drivers/vlc/block-decoder";
import { VlcDecoder } from "../../../drivers/vlc/decoder";
import { VlcEncoder } from "../../../drivers/vlc/encoder";
import { lineSymbolCount, writeLineSymbols } from "../../../drivers/vlc/line-chips";
import { frameCheck, profileFor } from "../../../drivers/vlc/profile";
import { ratioOfDb } from "../math";
import { NormalDeviates } from "../normal";
import type { RandomWords } from "../random";

/** Of half the distance between light and dark; noise at -10 dB stays below the decoder's bound of 2^19 at 50 deviations. */
const AMPLITUDE = 4_096;

export type ErrorRateOptions = {
  readonly mcs: number;
  readonly decisions: Decisions;
  /** Of the PSDU, its FCS included. */
  readonly octets: number;
  /** The header has noise as well, and a frame whose header is lost is wrong with half of its bits. Default: it is known. */
  readonly noisyHeader?: boolean;
};

export type ErrorRate = {
  readonly frames: number;
  readonly wrongFrames: number;
  readonly wrongBits: number;
  /** Variance of the wrong bits of a wrong frame over the square of their mean: how much less sure BER is than PER. */
  readonly burstSpread: number;
  /** Wrong Manchester bits or pulses before any decoding, and how many there were. */
  readonly wrongLineBits: number;
  readonly lineBits: number;
  /** Wrong bits a bit of the PSDU. */
  readonly ber: number;
  /** Wrong frames a frame. */
  readonly per: number;
};

export class ErrorRateBench {
  readonly #options: ErrorRateOptions;
  readonly #random: RandomWords;
  readonly #noise: NormalDeviates;
  readonly #encoder: VlcEncoder;
  readonly #decoder: VlcDecoder;
  readonly #psdu: Uint8Array;
  readonly #packed: Uint8Array;
  readonly #soft: Int32Array;
  readonly #isOok: boolean;

  constructor(random: RandomWords, options: ErrorRateOptions) {
    const { mcs, decisions, octets } = options;
    const profile = profileFor(mcs);
    this.#options = options;
    this.#random = random;
    this.#noise = new NormalDeviates(random);
    this.#encoder = new VlcEncoder({ mcs, profile, maxPsduOctets: octets });
    this.#decoder = new VlcDecoder(profile, { decisions, maxPsduOctets: octets });
    this.#psdu = new Uint8Array(octets);
    this.#isOok = this.#encoder.mcs.modulation === "OOK";
    const symbols = lineSymbolCount(this.#encoder);
    this.#packed = new Uint8Array((symbols + 7) >> 3);
    this.#soft = new Int32Array(symbols);
  }

  /** Until `wrongFrames` were wrong, but not more than `maxFrames`. */
  measure(ecn0Db: number, wrongFrames: number, maxFrames: number): ErrorRate {
    const { octets } = this.#options;
    const ratio = ratioOfDb(ecn0Db);
    const deviation = AMPLITUDE / Math.sqrt((this.#isOok ? 2 : 4) * ratio);
    let frames = 0;
    let wrong = 0;
    let wrongBits = 0;
    let squares = 0;
    let wrongLineBits = 0;
    let lineBits = 0;
    while (frames < maxFrames && wrong < wrongFrames) {
      const start = this.#send();
      lineBits += (this.#soft.length - start) / (this.#isOok ? 2 : 1);
      wrongLineBits += this.#disturb(start, deviation);
      const bits = this.#receive(start);
      frames++;
      wrongBits += bits;
      squares += bits * bits;
      if (bits > 0) wrong++;
    }
    return {
      frames,
      wrongFrames: wrong,
      wrongBits,
      burstSpread: wrong === 0 ? 0 : (squares * wrong) / (wrongBits * wrongBits) - 1,
      wrongLineBits,
      lineBits,
      ber: wrongBits / (frames * octets * 8),
      per: wrong / frames,
    };
  }

  /** A frame of random octets, its header decoded as it was sent. Returns the first symbol that noise comes to. */
  #send(): number {
    const psdu = this.#psdu;
    for (let i = 0; i < psdu.length; i++) psdu[i] = this.#random.uint32() & 0xff;
    if (psdu.length > 2) frameCheck(this.#encoder.profile).append(psdu, psdu.length - 2);
    this.#encoder.encode(psdu, psdu.length);
    const count = writeLineSymbols(this.#encoder, this.#packed);
    bitsToSoft(this.#packed, count, this.#soft);
    const header = this.#encoder.preambleChips;
    if (!this.#decoder.decodeHeader(this.#soft, header, count)) throw new Error("a header without noise is not read");
    return this.#options.noisyHeader === true ? header : header + this.#decoder.headerLineSymbols;
  }

  /** Returns how many bits of the PSDU are wrong. */
  #receive(start: number): number {
    const decoder = this.#decoder;
    const { length } = this.#soft;
    if (this.#options.noisyHeader === true) {
      if (!decoder.decodeHeader(this.#soft, start, length)) return 4 * this.#psdu.length;
      decoder.decodePayload(this.#soft, start + decoder.headerLineSymbols, length);
    } else decoder.decodePayload(this.#soft, start, length);
    return this.#wrongBits();
  }

  // hot path
  /** Adds noise from symbol `start` on. Returns how many line bits a hard decision gets wrong. */
  #disturb(start: number, deviation: number): number {
    const soft = this.#soft;
    const noise = this.#noise;
    const step = this.#isOok ? 2 : 1;
    let wrong = 0;
    for (let i = start; i < soft.length; i += step) {
      const sent = bitAt(this.#packed, i) === 1;
      soft[i] = soft[i] * AMPLITUDE + deviation * noise.next();
      if (step === 2) {
        soft[i + 1] = soft[i + 1] * AMPLITUDE + deviation * noise.next();
        if (soft[i] > soft[i + 1] !== sent) wrong++;
      } else if (soft[i] > 0 !== sent) wrong++;
    }
    return wrong;
  }

  #wrongBits(): number {
    const got = this.#decoder.psdu;
    let count = 0;
    for (let i = 0; i < this.#psdu.length; i++)
      for (let rest = got[i] ^ this.#psdu[i]; rest !== 0; rest &= rest - 1) count++;
    return count;
  }
}
