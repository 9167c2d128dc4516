/**
 * A luminaire that speaks: id beacons when they are due, frames that others hand over, and the light itself, which stays at its
 * level between frames and never falls below its floor.
 *
 *   free -> (something is due) sending, until its air time and the pause behind it have passed -> free
 *
 * Who goes first: urgent frames, then a beacon that is due, then the others. Nothing waits in here: `pump` says when to come back.
 * After IEEE 802.15.7 PHY I; the codec is drivers/vlc.
 */

import type { SPIConstructor, SPIOptions } from "../../hal/io";
import { closedError } from "../../hal/io-options";
import type { LightEmitter, LightEmitterConstructor, LightEmitterOptions } from "../../hal/light";
import { Linked } from "../linked";
import { IDLE_CHIPS, writeIdle } from "../vlc/idle";
import { lightOf } from "../vlc/line-chips";
import { DUTY_MAX, DUTY_MIN, profileFor, type VlcProfile } from "../vlc/profile";
import { VlcError } from "../vlc/vlc-error";
import { type BeaconCodec, beaconCodec } from "./beacon-codec";
import { FrameQueue, type FrameQueueOptions } from "./frame-queue";
import { SpiEmitter } from "./spi-emitter";

export type VlcTransmitterOptions = {
  /** The lamp's pin and what drives it, or an SPI port whose data line drives it: dark between frames. */
  readonly light:
    | (Pick<LightEmitterOptions, "pin" | "invert"> & { readonly io: LightEmitterConstructor })
    | (SPIOptions & { readonly io: SPIConstructor });
  /** Number of the luminaire, 32 bits. */
  readonly id: number;
  /** Default 4. */
  readonly mcs?: number;
  readonly profile?: VlcProfile;
  /** Of this profile and MCS, with room for the queue's frames; one of its own when left out. */
  readonly codec?: BeaconCodec;
  /** Light between frames and, of VPPM, in them: 0 to 1, in steps of 0.01. Default 0.5; an SPI port has 0. */
  readonly level?: number;
  /** No call of `dim` takes the level below. Default 0. */
  readonly floor?: number;
  /** Room for frames that `offer` takes; without it there is none. */
  readonly queue?: FrameQueueOptions;
};

/** Pause behind a frame, in periods of the optical clock: LIFS (reference confidence C1). */
export const PAUSE_PERIODS = 120;
const MICROSECONDS = 1_000_000;
const DEFAULT_LEVEL = 1 / 2;
const LEVEL_STEPS = 100;
const DUTY_STEPS = 10;

export class VlcTransmitter {
  /** Beacons and other frames that were sent. */
  beacons = 0;
  frames = 0;
  /** Beacons that were due while the one before still waited. */
  missedBeacons = 0;
  /** Calls of `dim` that asked for less than the floor. */
  floored = 0;
  /** Time that frames were on the air, pauses not counted. */
  airUs = 0;
  private emitter: LightEmitter | undefined;
  protected readonly codec: BeaconCodec;
  protected readonly id: number;
  /** Absent where there is none: a property takes 16 bytes of each lamp. */
  declare private readonly queue: FrameQueue | undefined;
  protected readonly floor: number;
  protected readonly holdsLight: boolean;
  private lightLevel: number;
  private nextSequence = 0;
  private due = false;
  private freeUs = 0;

