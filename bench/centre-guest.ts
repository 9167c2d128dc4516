/** A monitoring centre inside XS: called with what to do and how often, in the gateway's machine (bench/centre.ts). */
import { REPORTED_CONDITIONS } from "../drivers/panel-points/conditions";
import type { Frame } from "../firmware/uplink/gb26875/codec";
import { bytesOf } from "../firmware/uplink/gb26875/exercise.test-suite";
import { codec2011 } from "../firmware/uplink/gb26875/frame-2011";
import { Gb26875Link } from "../firmware/uplink/gb26875/link";
import { POINT_BYTES } from "../firmware/uplink/gb26875/points";
import { VECTORS } from "../firmware/uplink/gb26875/vectors.test-suite";
import type { TCPOptions } from "../hal/io";

declare const host: { onCall(answer: (what: number, turns: number) => void): void };

const POINTS = 50;

const into = new Uint8Array(2048);
const fire = bytesOf(VECTORS["A1-fire"]);
const confirmation = bytesOf(VECTORS["A2-confirm"]);
const fireFrame = codec2011.decode(fire, fire.length);
const confirmationFrame = codec2011.decode(confirmation, confirmation.length);

const event = fireFrame.unit;
if (event === undefined || !("type" in event)) throw new Error("the vector is no event");
const eightFrames = {
  ...fireFrame,
  unit: { type: 2, objects: new Array(8).fill(event.objects[0]) },
} as unknown as Frame;
const receiver = codec2011.receiver(384, { frame: () => {}, broken: () => {} });
/** A socket of a centre that confirms at once: what it was given last, with the addresses turned round. */
class ConfirmingTCP {
  static last: ConfirmingTCP | undefined;
  readonly options: TCPOptions;
  private answer: Uint8Array | undefined;

  constructor(options: TCPOptions) {
    this.options = options;
    ConfirmingTCP.last = this;
  }

  write(bytes: Uint8Array): number {
    this.answer = bytesOf(VECTORS["A2-confirm"]);
    this.answer[2] = bytes[2];
    this.answer[3] = bytes[3];
    let sum = 0;
    for (let i = 2; i < 27; i++) sum += this.answer[i];
    this.answer[27] = sum;
    return 4096;
  }

  read(target: Uint8Array): number | undefined {
    const { answer } = this;
    this.answer = undefined;
    if (answer === undefined) return undefined;
    target.set(answer);
    return answer.length;
  }

  /** Lets the gateway have what the centre says. */
  deliver(): void {
    if (this.answer !== undefined) this.options.onReadable?.call(this as never, this.answer.length);
  }

  close(): void {}
}

const points = new Uint8Array(POINTS * POINT_BYTES);
for (let i = 0; i < POINTS; i++) points[i * POINT_BYTES] = i;
const link = new Gb26875Link({
  plan: {
    host: "192.0.2.1",
    port: 5200,
    source: Uint8Array.of(0x79, 3, 0, 0, 0, 0),
    destination: Uint8Array.of(0x38, 0x5b, 1, 0, 0, 0),
    userVersion: 1,
    zoneMinutes: 480,
    timeoutMs: 10_000,
    queue: 32,
    objects: 8,
    system: 1,
    systemAddress: 1,
    conditionBits: [2, 2, 16, 16, 4, 8, 0],
    running: false,
    points,
    systemText: new Uint8Array(0),
    transmitterText: new Uint8Array(0),
  },
  channelCount: 0,
  pointCounts: [POINTS],
  groups: [],
  clock: {
    nowUs: () => 1_000_000,
    wallMs: () => 1_780_000_000_000,
    wallQuality: () => 2,
    timer: () => ({ arm: () => {}, disarm: () => {} }),
  },
  random: { uint32: () => 1 } as never,
  log: { info: () => {}, warn: () => {} },
  TCP: ConfirmingTCP as never,
  valueAt: () => Number.NaN,
});
link.start();
const socket = ConfirmingTCP.last!;
socket.options.onWritable?.call(socket as never, 4096);
const settle = () => {
  for (let i = 0; i < 4; i++) socket.deliver();
};
settle();
const conditions = new Uint8Array(POINTS);
const trouble = REPORTED_CONDITIONS[4].bit;
const works: readonly (() => void)[] = [
  () => {},
  () => codec2011.encode(fireFrame, into, 0),
  () => codec2011.encode(eightFrames, into, 0),
  () => codec2011.encode(confirmationFrame, into, 0),
  () => codec2011.decode(fire, fire.length),
  () => codec2011.decode(confirmation, confirmation.length),
  () => receiver.push(confirmation, confirmation.length),
  () => {
    // The point in the middle: the list of points is walked.
    conditions[25] ^= trouble;
    link.point(0, 25, conditions[25], 900_000);
    settle();
    if (link.waiting > 0) throw new Error("the simulated centre did not confirm what was measured");
  },
  () => link.points(0, conditions, 900_000),
];

(globalThis as unknown as { main: () => void }).main = () => {
  host.onCall((what, turns) => {
    const work = works[what];
    for (let i = 0; i < turns; i++) work();
  });
};
