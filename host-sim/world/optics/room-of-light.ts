/**
 * Lamps and receivers of one site, and what passes between them. Light costs nothing while nobody looks: a frame is reckoned once its
 * last light has passed, for each receiver that was awake for it and that it reached.
 */
import type { Luminaire } from "../../../drivers/vlc-transmitter/emulator";
import type { Kernel } from "../kernel";
import { CaptureReceiver } from "./capture-receiver";
import { isBlocked, type Vector } from "./geometry";
import type { Lamp } from "./lamp";
import type { OpticalLink } from "./link";
import { type LinkBudget, linkBudget } from "./link-budget";
import { PER_SYMBOL } from "./parts";
import { OpticalReceiver } from "./receiver";

/** Somebody in the room: on the way from one place to another, or standing. */
type Walk = { readonly fromUs: number; readonly toUs: number; readonly from: Vector; readonly to: Vector };

export class RoomOfLight {
  readonly receivers: readonly OpticalReceiver[];
  readonly #kernel: Kernel;
  /** Decoders are large and keep nothing from capture to capture: lamps of one kind share one. */
  readonly #decoders = new Map<string, CaptureReceiver>();
  #walk: Walk | undefined;

  constructor(kernel: Kernel, receivers: readonly OpticalReceiver[], lamps: ReadonlyMap<Lamp, Luminaire>) {
    this.#kernel = kernel;
    this.receivers = receivers;
    for (const [lamp, luminaire] of lamps) {
      luminaire.onLight = (chips, count, hz) => this.frame(lamp, chips, count, hz);
      luminaire.onRest = (chips, count, hz) => lamp.light.shine(chips, count, hz, kernel.nowUs());
    }
  }

  /** @param seconds the way takes; 0: the person stands at `to` at once */
  walk(from: Vector, to: Vector, seconds: number): void {
    const nowUs = this.#kernel.nowUs();
    this.#walk = { fromUs: nowUs, toUs: nowUs + seconds * 1e6, from, to };
  }

  leave(): void {
    this.#walk = undefined;
  }

  /** @param receiver undefined: all of them */
  setAmbient(lux: number, receiver?: OpticalReceiver): void {
    for (const one of receiver === undefined ? this.receivers : [receiver])
      one.parts = { ...one.parts, ambientLux: lux };
  }

  find(name: string): OpticalReceiver | undefined {
    return this.receivers.find((receiver) => receiver.name === name);
  }

  private frame(lamp: Lamp, chips: Uint8Array, count: number, hz: number): void {
    const nowUs = this.#kernel.nowUs();
    const endUs = lamp.light.frame(chips, count, hz, nowUs) + OpticalReceiver.tailUs(lamp.clockHz);
    for (const receiver of this.receivers)
      for (const link of receiver.links) if (link.lamp === lamp) this.arrive(receiver, link, nowUs, endUs);
  }

  private arrive(receiver: OpticalReceiver, link: OpticalLink, nowUs: number, endUs: number): void {
    link.sent++;
    if (nowUs < link.nextLookUs) {
      link.skipped++;
      return;
    }
    link.nextLookUs = nowUs + receiver.everyUs;
    const swings = new Float64Array(receiver.links.length);
    let othersA = 0;
    for (let i = 0; i < swings.length; i++) {
      const one = receiver.links[i];
      swings[i] = this.budgetOf(receiver, one, nowUs, 0).swingA;
      if (one !== link) othersA += swings[i] * one.lamp.light.level;
    }
    link.budget = this.budgetOf(receiver, link, nowUs, othersA);
    if (link.budget.swingA === 0) {
      link.unseen++;
      return;
    }
    link.waiting++;
    this.#kernel.at(Math.ceil(endUs), () => {
      for (let i = 0; i < swings.length; i++) {
        const one = receiver.links[i];
        if (one === link || swings[i] === 0 || !one.lamp.light.speaksBetween(nowUs, endUs, -1)) continue;
        link.overlapped++;
        break;
      }
      receiver.capture(link, nowUs, endUs, swings, this.decoderOf(link.lamp));
    });
  }

  private budgetOf(receiver: OpticalReceiver, link: OpticalLink, nowUs: number, othersA: number): LinkBudget {
    const { lamp } = link;
    const sight = link.sight(receiver.placement);
    link.distanceM = sight.distanceM;
    const isDark = link.covered || this.isInTheWay(receiver, lamp, nowUs);
    const source = { powerW: isDark ? 0 : lamp.parts.powerW, order: lamp.order };
    return linkBudget(source, receiver.parts, sight, lamp.chipS, PER_SYMBOL * lamp.clockHz, othersA);
  }

  private isInTheWay(receiver: OpticalReceiver, lamp: Lamp, nowUs: number): boolean {
    const walk = this.#walk;
    if (walk === undefined || receiver.placement === undefined || lamp.placement === undefined) return false;
    const share = nowUs >= walk.toUs ? 1 : (nowUs - walk.fromUs) / (walk.toUs - walk.fromUs);
    const x = walk.from[0] + share * (walk.to[0] - walk.from[0]);
    const y = walk.from[1] + share * (walk.to[1] - walk.from[1]);
    return isBlocked(lamp.placement.at, receiver.placement.at, x, y);
  }

  private decoderOf({ profile, maxPsduOctets }: Lamp): CaptureReceiver {
    const key = `${profile.clockHz} ${profile.flp} ${profile.duty} ${maxPsduOctets}`;
    let decoder = this.#decoders.get(key);
    if (decoder === undefined) {
      decoder = new CaptureReceiver({ profile, perSymbol: PER_SYMBOL, maxPsduOctets });
      this.#decoders.set(key, decoder);
    }
    return decoder;
  }
}