  /** @throws VlcError when id, MCS, profile, level or queue are not what PHY I has */
  constructor(options: VlcTransmitterOptions) {
    const { light, mcs = 4, queue } = options;
    const profile = profileFor(mcs, options.profile);
    this.id = requireId(options.id);
    this.codec = options.codec ?? beaconCodec(profile, mcs, queue?.octets);
    const { encoder } = this.codec;
    if (Linked.vlcCoding && queue !== undefined) this.queue = new FrameQueue(queue);
    this.holdsLight = "pin" in light;
    this.lightLevel = requireLevel(options.level ?? (this.holdsLight ? DEFAULT_LEVEL : 0), "level");
    this.floor = requireLevel(options.floor ?? 0, "floor");
    if (Linked.checks && encoder.mcs.modulation === "VPPM" && this.floor > DUTY_MAX)
      throw new VlcError("out-of-range", `VPPM shines at ${DUTY_MAX} at most, below the floor ${this.floor}`);
    if (Linked.checks && this.lightLevel < this.floor)
      throw new VlcError("out-of-range", `the level ${this.lightLevel} is below the floor ${this.floor}`);
    if (Linked.checks && this.holdsLight && encoder.mcs.modulation === "VPPM" && this.lightLevel !== profile.duty)
      throw new VlcError(
        "out-of-range",
        `the level ${this.lightLevel} and the duty ${profile.duty} of VPPM must be the same`,
      );
    if (Linked.checks && !this.holdsLight && this.lightLevel > 0)
      throw new VlcError("out-of-range", "an SPI port is dark between frames: it holds no level");
    const shape = lightOf(encoder);
    this.emitter =
      "pin" in light
        ? new light.io({ ...shape, pin: light.pin, ...(light.invert === undefined ? {} : { invert: light.invert }) })
        : new SpiEmitter(light.io, light, shape);
    try {
      this.shine(profile.duty);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Number of the next beacon, modulo 256. */
  get sequence(): number {
    return this.nextSequence;
  }

  /** Light between frames. */
  get level(): number {
    return this.lightLevel;
  }

  /** Frames that a full queue refused, or that gave way to urgent ones. */
  get lost(): number {
    return Linked.vlcCoding && this.queue !== undefined ? this.queue.refused + this.queue.replaced : 0;
  }

  get waiting(): number {
    return (this.due ? 1 : 0) + (Linked.vlcCoding ? (this.queue?.waiting ?? 0) : 0);
  }

  // hot path
  /** A beacon is due: it goes when the light is free. */
  beaconDue(): void {
    if (this.due) this.missedBeacons++;
    this.due = true;
  }

  /**
   * A frame to be sent, FCS included; it is copied.
   * @returns false when the queue is full, or there is none: the frame was not taken
   */
  offer(psdu: Uint8Array, length: number, urgent: boolean): boolean {
    return Linked.vlcCoding ? (this.queue?.offer(psdu, length, urgent) ?? false) : false;
  }

  /**
   * Asks for another level, 0 to 1 in steps of 0.01. With VPPM it goes in steps of 0.1 from 0.1 to 0.9, so that a frame is as
   * bright as what is between frames; a frame of OOK always shines at one half.
   * @returns the level that it is: not below the floor
   */
  dim(level: number): number {
    let wanted = requireLevel(level, "level");
    if (Linked.checks && !this.holdsLight)
      throw new VlcError("not-built", "an SPI port is dark between frames: it cannot be dimmed");
    if (wanted < this.floor) {
      wanted = this.floor;
      this.floored++;
    }
    if (this.codec.encoder.mcs.modulation === "VPPM") {
      const duty = dutyFor(wanted);
      wanted = duty < this.floor ? Math.min(DUTY_MAX, Math.round(duty * DUTY_STEPS + 1) / DUTY_STEPS) : duty;
    }
    this.lightLevel = wanted;
    this.shine(dutyFor(wanted));
    return wanted;
  }

  // hot path
  /**
   * Sends what has its turn, if the light is free. Throws what the emitter throws; the frame is lost then.
   * @returns microseconds until the light is free and something waits; 0 when nothing waits
   */
  pump(nowUs: number): number {
    if (this.emitter === undefined) throw closedError("VlcTransmitter");
    if (nowUs < this.freeUs) return this.waiting > 0 ? this.freeUs - nowUs : 0;
    if (Linked.vlcCoding && (this.queue?.urgentWaiting ?? 0) > 0) this.sendQueued(nowUs, this.emitter);
    else if (this.due) this.sendBeacon(nowUs, this.emitter);
    else if (Linked.vlcCoding) this.sendQueued(nowUs, this.emitter);
    return this.waiting > 0 ? this.freeUs - nowUs : 0;
  }

  close(): void {
    this.emitter?.close();
    this.emitter = undefined;
  }

  // hot path
  private sendBeacon(nowUs: number, emitter: LightEmitter): void {
    const { beacon } = this.codec;
    const { psdu } = beacon;
    this.due = false;
    beacon.writeOf(this.id, this.nextSequence);
    this.nextSequence = (this.nextSequence + 1) & 0xff;
    this.transmit(psdu, psdu.length, nowUs, emitter);
    this.beacons++;
  }

  // hot path
  private sendQueued(nowUs: number, emitter: LightEmitter): void {
    const queue = this.queue;
    if (queue === undefined) return;
    const length = queue.take(queue.taken);
    if (length === 0) return;
    this.transmit(queue.taken, length, nowUs, emitter);
    this.frames++;
  }

  // hot path
  private transmit(psdu: Uint8Array, length: number, nowUs: number, emitter: LightEmitter): void {
    const { encoder } = this.codec;
    const { clockHz, modulation } = encoder.mcs;
    encoder.encode(psdu, length);
    emitter.send(encoder);
    const periods = encoder.preambleChips + (modulation === "OOK" ? 2 : 1) * encoder.bitCount;
    this.airUs += Math.ceil((periods * MICROSECONDS) / clockHz);
    this.freeUs = nowUs + Math.ceil(((periods + PAUSE_PERIODS) * MICROSECONDS) / clockHz);
  }

  private shine(duty: number): void {
    const idle = new Uint8Array((IDLE_CHIPS + 7) >> 3);
    writeIdle(this.lightLevel, idle);
    this.emitter?.shine(duty, idle, IDLE_CHIPS);
  }
}

/** The nearest duty that VPPM has. */
export function dutyFor(level: number): number {
  const duty = Math.round(level * DUTY_STEPS) / DUTY_STEPS;
  return Math.min(DUTY_MAX, Math.max(DUTY_MIN, duty));
}

function requireId(id: number): number {
  if (Number.isInteger(id) && id >= 0 && id <= 0xffff_ffff) return id;
  throw new VlcError("out-of-range", `the number of a luminaire has 32 bits, it cannot be ${id}`);
}

function requireLevel(level: number, name: string): number {
  if (typeof level === "number" && level >= 0 && level <= 1) {
    const steps = Math.round(level * LEVEL_STEPS);
    if (Math.abs(steps - level * LEVEL_STEPS) < 1e-6) return steps / LEVEL_STEPS;
  }
  throw new VlcError("out-of-range", `the ${name} goes from 0 to 1 in steps of 0.01, not to ${level}`);
}
