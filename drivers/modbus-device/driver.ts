/**
 * Any Modbus device that a site describes point by point: read, never written. Its points are polled in groups of one table,
 * class and period, in as few reads as the device allows (drivers/modbus/poll.ts).
 *
 * Quality of a point: good; uncertain while the newest reads failed and the last value is not stale, and while the device is
 * busy; badCommunication after that, and before the first value; badConfiguration for addresses and functions that the device
 * does not have; badDevice where it says that it failed; badRange for patterns that mean "no value" and values out of limits.
 */
import type { Identification } from "../../hal/sensor";
import { type DeviceInstance, type DriverContext, type DriverModule, Quality } from "../contract";
import { ModbusException } from "../modbus/pdu";
import { Poll, type PollBlock, type PollListener } from "../modbus/poll";
import { Outcome, type Priority } from "../modbus/request";
import { sharedLane } from "../modbus/shared-lane";
import type { DevicePlan } from "../plan";
import { PointReader, type PointSettings, type PollPlan, pointSettings, spanOf } from "./point-map";

/** Blocks in a row without an answer after which the device counts as lost; the lane has tried each several times. */
const LOST_AFTER = 3;
const NEVER_US = -1;

export class ModbusDevice implements DeviceInstance {
  readonly identification: Identification;
  readonly configuration: string;
  /** Polls that were due while the one before was still running. */
  overruns = 0;
  readonly #plan: DevicePlan;
  readonly #context: DriverContext;
  readonly #reader: PointReader;
  readonly #groups: readonly PointGroup[];
  readonly #staleUs: Float64Array;
  /** When each point was good last. */
  readonly #goodUs: Float64Array;
  #tick = 0;
  #failures = 0;
  #lost = false;
  #closed = false;

  constructor(plan: DevicePlan, context: DriverContext) {
    const settings = pointSettings(plan.settings);
    this.#plan = plan;
    this.#context = context;
    this.#reader = new PointReader(settings);
    this.identification = { model: settings.model, classification: "Modbus device" };
    this.configuration = `unit ${settings.unit}, ${settings.types.length} points, read only`;
    this.#staleUs = new Float64Array(settings.types.length);
    this.#goodUs = new Float64Array(settings.types.length).fill(NEVER_US);
    const lane = sharedLane(plan, context);
    this.#groups = settings.polls.map((poll) => new PointGroup(this, settings, poll, context, lane));
    for (const { points, everyTicks } of settings.polls)
      for (const point of points)
        this.#staleUs[point] = Math.max(settings.staleMs, 3 * everyTicks * plan.everyMs) * 1000;
  }

