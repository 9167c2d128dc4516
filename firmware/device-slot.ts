/** One device of the site inside the gateway: its channels, and the sink that its driver reports to. */
import { type DeviceInstance, type DeviceSink, type PanelSink, type PointChange, Quality } from "../drivers/contract";
import type { AlarmClass, DevicePlan } from "../drivers/plan";
import type { Channel } from "./sampling/channel";

/** A constant of the module costs half of a property of another module's object. */
const GOOD = Quality.good;

/** What all slots share: where they find their plan, and pass on what is not a sample. */
export interface SlotListener {
  readDevice(index: number): DevicePlan;
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
  readonly channels: readonly Channel[];
  /** Set when the driver opened the device; `undefined` when it could not. */
  instance: DeviceInstance | undefined;
  private readonly site: SlotListener;
  private isLost = false;

  constructor(site: SlotListener, index: number, channels: readonly Channel[]) {
    this.site = site;
    this.index = index;
    this.channels = channels;
  }

  /** Decoded anew. */
  readPlan(): DevicePlan {
    return this.site.readDevice(this.index);
  }

  /** The device does not answer at present. */
  get lost(): boolean {
    return this.isLost;
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
    this.site.edge(this, this.channels[channel], kind, active, evidence, ticksUs);
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
    return this.site.points.point(this, point, kind, change, conditions, evidence, ticksUs, text);
  }

  snapshot(conditions: Uint8Array, urgent: boolean, ticksUs: number): boolean {
    return this.site.points.snapshot(this, conditions, urgent, ticksUs);
  }

  note(what: string, text: string, ticksUs: number): void {
    this.site.points.note(this, what, text, ticksUs);
  }

  communication(lost: boolean, reason: string, ticksUs: number): void {
    if (lost === this.isLost) return;
    this.isLost = lost;
    this.site.communication(this, lost, reason, ticksUs);
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

  constructor(site: SlotListener, index: number, channels: readonly Channel[], observe: ReadingObserver) {
    super(site, index, channels);
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
