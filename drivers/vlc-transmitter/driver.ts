/**
 * A luminaire that says its number in visible light: one id beacon a tick, as chips out of an SPI port whose data line
 * drives the lamp's LED switch. One SPI bit is one chip, or for VPPM a tenth of a pulse, and the port shifts out the frame by
 * DMA; nothing waits for it.
 *
 * After IEEE 802.15.7 PHY I; the codec is drivers/vlc.
 */
import type { SPI, SPIConstructor, SPIOptions } from "../../hal/io";
import type { Identification } from "../../hal/sensor";
import { type DeviceInstance, type DriverContext, type DriverModule, Quality } from "../contract";
import type { DevicePlan } from "../plan";
import { BEACON_OCTETS, BeaconWriter } from "../vlc/beacon";
import { VlcEncoder } from "../vlc/encoder";
import { LineChips } from "../vlc/line-chips";
import type { Tdp } from "../vlc/preamble";
import { DEFAULT_PROFILE, frameCheck, profileFor, type VlcProfile } from "../vlc/profile";

export type VlcTransmitterOptions = {
  readonly light: SPIOptions & { readonly io: SPIConstructor };
  /** Number of the luminaire, 32 bits. */
  readonly id: number;
  readonly mcs?: number;
  readonly profile?: VlcProfile;
};

/** The beacon alone, usable on any ECMA-419 host with an SPI port. */
export class VlcTransmitter {
  #io: SPI | undefined;
  readonly #beacon: BeaconWriter;
  readonly #encoder: VlcEncoder;
  readonly #light: LineChips;
  #sequence = 0;

  /** @throws VlcError when id, MCS or profile are not built or not defined */
  constructor(options: VlcTransmitterOptions) {
    const mcs = options.mcs ?? 4;
    const profile = profileFor(mcs, options.profile);
    const { io, ...connection } = options.light;
    // All beacons have one length, so the chips are the frame and go out whole.
    this.#encoder = new VlcEncoder({ profile, mcs, maxPsduOctets: BEACON_OCTETS });
    this.#light = new LineChips(this.#encoder);
    this.#beacon = new BeaconWriter(options.id, frameCheck(profile));
    this.#io = new io({ ...connection, hz: this.#light.hz });
  }

  /** Number of the next beacon, modulo 256. */
  get sequence(): number {
    return this.#sequence;
  }

  // hot path
  /** Sends one beacon. Throws what the port throws: it is closed, or still busy with the beacons before. */
  send(): void {
    if (this.#io === undefined) throw new Error("VlcTransmitter: closed");
    this.#beacon.write(this.#sequence);
    this.#encoder.encode(this.#beacon.psdu, BEACON_OCTETS);
    this.#light.write();
    this.#io.write(this.#light.chips);
    this.#sequence = (this.#sequence + 1) & 0xff;
  }

  close(): void {
    this.#io?.close();
    this.#io = undefined;
  }
}

/** Failures in a row after which the luminaire counts as lost. */
const LOST_AFTER = 3;

class VlcTransmitterInstance implements DeviceInstance {
  readonly identification: Identification = { model: "VLC luminaire", classification: "Luminaire" };
  readonly configuration: string;
  readonly #transmitter: VlcTransmitter;
  readonly #context: DriverContext;
  /** Position of the channel that counts beacons, -1 where the site does not want it. */
  readonly #channel: number;
  #beacons = 0;
  #failures = 0;

  constructor(plan: DevicePlan, context: DriverContext) {
    const { SPI } = context.io;
    if (SPI === undefined) throw new Error("this platform has no SPI");
    const { id, mcs, flp, tdp } = plan.settings as { id: number; mcs: number; flp: number; tdp: Tdp };
    this.#context = context;
    this.#channel = plan.channels.findIndex((channel) => channel.name === "beacons");
    this.#transmitter = new VlcTransmitter({
      light: { ...(plan.connection.options as unknown as SPIOptions), io: SPI },
      id,
      mcs,
      profile: { ...DEFAULT_PROFILE, flp, tdp },
    });
    this.configuration = `id ${id}, MCS ${mcs}, preamble ${flp} + ${tdp}`;
  }

  // hot path
  start(nowUs: number): number {
    try {
      this.#transmitter.send();
    } catch {
      this.#fail(nowUs);
      return 0;
    }
    this.#beacons++;
    if (this.#failures >= LOST_AFTER) this.#context.sink.communication(false, "", nowUs);
    this.#failures = 0;
    if (this.#channel >= 0) this.#context.sink.reading(this.#channel, this.#beacons, Quality.good, nowUs);
    return 0;
  }

  finish(): number {
    return 0;
  }

  close(): void {
    this.#transmitter.close();
  }

  #fail(nowUs: number): void {
    this.#failures++;
    if (this.#channel >= 0) this.#context.sink.reading(this.#channel, Number.NaN, Quality.badDevice, nowUs);
    if (this.#failures === LOST_AFTER)
      this.#context.sink.communication(true, "the SPI port does not take the chips", nowUs);
  }
}

export const driver: DriverModule = {
  name: "vlc-transmitter",
  version: "1",
  open: (plan, context) => new VlcTransmitterInstance(plan, context),
};
