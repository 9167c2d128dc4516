/**
 * A receiver for samples of its own clock: it knows the codec's profile, and neither when a frame begins nor how fast the sender's
 * clock runs. Preamble search, header checksum as the filter of what was found, symbols by a tracking loop, decoder.
 *
 * Whatever a capture holds, `receive` ends as one of `Reception`, is counted, and gives back no frame whose FCS does not hold.
 */
import { CRC_VARIANTS, Crc16, type CrcVariant } from "../../../drivers/vlc/crc16";
import { VlcDecoder, VlcOutcome } from "../../../drivers/vlc/decoder";
import { bodySymbols } from "../../../drivers/vlc/encoder";
import { MAX_PSDU_OCTETS, MCS_TABLE } from "../../../drivers/vlc/mcs";
import { PHR_BLOCK_OCTETS } from "../../../drivers/vlc/phr";
import { TDP_CHIPS, type Tdp } from "../../../drivers/vlc/preamble";
import { frameCheck, type VlcProfile } from "../../../drivers/vlc/profile";
import { PreambleSearch } from "./preamble-search";
import { SymbolLoop } from "./symbol-loop";

export const Reception = {
  frame: 0,
  unsynchronised: 1,
  hcsError: 2,
  fcsError: 3,
  /** A header that holds and asks for what is not built or not taken, or a capture that ends before its frame. */
  refused: 4,
} as const;
export type Reception = (typeof Reception)[keyof typeof Reception];

export type CaptureReceiverOptions = {
  readonly profile: VlcProfile;
  /** Samples of a line symbol at the receiver's clock: of a chip of OOK, of a pulse of VPPM. Default 8. */
  readonly perSymbol?: number;
  /** Longest frame. Default 1023. */
  readonly maxPsduOctets?: number;
  /** Samples before the frame that there is room for. */
  readonly leadSamples?: number;
};

/** What a symbol's soft value is with a deviation of one, and where single samples are cut off: the decoder takes up to 2^19. */
const SOFT_DEVIATION = 16_384;
const CUT_DEVIATIONS = 20;
/** A place that says less of itself, -14 dB, has no frame to be read; the loop must have something to go by. */
const LEAST_ENERGY = 0.04;
/** Of a header's symbols; noise of 472 Manchester bits is beyond it once in 30 places. At -8.3 dB Ec/N0 a header has 1.6. */
const LEAST_CONTRAST = 1.2;
/** A quarter of a header that has so much needs no more: noise of 118 Manchester bits stays below it in all captures that there are. */
const CLEAR_CONTRAST = 2.5;
/** Ec/N0 of a chip, 3 dB: from there on a frame is most often read with what its preamble says, and need not be read twice. */
const LOUD = 2;
/** Chips of FLP that are correlated at most: more does not say more about the place. */
const MOST_FLP = 256;
/**
 * A capture begins a little before its frame: behind so many chips and a preamble what is there is tried before the rest is searched,
 * which is a fifth of the search of a short frame.
 */
const EARLY_CHIPS = 72;

export class CaptureReceiver {
  readonly decoder: VlcDecoder;
  /** Captures by how they ended, in the order of `Reception`. */
  readonly ended = new Uint32Array(5);
  /** Headers that were tried and whose checksum did not hold: places beside the preamble, or noise. */
  triedHeaders = 0;
  /** Frames with light and dark exchanged: a wire is turned over, or an amplifier. They are read all the same. */
  inverted = 0;
  /** Diagnosis of headers that do not hold: with Manchester the other way round they would, or with another CRC. */
  otherManchester = 0;
  otherCrc = 0;
  lastOtherCrc: CrcVariant | undefined;

  /** Of the last capture that had a preamble. */
  tdp: Tdp = "P4";
  /** Ec/N0 of a preamble's chip; of half a pulse it is half as much. */
  chipToNoise = 0;
  ppm = 0;
  /** First sample behind the preamble, in parts of a sample too. */
  bodyAt = -1;

  readonly #profile: VlcProfile;
  readonly #perSymbol: number;
  readonly #isOok: boolean;
  readonly #sums: Float64Array;
  readonly #soft: Int32Array;
  readonly #search: PreambleSearch;
  /** Samples that are searched before the others. */
  readonly #early: number;
  readonly #loop = new SymbolLoop();
  readonly #variants: readonly Crc16[];

