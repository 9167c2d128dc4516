/** What a scenario can do with a room of light, and expect of its receivers. Its words were checked when it was compiled. */
import type { Vector } from "./geometry";
import type { OpticalLink } from "./link";
import type { OpticalReceiver } from "./receiver";
import type { RoomOfLight } from "./room-of-light";

/** The first word of compiled steps about light, and of expectations. */
export const LIGHT = "light";
export const RECEIVER = "receiver";

/**
 * `person stand x y`, `person walk x y x y seconds`, `person leave`, `move receiver x y z`, `cover receiver [lamp]`,
 * `uncover receiver [lamp]`, `ambient lux [receiver]`. False for other words.
 */
export function commandLight(room: RoomOfLight, [verb, what, ...rest]: readonly string[]): boolean {
  const [a, b, c, d, e] = rest.map(Number);
  if (verb === "person") {
    if (what === "leave") room.leave();
    else if (what === "stand") room.walk(onFloor(a, b), onFloor(a, b), 0);
    else room.walk(onFloor(a, b), onFloor(c, d), e);
    return true;
  }
  if (verb === "ambient") {
    room.setAmbient(Number(what), rest.length === 0 ? undefined : room.find(rest[0]));
    return true;
  }
  const receiver = room.find(what);
  if (receiver === undefined) return false;
  if (verb === "move") receiver.move([a, b, c]);
  else if (verb === "cover" || verb === "uncover")
    for (const link of linksOf(receiver, rest[0])) link.covered = verb === "cover";
  else return false;
  return true;
}

function onFloor(x: number, y: number): Vector {
  return [x, y, 0];
}

function linksOf(receiver: OpticalReceiver, lamp: string | undefined): readonly OpticalLink[] {
  return receiver.links.filter((link) => lamp === undefined || link.lamp.name === lamp);
}

/**
 * `receiver hall-phone frame error rate [of lamp-3] below 5 %`, `receiver hall-phone decodes beacon of lamp-3`, `… misses beacon of
 * lamp-3`: about the frames from the moment it is made. Where no frame was looked for, nothing is shown, so it is not met.
 */
export class LightExpectation {
  readonly #links: readonly OpticalLink[];
  readonly #frames: number;
  readonly #lost: number;
  readonly #words: readonly string[];

  constructor(room: RoomOfLight, words: readonly string[]) {
    const receiver = room.find(words[1]);
    const of = words.indexOf("of");
    this.#words = words;
    this.#links = receiver === undefined ? [] : linksOf(receiver, of < 0 ? undefined : words[of + 1]);
    this.#frames = this.sum((link) => link.frames);
    this.#lost = this.sum((link) => link.lost);
  }

  get isMet(): boolean {
    const frames = this.sum((link) => link.frames) - this.#frames;
    const lost = this.sum((link) => link.lost) - this.#lost;
    if (frames + lost === 0) return false;
    if (this.#words[2] === "decodes") return frames > 0;
    if (this.#words[2] === "misses") return frames === 0;
    const rate = lost / (frames + lost);
    const bound = Number(this.#words[this.#words.length - 2]) / 100;
    return this.#words.includes("below") ? rate < bound : rate > bound;
  }

  private sum(of: (link: OpticalLink) => number): number {
    let sum = 0;
    for (const link of this.#links) sum += of(link);
    return sum;
  }
}
