/**
 * The luminaire as a device of the gateway: one id beacon a period, by `VlcTransmitter`. On a light bus the lamp has a pin and
 * holds its level; on an SPI bus the port's data line drives it.
 */

import type { PinSpecifier, SPIOptions } from "../../hal/io";
import type { Identification } from "../../hal/sensor";
import { type DeviceInstance, type DeviceSink, type DriverContext, type DriverModule, Quality } from "../contract";
import { ofPlatform } from "../of-platform";
import type { DevicePlan } from "../plan";
import { MCS_TABLE } from "../vlc/mcs";
import type { Tdp } from "../vlc/preamble";
import { profileFor, type VlcProfile } from "../vlc/profile";
import { beaconCodec } from "./beacon-codec";
import type { FrameQueueOptions } from "./frame-queue";
import { dutyFor, VlcTransmitter, type VlcTransmitterOptions } from "./transmitter";

export { VlcTransmitter, type VlcTransmitterOptions };

/** Failures in a row after which the luminaire counts as lost. */
const LOST_AFTER = 3;
const GOOD = Quality.good;

/** What the site's page compiles to. */
type Settings = {
  readonly id: number;
  readonly mcs: number;
  readonly flp: number;
  readonly tdp: Tdp;
  /** Light between frames; absent on SPI. */
  readonly level?: number;
  readonly floor?: number;
  readonly queue?: FrameQueueOptions;
  /** The site lets the lamp be dimmed by a command. */
  readonly dim?: boolean;
};

/** The transmitter itself: an object of its own would be three slots of each lamp. */
class VlcTransmitterInstance extends VlcTransmitter implements DeviceInstance {
  private readonly sink: DeviceSink;
  /** Position of the channel that counts beacons, -1 where the site does not want it. */
  private readonly channel: number;
  /** Absent where the site does not want it. */
  declare private readonly dims: boolean | undefined;
  private failures = 0;

  constructor(plan: DevicePlan, context: DriverContext) {
    const { id, mcs, flp, tdp, level, floor, queue, dim } = plan.settings as unknown as Settings;
    const profile = profileOf(mcs, flp, tdp, level);
    const octets = queue?.octets ?? 0;
    super({
      light: lightFor(plan, context),
      id,
      mcs,
      profile,
      codec: context.shared(`vlc ${mcs} ${flp} ${tdp} ${profile.duty} ${octets}`, () =>
        beaconCodec(profile, mcs, octets),
      ),
      ...(level === undefined ? {} : { level }),
      ...(floor === undefined ? {} : { floor }),
      ...(queue === undefined ? {} : { queue }),
    });
    this.sink = context.sink;
    if (dim === true) this.dims = true;
    this.channel = plan.channels.findIndex((channel) => channel.name === "beacons");
  }

  get configuration(): string {
    const { mcs, profile } = this.codec.encoder;
    const light = this.holdsLight ? `light ${this.level}, floor ${this.floor}` : "dark between frames";
    return `id ${this.id}, MCS ${MCS_TABLE.indexOf(mcs)}, preamble ${profile.flp} + ${profile.tdp}, ${light}`;
  }

  get identification(): Identification {
    return { model: "VLC luminaire", classification: "Luminaire" };
  }

  // hot path
  start(nowUs: number): number {
    this.beaconDue();
    const beacons = this.beacons;
    const waitUs = this.finish(nowUs);
    if (this.beacons !== beacons && this.channel >= 0) this.sink.reading(this.channel, this.beacons, GOOD, nowUs);
    return waitUs;
  }

  // hot path
  finish(nowUs: number): number {
    try {
      const waitUs = this.pump(nowUs);
      if (this.failures > 0) this.recover(nowUs);
      return waitUs;
    } catch {
      this.fail(nowUs);
      return 0;
    }
  }

  /** `dim`, with the level in the place of a point; the lamp keeps to its floor. */
  command(name: string, point: string): boolean {
    const level = Number(point);
    if (this.dims !== true || name !== "dim" || point === "" || !(level >= 0 && level <= 1)) return false;
    this.dim(level);
    return true;
  }

  private recover(nowUs: number): void {
    if (this.failures >= LOST_AFTER) this.sink.communication(false, "", nowUs);
    this.failures = 0;
  }

  private fail(nowUs: number): void {
    this.failures++;
    if (this.channel >= 0) this.sink.reading(this.channel, Number.NaN, Quality.badDevice, nowUs);
    if (this.failures === LOST_AFTER) this.sink.communication(true, "the lamp's port does not take the frame", nowUs);
  }
}

/** A profile of its own only where it is not a default one, which all lamps share. */
function profileOf(mcs: number, flp: number, tdp: Tdp, level: number | undefined): VlcProfile {
  const usual = profileFor(mcs);
  const duty = level === undefined ? usual.duty : dutyFor(level);
  return flp === usual.flp && tdp === usual.tdp && duty === usual.duty ? usual : { ...usual, flp, tdp, duty };
}

function lightFor({ connection }: DevicePlan, { io }: DriverContext): VlcTransmitterOptions["light"] {
  if (connection.io === "LightEmitter") {
    const LightEmitter = ofPlatform(io.LightEmitter, "LightEmitter");
    const { pin, invert } = connection.options as unknown as { pin: PinSpecifier; invert?: boolean };
    return { io: LightEmitter, pin, ...(invert === undefined ? {} : { invert }) };
  }
  return { ...(connection.options as unknown as SPIOptions), io: ofPlatform(io.SPI, "SPI") };
}

export const driver: DriverModule = {
  name: "vlc-transmitter",
  version: "2",
  open: (plan, context) => new VlcTransmitterInstance(plan, context),
};
