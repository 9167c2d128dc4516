/** A luminaire of the site as a source of light: where it hangs, how it shines, what its frames are like. */
import type { DevicePlan } from "../../../drivers/plan";
import { BEACON_OCTETS } from "../../../drivers/vlc/beacon";
import { MCS_TABLE } from "../../../drivers/vlc/mcs";
import { TDP_CHIPS, type Tdp } from "../../../drivers/vlc/preamble";
import { profileFor, type VlcProfile } from "../../../drivers/vlc/profile";
import type { Placement } from "./geometry";
import { lambertianOrder } from "./lambertian";
import { LampLight } from "./lamp-light";
import type { LampParts } from "./parts";

/** What the site's page of a luminaire compiles to (drivers/vlc-transmitter/schema.ts), as far as light goes. */
type Settings = {
  readonly mcs: number;
  readonly flp: number;
  readonly tdp: Tdp;
  readonly level?: number;
  readonly queue?: { readonly octets?: number };
};

export class Lamp {
  readonly name: string;
  readonly placement: Placement | undefined;
  readonly parts: LampParts;
  readonly order: number;
  readonly light: LampLight;
  readonly mcs: number;
  readonly profile: VlcProfile;
  /** Octets of its longest frame. */
  readonly maxPsduOctets: number;

  constructor(plan: DevicePlan, placement: Placement | undefined, parts: LampParts) {
    const { mcs, flp, tdp, level, queue } = plan.settings as unknown as Settings;
    const usual = profileFor(mcs);
    const isOok = MCS_TABLE[mcs].modulation === "OOK";
    this.name = plan.id;
    this.placement = placement;
    this.parts = parts;
    this.order = lambertianOrder(parts.halfAngleDeg);
    this.light = new LampLight(parts.bandwidthHz, parts.ppm);
    this.mcs = mcs;
    this.profile = { ...usual, flp, tdp, duty: isOok || level === undefined || level === 0 ? usual.duty : level };
    const octets = queue?.octets ?? BEACON_OCTETS;
    this.maxPsduOctets = octets > BEACON_OCTETS ? octets : BEACON_OCTETS;
  }

  get clockHz(): number {
    return this.profile.clockHz;
  }

  get isOok(): boolean {
    return MCS_TABLE[this.mcs].modulation === "OOK";
  }

  /** Time of a chip of OOK, or of half a pulse of VPPM: what Ec is the energy of. */
  get chipS(): number {
    return (this.isOok ? 1 : 1 / 2) / this.clockHz;
  }

  /** Time of a preamble. */
  get preambleUs(): number {
    return ((this.profile.flp + TDP_CHIPS) * 1e6) / (this.clockHz * (1 + this.parts.ppm / 1e6));
  }
}
