/**
 * Somebody with a photodiode in a room of lamps. Each frame of a lamp that it sees is a capture: the light of all lamps, what is in
 * the way, daylight, noise, its own clock; `CaptureReceiver` reads it. What became of each frame is counted by lamp.
 *
 *   a frame begins -> (the receiver rests: skipped) (nothing of it can arrive: unseen) waiting -> its light has passed: captured,
 *   and ended as one of frame, unsynchronised, header error, checksum error, refused, or another lamp's
 */
import { BeaconReader } from "../../../drivers/vlc/beacon";
import { NormalDeviates } from "../normal";
import { type RandomWords, uniform } from "../random";
import { AmbientLight } from "./ambient-light";
import { takeBaseline } from "./baseline";
import { type CaptureReceiver, Reception } from "./capture-receiver";
import { FrontEnd } from "./front-end";
import type { Placement, Vector } from "./geometry";
import type { Lamp } from "./lamp";
import { OpticalLink } from "./link";
import { PER_SYMBOL, type ReceiverParts } from "./parts";
import { SamplingClock } from "./sampling";

/** Clock periods of light before and behind a frame. */
const LEAD_PERIODS = 64;
const TAIL_PERIODS = 48;

export type Beacon = { readonly id: number; readonly sequence: number; readonly atUs: number };

export type OpticalReceiverOptions = {
  readonly name: string;
  readonly random: RandomWords;
  readonly parts: ReceiverParts;
  /** `undefined`: straight below the one lamp that it sees. */
  readonly placement: Placement | undefined;
  /** It looks at a lamp once in so long; 0: at each frame. */
  readonly everyUs: number;
};

export class OpticalReceiver {
  readonly name: string;
  readonly links: OpticalLink[] = [];
  readonly everyUs: number;
  lastBeacon: Beacon | undefined;
  parts: ReceiverParts;
  placement: Placement | undefined;
  readonly #random: RandomWords;
  readonly #normal: NormalDeviates;
  readonly #reader = new BeaconReader();
  #samples = new Float64Array(1);
  #sums = new Float64Array(2);

  constructor(options: OpticalReceiverOptions) {
    this.name = options.name;
    this.parts = options.parts;
    this.placement = options.placement;
    this.everyUs = options.everyUs;
    this.#random = options.random;
    this.#normal = new NormalDeviates(options.random);
  }

  watch(lamp: Lamp, distanceM: number): OpticalLink {
    const link = new OpticalLink(lamp, distanceM);
    this.links.push(link);
    return link;
  }

  /** @param at a place; keeps facing as before */
  move(at: Vector): void {
    if (this.placement !== undefined) this.placement = { at, faces: this.placement.faces };
  }

  /** Time behind a frame that a capture still holds. */
  static tailUs(clockHz: number): number {
    return (TAIL_PERIODS * 1e6) / clockHz;
  }

  /**
   * A frame of the link's lamp has passed.
   * @param swings current of each link's lamp, lit less dark, as it was while the frame passed
   */
  capture(link: OpticalLink, fromUs: number, toUs: number, swings: Float64Array, receiver: CaptureReceiver): void {
    const { clockHz } = link.lamp;
    const sampleHz = PER_SYMBOL * clockHz;
    // The receiver's clock knows nothing of the frame: it begins anywhere in a sample, a little more or less before.
    const leadUs = ((LEAD_PERIODS / 2) * (1 + uniform(this.#random)) * 1e6) / clockHz;
    const originUs = fromUs - leadUs;
    const wanted = Math.floor(((toUs - originUs) * sampleHz) / 1e6);
    const count = wanted < receiver.capacity ? wanted : receiver.capacity;
    this.makeRoom(count);
    const samples = this.#samples;
    const clock = new SamplingClock(sampleHz, this.parts, this.#random);
    const ambient = new AmbientLight(this.parts);
    ambient.write(samples, clock, count, originUs);
    let settledA = ambient.settledAt(originUs / 1e6, this.parts.couplingHz);
    for (let i = 0; i < this.links.length; i++) {
      if (swings[i] === 0) continue;
      const { light } = this.links[i].lamp;
      light.addTo(samples, clock, count, originUs, swings[i]);
      settledA += swings[i] * light.level;
    }
    const frontEnd = new FrontEnd(this.#normal, this.parts, sampleHz);
    const { noise } = link.budget!;
    frontEnd.convert(samples, count, settledA, noise.total - noise.converter, this.#sums);
    link.clipped += frontEnd.clipped;
    takeBaseline(samples, count, PER_SYMBOL, this.#sums);
    const outcome = receiver.receive(samples, count);
    const expected = (leadUs + link.lamp.preambleUs) * (sampleHz / 1e6);
    const apart = receiver.bodyAt - expected;
    const isOther = apart > PER_SYMBOL || apart < -PER_SYMBOL;
    link.end(outcome, isOther);
    if (outcome !== Reception.frame || isOther) return;
    link.estimate(receiver.chipToNoise, receiver.ppm);
    const { psdu, psduLength } = receiver.decoder;
    if (!this.#reader.read(psdu, psduLength)) return;
    this.lastBeacon = { id: this.#reader.id, sequence: this.#reader.sequence, atUs: toUs };
    link.beacon(this.#reader.sequence, toUs);
  }

  get frames(): number {
    return this.sum((link) => link.frames);
  }

  /** Frames that it looked for and did not have. */
  get lost(): number {
    return this.sum((link) => link.lost);
  }

  private sum(of: (link: OpticalLink) => number): number {
    let sum = 0;
    for (const link of this.links) sum += of(link);
    return sum;
  }

  private makeRoom(count: number): void {
    if (this.#samples.length >= count) return;
    this.#samples = new Float64Array(count);
    this.#sums = new Float64Array(count + 1);
  }
}
