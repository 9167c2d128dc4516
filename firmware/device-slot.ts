/** One device of the site inside the gateway: its channels, and the sink that its driver reports to. */
import { type DeviceSink, type PanelSink, type PointChange, Quality } from "../drivers/contract";
import type { AlarmClass, DevicePlan } from "../drivers/plan";
import type { Channel } from "./sampling/channel";
import { ScheduledTask } from "./sampling/scheduler";

/** A constant of the module costs half of a property of another module's object. */
const GOOD = Quality.good;

/** What all slots share: where they find their plan and their channels, and pass on what is not a sample. */
export interface SlotListener {
  readDevice(index: number): DevicePlan;
  /** In the order of the plan. */
  readonly slots: readonly DeviceSlot[];
  /** Of all devices, in the order of the plan: an array for each would be four slots of each. */
  readonly channels: readonly Channel[];
  /** Where the channels of the device behind this one begin. */
  channelsEnd(index: number): number;
  edge(channel: Channel, kind: AlarmClass, active: boolean, evidence: number, ticksUs: number): void;
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

/** Its `instance` is set when the driver opened the device. */
export class DeviceSlot extends ScheduledTask implements DeviceSink, PanelSink {
  /** Position of its first channel among those of the site. */
  readonly firstChannel: number;
  private readonly site: SlotListener;
  /** Absent until the device is lost for the first time: a property takes 16 bytes of each device. */
  declare private isLost: boolean | undefined;

  constructor(site: SlotListener, firstChannel: number) {
    super();
    this.site = site;
    this.firstChannel = firstChannel;
  }

  /** Position among the plan's devices. Looked for: it is seldom asked, and a property takes 16 bytes of each device. */
  get index(): number {
    return this.site.slots.indexOf(this);
  }

  /** Made anew: for what is seldom asked. */
  get channels(): readonly Channel[] {
    return this.site.channels.slice(this.firstChannel, this.site.channelsEnd(this.index));
  }

  // hot path
  /** By its position in the device's plan. */
  channel(index: number): Channel {
    return this.site.channels[this.firstChannel + index];
  }

  /** Decoded anew. */
  readPlan(): DevicePlan {
    return this.site.readDevice(this.index);
  }

  /** The device does not answer at present. */
  get lost(): boolean {
    return this.isLost === true;
  }

  // hot path
  reading(channel: number, value: number, quality: Quality, ticksUs: number): void {
    // Written out: a call costs as much as what it does.
    const target = this.site.channels[this.firstChannel + channel];
    if (quality === GOOD) target.accept(value, ticksUs);
    else target.refuse(quality, ticksUs);
  }

  // hot path
  block(channel: number, values: ArrayLike<number>, count: number, firstTicksUs: number, stepUs: number): void {
    this.channel(channel).acceptBlock(values, count, firstTicksUs, stepUs);
  }

  edge(channel: number, kind: AlarmClass, active: boolean, evidence: number, ticksUs: number): void {
    this.site.edge(this.channel(channel), kind, active, evidence, ticksUs);
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
    if (lost === this.lost) return;
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

  constructor(site: SlotListener, firstChannel: number, observe: ReadingObserver) {
    super(site, firstChannel);
    this.#observe = observe;
  }

  override reading(channel: number, value: number, quality: Quality, ticksUs: number): void {
    super.reading(channel, value, quality, ticksUs);
    this.#observe(this, this.channel(channel), ticksUs);
  }

  override block(channel: number, values: ArrayLike<number>, count: number, firstUs: number, stepUs: number): void {
    super.block(channel, values, count, firstUs, stepUs);
    if (count > 0) this.#observe(this, this.channel(channel), firstUs + (count - 1) * stepUs);
  }
}

export type ReadingObserver = (slot: DeviceSlot, channel: Channel, ticksUs: number) => void;
