/** One device of the site inside the gateway: its channels, and the sink that its driver reports to. */
import { type DeviceInstance, type DeviceSink, type PanelSink, type PointChange, Quality } from "../drivers/contract";
import type { AlarmClass, DevicePlan } from "../drivers/plan";
import type { PlanBook } from "./plan-book";
import type { Channel } from "./sampling/channel";

/** A constant of the module costs half of a property of another module's object. */
const GOOD = Quality.good;

/** Where a slot passes on what is not a sample. */
export interface SlotListener {
  edge(slot: DeviceSlot, channel: Channel, kind: AlarmClass, active: boolean, evidence: number, ticksUs: number): void;
  communication(slot: DeviceSlot, lost: boolean, reason: string, ticksUs: number): void;
  readonly points: PointListener;
}

/** Where a slot passes on what its points and its people do. */
export interface PointListener {
  point(
    slot: DeviceSlot,
    point: number,
    kind: AlarmClass,
    change: PointChange,
    conditions: number,
    evidence: number,
    ticksUs: number,
    text: Uint8Array | undefined,
  ): boolean;
  snapshot(slot: DeviceSlot, conditions: Uint8Array, urgent: boolean, ticksUs: number): boolean;
  note(slot: DeviceSlot, what: string, text: string, ticksUs: number): void;
}

export class DeviceSlot implements DeviceSink, PanelSink {
  /** Position among the plan's devices. */
  readonly index: number;
  readonly #book: PlanBook;
  readonly channels: readonly Channel[];
  /** Set when the driver opened the device; `undefined` when it could not. */
  instance: DeviceInstance | undefined;
  readonly #listener: SlotListener;
  #lost = false;

  constructor(book: PlanBook, index: number, channels: readonly Channel[], listener: SlotListener) {
    this.#book = book;
    this.index = index;
    this.channels = channels;
    this.#listener = listener;
  }

  /** Decoded anew. */
  readPlan(): DevicePlan {
    return this.#book.readDevice(this.index);
  }

  /** The device does not answer at present. */
  get lost(): boolean {
    return this.#lost;
  }

  // hot path
  reading(channel: number, value: number, quality: Quality, ticksUs: number): void {
    if (quality === GOOD) this.channels[channel].accept(value, ticksUs);
    else this.channels[channel].refuse(quality, ticksUs);
  }

  // hot path
  block(channel: number, values: ArrayLike<number>, count: number, firstTicksUs: number, stepUs: number): void {
    this.channels[channel].acceptBlock(values, count, firstTicksUs, stepUs);
  }

  edge(channel: number, kind: AlarmClass, active: boolean, evidence: number, ticksUs: number): void {
    this.#listener.edge(this, this.channels[channel], kind, active, evidence, ticksUs);
  }

  point(
    point: number,
    kind: AlarmClass,
    change: PointChange,
    conditions: number,
    evidence: number,
    ticksUs: number,
    text?: Uint8Array,
  ): boolean {
    return this.#listener.points.point(this, point, kind, change, conditions, evidence, ticksUs, text);
  }

  snapshot(conditions: Uint8Array, urgent: boolean, ticksUs: number): boolean {
    return this.#listener.points.snapshot(this, conditions, urgent, ticksUs);
  }

  note(what: string, text: string, ticksUs: number): void {
    this.#listener.points.note(this, what, text, ticksUs);
  }

  communication(lost: boolean, reason: string, ticksUs: number): void {
    if (lost === this.#lost) return;
    this.#lost = lost;
    this.#listener.communication(this, lost, reason, ticksUs);
  }

  /** The driver threw or could not be opened: every channel says so, and the site goes on without it. */
  fail(reason: string, ticksUs: number): void {
    for (const channel of this.channels) channel.refuse(Quality.badDevice, ticksUs);
    this.communication(true, reason, ticksUs);
  }
}

/** A slot that somebody watches: a simulator, a dashboard. The others do not pay for it. */
export class ObservedSlot extends DeviceSlot {
  readonly #observe: ReadingObserver;

  constructor(
    book: PlanBook,
    index: number,
    channels: readonly Channel[],
    listener: SlotListener,
    observe: ReadingObserver,
  ) {
    super(book, index, channels, listener);
    this.#observe = observe;
  }

  override reading(channel: number, value: number, quality: Quality, ticksUs: number): void {
    super.reading(channel, value, quality, ticksUs);
    this.#observe(this, this.channels[channel], ticksUs);
  }

  override block(channel: number, values: ArrayLike<number>, count: number, firstUs: number, stepUs: number): void {
    super.block(channel, values, count, firstUs, stepUs);
    if (count > 0) this.#observe(this, this.channels[channel], firstUs + (count - 1) * stepUs);
  }
}

export type ReadingObserver = (slot: DeviceSlot, channel: Channel, ticksUs: number) => void;
