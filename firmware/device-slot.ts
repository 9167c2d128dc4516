/** One device of the site inside the gateway: its channels, and the sink that its driver reports to. */
import { type DeviceInstance, type DeviceSink, Quality } from "../drivers/contract";
import type { AlarmClass, DevicePlan } from "../drivers/plan";
import type { Channel } from "./sampling/channel";

/** Where a slot passes on what is not a sample. */
export interface SlotListener {
  edge(slot: DeviceSlot, channel: Channel, kind: AlarmClass, active: boolean, evidence: number, ticksUs: number): void;
  communication(slot: DeviceSlot, lost: boolean, reason: string, ticksUs: number): void;
  reading(slot: DeviceSlot, channel: Channel, ticksUs: number): void;
}

export class DeviceSlot implements DeviceSink {
  readonly plan: DevicePlan;
  readonly channels: readonly Channel[];
  /** Set when the driver opened the device; `undefined` when it could not. */
  instance: DeviceInstance | undefined;
  readonly #listener: SlotListener;
  #lost = false;

  constructor(plan: DevicePlan, channels: readonly Channel[], listener: SlotListener) {
    this.plan = plan;
    this.channels = channels;
    this.#listener = listener;
  }

  /** The device does not answer at present. */
  get lost(): boolean {
    return this.#lost;
  }

  // hot path
  reading(channel: number, value: number, quality: Quality, ticksUs: number): void {
    const target = this.channels[channel];
    target.accept(value, quality, ticksUs);
    this.#listener.reading(this, target, ticksUs);
  }

  edge(channel: number, kind: AlarmClass, active: boolean, evidence: number, ticksUs: number): void {
    this.#listener.edge(this, this.channels[channel], kind, active, evidence, ticksUs);
  }

  communication(lost: boolean, reason: string, ticksUs: number): void {
    if (lost === this.#lost) return;
    this.#lost = lost;
    this.#listener.communication(this, lost, reason, ticksUs);
  }

  /** The driver threw or could not be opened: every channel says so, and the site goes on without it. */
  fail(reason: string, ticksUs: number): void {
    for (const channel of this.channels) channel.accept(Number.NaN, Quality.badDevice, ticksUs);
    this.communication(true, reason, ticksUs);
  }
}
