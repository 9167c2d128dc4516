/**
 * What a driver folder gives the gateway, and what the gateway gives a driver.
 *
 * A driver folder is found by its name: `drivers/<name>/driver.ts` exports `driver`, a `DriverModule`. Nobody edits a
 * list. The ECMA-419 class of a sensor stands in the same file and can be used without any of this.
 */
import type { Clock } from "../hal/clock";
import type { IOProvider } from "../hal/io";
import type { Log } from "../hal/log";
import type { Random } from "../hal/random";
import type { Identification } from "../hal/sensor";
import type { AlarmClass, DevicePlan } from "./plan";

/** How good a value is. Absent from the wire when good (design.md section 8). */
export const Quality = {
  good: 0,
  /** The last good value: the newest read failed, but not for long. */
  uncertain: 1,
  /** The device does not answer, or answers with errors on the line. */
  badCommunication: 2,
  /** The device does not have what the site names. */
  badConfiguration: 3,
  /** The device says that it is broken. */
  badDevice: 4,
  /** Outside of what the part can measure. */
  badRange: 5,
  /** Nothing was read since boot. The first state of every channel. */
  neverRead: 6,
} as const;
export type Quality = (typeof Quality)[keyof typeof Quality];

/** What became of a condition of a panel's point. */
export const PointChange = {
  off: 0,
  on: 1,
  /** It was so when the gateway first saw the point: nobody knows since when. */
  standing: 2,
} as const;
export type PointChange = (typeof PointChange)[keyof typeof PointChange];

/** Receives what a device measures and reports. Calling it allocates nothing. */
export interface DeviceSink {
  /**
   * One reading.
   * @param channel position in `DevicePlan.channels`
   * @param value in the channel's unit; ignored when `quality` is bad
   * @param ticksUs monotonic time at the start of sampling
   */
  reading(channel: number, value: number, quality: Quality, ticksUs: number): void;
  /**
   * A block of good readings at equal distances, as a DMA ADC or a FIFO hands them over.
   * @param values the first `count` of them, in the channel's unit
   * @param firstTicksUs monotonic time at the start of sampling of the first
   * @param stepUs distance of two readings
   */
  block(channel: number, values: ArrayLike<number>, count: number, firstTicksUs: number, stepUs: number): void;
  /**
   * A state that the device itself decided: a panel's zone goes into or out of fire, fault, ...
   * @param evidence the raw register word behind it
   */
  edge(channel: number, kind: AlarmClass, active: boolean, evidence: number, ticksUs: number): void;
  /** The device stopped answering (`active`) or came back. Reported once for each change. */
  communication(lost: boolean, reason: string, ticksUs: number): void;
}

/** Receives what a panel reports of its points, which are no channels (`DevicePlan.points`). */
export interface PanelSink {
  /**
   * A condition of one of the device's points began or ended.
   * @param point position in `DevicePlan.points`
   * @param conditions the point's whole set, as `drivers/panel-points` has them
   * @param evidence the raw word behind it
   * @param text what the panel itself says about it, in the panel's own encoding
   * @returns false when the way out has no room for another alarm: nothing was told, `DeviceInstance.roomAgain` will be called
   */
  point(
    point: number,
    kind: AlarmClass,
    change: PointChange,
    conditions: number,
    evidence: number,
    ticksUs: number,
    text?: Uint8Array,
  ): boolean;
  /**
   * All points at once, a set of conditions for each.
   * @param urgent something is new in it; otherwise it repeats what was told, and takes its turn with telemetry
   * @returns false when there was no room
   */
  snapshot(conditions: Uint8Array, urgent: boolean, ticksUs: number): boolean;
  /** Something happened that somebody may have to answer for: a command, and what became of it. */
  note(what: string, text: string, ticksUs: number): void;
}

/** Another channel of the gateway, as a computed one sees it. */
export interface ChannelSource {
  /** The last good value, `NaN` before the first. */
  readonly value: number;
  readonly quality: Quality;
  /** Records that a full queue let go since boot. */
  readonly dropped: number;
}

/** How the sampling loop does; all counts are since boot. Reading them allocates nothing. */
export interface LoopHealth {
  /** Worst delay of a tick behind its anchor, in microseconds. */
  readonly latestUs: number;
  /** Ticks that began later than this, one of `LATENESS_BOUNDS_US`. */
  laterThan(boundUs: number): number;
  readonly missedTicks: number;
  /** Records that full queues let go, of all channels. */
  readonly droppedSamples: number;
  /** Messages that a full store let go. */
  readonly droppedMessages: number;
  /** Messages that the broker has not acknowledged yet. */
  readonly waitingMessages: number;
  /** Erases of the flash sector that was erased most, since the store was new; 0 without a store in flash. */
  readonly storeWear: number;
  /** Erases of all sectors, and records found torn by a power cut, since boot. */
  readonly storeErases: number;
  readonly storeTorn: number;
}

/** The gateway itself, for devices that are made of it: computed channels, the loop's own telemetry. */
export interface GatewayView {
  /** @param name `<device>/<channel>`; `undefined` when there is none of that name */
  channel(name: string): ChannelSource | undefined;
  readonly health: LoopHealth;
}

/** Bounds of the histogram of lateness, in microseconds. Below the first a tick counts as in time. */
export const LATENESS_BOUNDS_US: readonly number[] = [1_000, 10_000, 100_000, 1_000_000];

export interface DriverContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly io: IOProvider;
  /** Makes one object that all devices on a bus share, for example the Modbus lane of an RS-485 line. */
  shared<T>(bus: string, make: () => T): T;
  readonly sink: DeviceSink;
  /** For a device with points. */
  readonly panel?: PanelSink;
  /** Absent where a driver is used without a gateway. */
  readonly gateway?: GatewayView;
}

/**
 * An open device. The scheduler calls `start` at each anchored period; a device that needs time answers with when to
 * come back. Nothing in here waits.
 */
export interface DeviceInstance {
  readonly identification?: Identification;
  /** The configuration that ECMA-419 section 31 asks for, as text for the trace. */
  readonly configuration?: string;
  /** Begins one acquisition. Returns microseconds until `finish` is due, or 0 when there is nothing to finish. */
  start(nowUs: number): number;
  /** Continues the acquisition. Returns microseconds until the next `finish`, or 0 when done. */
  finish(nowUs: number): number;
  /**
   * Sends a command to the device, if the site allows it, and leaves notes of what was asked and what became of it.
   * @param point a point's name, or empty for the whole device
   * @returns false when it is refused
   */
  command?(name: string, point: string): boolean;
  /** The way out was full when the device last told something, and has room now. */
  roomAgain?(nowUs: number): void;
  close(): void;
}

export interface DriverModule {
  /** The name of the driver's folder. */
  readonly name: string;
  /** Changes with the driver's behaviour; part of the device's trace. */
  readonly version: string;
  /** Throws when the plan cannot be served, for example when the platform lacks an IO class. */
  open(plan: DevicePlan, context: DriverContext): DeviceInstance;
}

/** The driver modules that were linked, by name. */
export type DriverRegistry = { readonly [name: string]: DriverModule };
