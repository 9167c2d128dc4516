/** Lamps and receivers without a gateway, for tests: a lamp says what it is told to, at the time of a kernel. */
import type { DevicePlan } from "../../../drivers/plan";
import { BeaconWriter } from "../../../drivers/vlc/beacon";
import { VlcEncoder } from "../../../drivers/vlc/encoder";
import { LineChips, lightOf } from "../../../drivers/vlc/line-chips";
import { frameCheck } from "../../../drivers/vlc/profile";
import { Luminaire } from "../../../drivers/vlc-transmitter/emulator";
import { Kernel } from "../kernel";
import { RandomBranch } from "../random";
import type { Placement } from "./geometry";
import { Lamp } from "./lamp";
import type { OpticalLink } from "./link";
import { DEFAULT_LAMP, DEFAULT_RECEIVER, type LampParts, type ReceiverParts } from "./parts";
import { OpticalReceiver } from "./receiver";
import { RoomOfLight } from "./room-of-light";

export type LampSetup = {
  readonly id?: number;
  readonly mcs?: number;
  readonly flp?: number;
  readonly octets?: number;
  readonly placement?: Placement;
  readonly parts?: Partial<LampParts>;
};

export type RoomSetup = {
  readonly lamps: readonly LampSetup[];
  readonly seed?: number;
  readonly parts?: Partial<ReceiverParts>;
  /** Where the receiver is, or how far below its lamps. */
  readonly place: Placement | number;
  readonly everyUs?: number;
};

export class TestRoom {
  readonly kernel = new Kernel();
  readonly lamps: Lamp[] = [];
  readonly luminaires: Luminaire[] = [];
  readonly receiver: OpticalReceiver;
  readonly room: RoomOfLight;
  readonly #speakers: ((octets: Uint8Array | number) => number)[] = [];

  constructor(setup: RoomSetup) {
    const random = new RandomBranch(setup.seed ?? 1);
    const placed = typeof setup.place === "number" ? undefined : setup.place;
    this.receiver = new OpticalReceiver({
      name: "phone",
      random: random.branch("receiver"),
      parts: { ...DEFAULT_RECEIVER, ...setup.parts },
      placement: placed,
      everyUs: setup.everyUs ?? 0,
    });
    const all = new Map<Lamp, Luminaire>();
    for (const [i, lampSetup] of setup.lamps.entries()) {
      const { mcs = 4, flp = 64, octets, placement, parts } = lampSetup;
      const settings = { id: 1, mcs, flp, tdp: "P4", ...(octets === undefined ? {} : { queue: { octets } }) };
      const plan = { id: `lamp-${i + 1}`, settings } as unknown as DevicePlan;
      const lamp = new Lamp(plan, placement, { ...DEFAULT_LAMP, ...parts });
      const luminaire = new Luminaire();
      all.set(lamp, luminaire);
      this.lamps.push(lamp);
      this.luminaires.push(luminaire);
      this.receiver.watch(lamp, typeof setup.place === "number" ? setup.place : 0);
      this.#speakers.push(speaker(lamp, luminaire, lampSetup.id ?? i + 1));
    }
    this.room = new RoomOfLight(this.kernel, [this.receiver], all);
  }

  get link(): OpticalLink {
    return this.receiver.links[0];
  }

  /** A lamp says a beacon of that number, or these octets. Does not wait for its end. */
  say(lamp: number, what: Uint8Array | number): void {
    this.#speakers[lamp](what);
  }

  /** One lamp says so many beacons, one after the other. */
  beacons(count: number, lamp = 0): void {
    for (let i = 0; i < count; i++) {
      this.say(lamp, i);
      this.wait(1);
    }
  }

  wait(seconds: number): void {
    this.kernel.runUntil(this.kernel.nowUs() + seconds * 1e6);
  }
}

function speaker(lamp: Lamp, luminaire: Luminaire, id: number) {
  const encoder = new VlcEncoder({ mcs: lamp.mcs, profile: lamp.profile, maxPsduOctets: lamp.maxPsduOctets });
  const chips = new LineChips(lightOf(encoder));
  const beacon = new BeaconWriter(id, frameCheck(lamp.profile));
  return (what: Uint8Array | number): number => {
    if (typeof what === "number") beacon.write(what);
    const psdu = typeof what === "number" ? beacon.psdu : what;
    encoder.encode(psdu, psdu.length);
    const count = chips.write(encoder);
    luminaire.onLight?.(chips.chips, count, chips.hz);
    return count;
  };
}
