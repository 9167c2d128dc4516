/** One lamp as one receiver has it: what the world knows of the light between them, and what became of the lamp's frames. */
import { dbOfRatio } from "../math";
import { Reception } from "./capture-receiver";
import type { Placement } from "./geometry";
import { type Sight, sightBetween, straightBelow } from "./geometry";
import type { Lamp } from "./lamp";
import type { LinkBudget } from "./link-budget";

export class OpticalLink {
  readonly lamp: Lamp;
  /** Frames that the lamp sent. Each is skipped, unseen, or captured. */
  sent = 0;
  /** The receiver rested. */
  skipped = 0;
  /** Nothing of the lamp's light reached the diode: out of view, or somebody stood between. */
  unseen = 0;
  /** Captures by how they ended, in the order of `Reception`; frames of other lamps are not among them. */
  readonly ended = new Uint32Array(5);
  /** Captures in which another lamp's frame was found instead. */
  others = 0;
  /** Captures in which another lamp spoke as well. */
  overlapped = 0;
  beacons = 0;
  lastSequence = -1;
  lastBeaconUs = -1;
  /** Samples at the converter's ends. */
  clipped = 0;
  /** Somebody holds a hand over it. */
  covered = false;
  /** Of the last frame. */
  budget: LinkBudget | undefined;
  distanceM: number;
  nextLookUs = 0;
  readonly #straightM: number;
  /** Sums of decibels over frames that were received. */
  #worldDb = 0;
  #receiverDb = 0;
  #ppm = 0;

  /** @param straightM distance of a receiver straight below; it counts where the receiver has no place */
  constructor(lamp: Lamp, straightM: number) {
    this.lamp = lamp;
    this.#straightM = straightM;
    this.distanceM = straightM;
  }

  sight(receiver: Placement | undefined): Sight {
    const { placement } = this.lamp;
    return receiver === undefined || placement === undefined
      ? straightBelow(this.#straightM)
      : sightBetween(placement, receiver);
  }

  get frames(): number {
    return this.ended[Reception.frame];
  }

  /** Frames that the receiver was there for and did not have. */
  get lost(): number {
    return this.sent - this.skipped - this.frames - this.waiting;
  }

  /** Frames on their way. */
  waiting = 0;

  end(outcome: Reception, isOther: boolean): void {
    this.waiting--;
    if (isOther && outcome === Reception.frame) this.others++;
    else this.ended[outcome]++;
  }

  /** @param chipToNoise what the receiver takes the light to be, of a chip */
  estimate(chipToNoise: number, ppm: number): void {
    // Of half a pulse it is half as much.
    const ratio = this.lamp.isOok ? chipToNoise : chipToNoise / 2;
    this.#receiverDb += dbOfRatio(ratio < MOST_RATIO ? ratio : MOST_RATIO);
    this.#worldDb += dbOfRatio(this.budget!.ecn0);
    this.#ppm += ppm;
  }

  beacon(sequence: number, atUs: number): void {
    this.beacons++;
    this.lastSequence = sequence;
    this.lastBeaconUs = atUs;
  }

  /** Means over received frames, in dB; `null` before the first. */
  get receiverDb(): number | null {
    return this.frames === 0 ? null : this.#receiverDb / this.frames;
  }

  get worldDb(): number | null {
    return this.frames === 0 ? null : this.#worldDb / this.frames;
  }

  /** How much faster than the receiver's the lamp's clock ran, as the receiver found. */
  get ppm(): number | null {
    return this.frames === 0 ? null : this.#ppm / this.frames;
  }
}

/** 90 dB: without noise an estimate has no end. */
const MOST_RATIO = 1e9;