  constructor(options: CaptureReceiverOptions) {
    const { profile } = options;
    const perSymbol = options.perSymbol ?? 8;
    const octets = options.maxPsduOctets ?? MAX_PSDU_OCTETS;
    if (!(perSymbol >= 4 && perSymbol <= 64)) throw new RangeError(`4 to 64 samples a symbol, not ${perSymbol}`);
    this.#profile = profile;
    this.#perSymbol = perSymbol;
    this.#isOok = profile.clockHz === 200_000;
    this.decoder = new VlcDecoder(profile, { maxPsduOctets: octets });
    let symbols = 0;
    for (let mcs = 0; mcs < MCS_TABLE.length; mcs++)
      if (MCS_TABLE[mcs].clockHz === profile.clockHz) symbols = Math.max(symbols, bodySymbols(profile, mcs, octets));
    const samples = Math.ceil((symbols + profile.flp + TDP_CHIPS + 64) * perSymbol) + (options.leadSamples ?? 4_096);
    this.#sums = new Float64Array(samples + 2);
    this.#soft = new Int32Array(symbols);
    this.#search = new PreambleSearch(Math.min(profile.flp, MOST_FLP), perSymbol, samples);
    this.#early = Math.ceil((profile.flp + TDP_CHIPS + EARLY_CHIPS) * perSymbol);
    this.#variants = (Object.keys(CRC_VARIANTS) as CrcVariant[])
      .filter((variant) => variant !== profile.crc)
      .map((variant) => new Crc16(variant));
  }

  /** Samples of a capture that are looked at; what comes behind is left out. */
  get capacity(): number {
    return this.#sums.length - 2;
  }

  /** One capture. After `Reception.frame` the frame stands in `decoder`. */
  receive(samples: ArrayLike<number>, count: number): Reception {
    const outcome = this.look(samples, Math.min(count, samples.length, this.capacity));
    this.ended[outcome]++;
    return outcome;
  }