  // hot path
  start(nowUs: number): number {
    for (let i = 0; i < this.#groups.length; i++) {
      const group = this.#groups[i];
      if (this.#tick % group.everyTicks === 0 && !group.start(nowUs)) this.overruns++;
    }
    this.#tick++;
    return 0;
  }

  finish(): number {
    return 0;
  }

  close(): void {
    // The lane belongs to the bus and may serve others.
    this.#closed = true;
    for (const group of this.#groups) group.close();
  }

  // hot path
  /** Position of a point in the plan, where its registers stand. */
  take(point: number, words: Uint16Array, at: number, ticksUs: number): void {
    const value = this.#reader.read(point, words, at);
    const { quality } = this.#reader;
    if (quality === Quality.good) this.#goodUs[point] = ticksUs;
    this.#context.sink.reading(point, value, quality, ticksUs);
  }

  // hot path
  answered(ticksUs: number): void {
    this.#failures = 0;
    if (!this.#lost || this.#closed) return;
    this.#lost = false;
    this.#context.sink.communication(false, "", ticksUs);
  }

  // hot path
  failed(point: number, ticksUs: number): void {
    const goodUs = this.#goodUs[point];
    const fresh = goodUs !== NEVER_US && ticksUs - goodUs <= this.#staleUs[point];
    const quality = fresh ? Quality.uncertain : Quality.badCommunication;
    this.#context.sink.reading(point, Number.NaN, quality, ticksUs);
  }

  bad(point: number, quality: Quality, ticksUs: number): void {
    this.#context.sink.reading(point, Number.NaN, quality, ticksUs);
  }

  /** No answer to a block. */
  silent(reason: string, ticksUs: number): void {
    this.#failures++;
    if (this.#failures < LOST_AFTER || this.#lost || this.#closed) return;
    this.#lost = true;
    this.#context.sink.communication(true, reason, ticksUs);
  }

  missing(points: readonly string[]): void {
    const { id } = this.#plan;
    this.#context.log.warn(
      `${id}: the device has no such addresses: ${points.join(", ")}; they are left out for an hour`,
    );
  }

  nameOf(point: number): string {
    return this.#plan.channels[point].name;
  }
}

/** Points that are polled together. */
class PointGroup implements PollListener {
  readonly everyTicks: number;
  readonly #device: ModbusDevice;
  readonly #poll: Poll;
  readonly #points: Uint16Array;
  #startedUs = 0;

  constructor(
    device: ModbusDevice,
    settings: PointSettings,
    plan: PollPlan,
    { clock }: DriverContext,
    lane: ReturnType<typeof sharedLane>,
  ) {
    this.#device = device;
    this.everyTicks = plan.everyTicks;
    this.#points = Uint16Array.from(plan.points);
    this.#poll = new Poll({
      lane,
      clock,
      unit: settings.unit,
      functionCode: plan.functionCode,
      priority: plan.priority as Priority,
      spans: plan.points.map((point) => spanOf(settings, point)),
      blocks: plan.blocks,
      listener: this,
    });
  }

  // hot path
  start(nowUs: number): boolean {
    if (this.#poll.isRunning) return false;
    this.#startedUs = nowUs;
    return this.#poll.start(nowUs);
  }

  close(): void {
    this.#poll.close();
  }

  // hot path
  blockRead(block: PollBlock): void {
    const { words } = block.request;
    const ticksUs = block.request.completedUs;
    this.#device.answered(ticksUs);
    for (let i = 0; i < block.offsets.length; i++)
      this.#device.take(this.#points[block.spans[i]], words, block.offsets[i], ticksUs);
  }

  blockFailed(block: PollBlock, outcome: Outcome): void {
    const ticksUs = block.request.completedUs > this.#startedUs ? block.request.completedUs : this.#startedUs;
    if (outcome === Outcome.exception) {
      this.#device.answered(ticksUs);
      this.excepted(block, ticksUs);
      return;
    }
    for (let i = 0; i < block.offsets.length; i++) this.#device.failed(this.#points[block.spans[i]], ticksUs);
    this.#device.silent(reasonOf(outcome), ticksUs);
  }

  blockRefused(block: PollBlock): void {
    const ticksUs = block.request.completedUs;
    this.#device.answered(ticksUs);
    const points = [...block.spans].map((span) => this.#points[span]);
    for (const point of points) this.#device.bad(point, Quality.badConfiguration, ticksUs);
    this.#device.missing(points.map((point) => this.#device.nameOf(point)));
  }

  pollDone(): void {
    // Each block has told what it had.
  }

  private excepted(block: PollBlock, ticksUs: number): void {
    const code = block.request.exceptionCode;
    const busy = code === ModbusException.busy || code === ModbusException.acknowledge;
    const quality = code === ModbusException.illegalFunction ? Quality.badConfiguration : Quality.badDevice;
    for (let i = 0; i < block.offsets.length; i++) {
      const point = this.#points[block.spans[i]];
      if (busy) this.#device.failed(point, ticksUs);
      else this.#device.bad(point, quality, ticksUs);
    }
  }
}

function reasonOf(outcome: Outcome): string {
  if (outcome === Outcome.unreachable) return "the device cannot be reached";
  return outcome === Outcome.idle ? "the Modbus lane is overloaded" : "the device does not answer";
}

export const driver: DriverModule = {
  name: "modbus-device",
  version: "1",
  open: (plan, context) => new ModbusDevice(plan, context),
};