  private look(samples: ArrayLike<number>, count: number): Reception {
    if (!this.addUp(samples, count)) return Reception.unsynchronised;
    const search = this.#search;
    const early = this.#early < count ? this.#early : count;
    search.search(this.#sums, early);
    let ended = this.tryPlaces(count);
    if (early < count && ended !== Reception.frame && ended !== Reception.fcsError) {
      search.searchOn(count);
      const later = this.tryPlaces(count);
      if (later !== Reception.hcsError || ended === Reception.unsynchronised) ended = later;
    }
    if (ended === Reception.hcsError) this.diagnose(count);
    return ended;
  }

  /** The places that nobody has looked at, the best first. */
  private tryPlaces(count: number): Reception {
    const search = this.#search;
    let ended: Reception = search.count === 0 ? Reception.unsynchronised : Reception.hcsError;
    for (let i = search.next(); i >= 0; i = search.next()) {
      const negative = search.scores[i] < 0;
      if (negative) this.turnOver(count);
      const outcome = this.holdsSymbols(i, count) ? this.readFrame(i, count) : Reception.hcsError;
      if (negative && outcome !== Reception.frame) this.turnOver(count);
      if (outcome === Reception.frame && negative) this.inverted++;
      if (outcome === Reception.frame || outcome === Reception.fcsError) return outcome;
      if (outcome === Reception.hcsError) this.triedHeaders++;
      else ended = outcome;
    }
    return ended;
  }

  /** Running sums of the samples without their mean, scaled so that a symbol's noise or light has the decoder's size. */
  private addUp(samples: ArrayLike<number>, count: number): boolean {
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < count; i++) {
      const value = samples[i];
      sum += value;
      squares += value * value;
    }
    const mean = sum / count;
    const variance = squares / count - mean * mean;
    if (!(variance > 0) || variance === Number.POSITIVE_INFINITY) return false;
    const gain = SOFT_DEVIATION / (this.#perSymbol * Math.sqrt(variance));
    const most = (CUT_DEVIATIONS * SOFT_DEVIATION) / this.#perSymbol;
    const sums = this.#sums;
    let until = 0;
    sums[0] = 0;
    for (let i = 0; i < count; i++) {
      const value = (samples[i] - mean) * gain;
      until += value > most ? most : value < -most ? -most : value;
      sums[i + 1] = until;
    }
    sums[count + 1] = until;
    return true;
  }

  private turnOver(count: number): void {
    const sums = this.#sums;
    for (let i = 1; i <= count + 1; i++) sums[i] = -sums[i];
  }

  private begin(candidate: number, count: number): void {
    const search = this.#search;
    const score = search.scores[candidate];
    const half = (score < 0 ? -score : score) / search.length;
    this.tdp = search.tdp(candidate);
    this.chipToNoise = search.chipToNoise(candidate);
    this.bodyAt = search.ends[candidate];
    const period = (this.#isOok ? 2 : 1) * this.#perSymbol;
    const chip = this.chipToNoise > LEAST_ENERGY ? this.chipToNoise : LEAST_ENERGY;
    const energy = this.#isOok ? chip : chip / 2;
    const amplitude = (2 * half) / this.#perSymbol;
    this.#loop.begin(this.#sums, count, this.bodyAt, period, amplitude, energy, search.length);
  }

  /** Most places that look like a preamble are noise, or lie beside it: their symbols tell before anything is decoded. */
  private holdsSymbols(candidate: number, count: number): boolean {
    this.begin(candidate, count);
    const header = this.decoder.headerLineSymbols;
    const quarter = (header >> 3) << 1;
    // So late in a capture nothing can begin.
    if (!this.read(0, quarter)) return false;
    if (this.#loop.contrast > CLEAR_CONTRAST) return true;
    return this.read(quarter, header - quarter) && this.#loop.contrast > LEAST_CONTRAST;
  }

  private readFrame(candidate: number, count: number): Reception {
    this.#search.refine(candidate);
    this.begin(candidate, count);
    const decoder = this.decoder;
    const header = decoder.headerLineSymbols;
    if (!this.read(0, header)) return Reception.hcsError;
    const isLoud = this.chipToNoise > LOUD;
    if (!isLoud || !decoder.decodeHeader(this.#soft, 0, header)) {
      this.#loop.again();
      if (!this.read(0, header)) return Reception.hcsError;
      if (!decoder.decodeHeader(this.#soft, 0, header))
        return decoder.headerOutcome === VlcOutcome.hcsError ? Reception.hcsError : Reception.refused;
    }
    const payload = decoder.payloadLineSymbols;
    if (!this.read(header, payload)) return Reception.refused;
    if (isLoud && this.decodesPayload(header, payload)) return Reception.frame;
    this.#loop.again();
    this.bodyAt = this.#loop.at;
    if (!this.read(0, header) || !this.read(header, payload)) return Reception.refused;
    return this.decodesPayload(header, payload) ? Reception.frame : Reception.fcsError;
  }

  private decodesPayload(header: number, payload: number): boolean {
    this.ppm = this.#loop.ppm;
    return this.decoder.decodePayload(this.#soft, header, header + payload) === VlcOutcome.frame;
  }

  /** False: the capture ends before these symbols do. */
  private read(into: number, symbols: number): boolean {
    if (into + symbols > this.#soft.length) return false;
    if (this.#isOok) return 2 * this.#loop.readChips(symbols >> 1, this.#soft, into) === symbols;
    return this.#loop.readPulses(symbols, this.#profile.duty, this.#soft, into) === symbols;
  }

  /** What the best place's header would be to another profile. Nothing is received by this. */
  private diagnose(count: number): void {
    const best = this.#search.best;
    const negative = this.#search.scores[best] < 0;
    if (negative) this.turnOver(count);
    this.begin(best, count);
    const decoder = this.decoder;
    const header = decoder.headerLineSymbols;
    if (!this.read(0, header)) return;
    decoder.decodeHeader(this.#soft, 0, header);
    for (const crc of this.#variants) {
      if (this.#profile.fieldOrder !== "lsb" || !crc.holds(decoder.header, PHR_BLOCK_OCTETS)) continue;
      this.otherCrc++;
      this.lastOtherCrc = crc.variant;
      return;
    }
    for (let i = 0; i < header; i++) this.#soft[i] = -this.#soft[i];
    decoder.decodeHeader(this.#soft, 0, header);
    if (frameCheck(this.#profile).holds(decoder.header, PHR_BLOCK_OCTETS)) this.otherManchester++;
  }
}
