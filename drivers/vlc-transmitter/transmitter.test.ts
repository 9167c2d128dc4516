import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LightEmitterConstructor, LightFrame } from "../../hal/light";
import { FlickerMeter } from "../../host-sim/world/optics/flicker";
import { BeaconReader } from "../vlc/beacon";
import { bitsToSoft } from "../vlc/bits";
import { VlcDecoder, VlcOutcome } from "../vlc/decoder";
import { frameSymbols, VlcEncoder } from "../vlc/encoder";
import { IDLE_PATTERNS, writeIdle } from "../vlc/idle";
import { frameCheck, profileFor } from "../vlc/profile";
import type { VlcError } from "../vlc/vlc-error";
import { FrameQueue } from "./frame-queue";
import { LightWave } from "./light-wave.test-suite";
import { dutyFor, VlcTransmitter, type VlcTransmitterOptions } from "./transmitter";

/** A lamp whose frames are decoded as they come. */
function setUp(options: Partial<VlcTransmitterOptions> = {}) {
  const mcs = options.mcs ?? 4;
  const said: string[] = [];
  const shone: { duty: number; lit: number }[] = [];
  const decoder = new VlcDecoder(options.profile ?? profileFor(mcs));
  const reader = new BeaconReader();
  let refuses = false;
  const LightEmitter = class {
    send(frame: LightFrame): void {
      if (refuses) throw new Error("the pin is gone");
      const perBit = mcs < 5 ? 2 : 1;
      const soft = new Int32Array(perBit * frame.bitCount);
      const bits = new Int32Array(frame.bitCount);
      bitsToSoft(frame.octets.subarray(frame.bitsAt), frame.bitCount, bits);
      for (let i = 0; i < bits.length; i++) {
        soft[perBit * i] = bits[i];
        if (perBit === 2) soft[2 * i + 1] = -bits[i];
      }
      expect(decoder.decode(soft, 0, soft.length)).toBe(VlcOutcome.frame);
      const isBeacon = reader.read(decoder.psdu, decoder.psduLength);
      said.push(isBeacon ? `beacon ${reader.id} ${reader.sequence}` : `data ${decoder.psdu[3]}`);
    }
    shine(duty: number, idle: Uint8Array, chips: number): void {
      let lit = 0;
      for (let i = 0; i < chips; i++) lit += (idle[i >> 3] >> (i & 7)) & 1;
      shone.push({ duty, lit });
    }
    close(): void {}
  } as unknown as LightEmitterConstructor;
  const transmitter = new VlcTransmitter({ light: { io: LightEmitter, pin: 4 }, id: 7, ...options });
  return {
    transmitter,
    said,
    shone,
    refuse: (now: boolean) => {
      refuses = now;
    },
  };
}

/** A data frame to all whose only octet is `value`. */
function dataFrame(value: number, mcs = 4): Uint8Array {
  const psdu = Uint8Array.of(0x40, 0x10, 0, value, 0, 0);
  frameCheck(profileFor(mcs)).append(psdu, 4);
  return psdu;
}

const outOfRange = expect.objectContaining({ code: "out-of-range" } as Partial<VlcError>);
const QUEUE = { frames: 4, octets: 16 };

describe("VlcTransmitter", () => {
  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8])("sends numbered beacons in MCS %i", (mcs) => {
    const { transmitter, said } = setUp({ mcs });
    for (let i = 0; i < 258; i++) {
      transmitter.beaconDue();
      expect(transmitter.pump(i * 1_000_000)).toBe(0);
    }
    expect(said.slice(0, 2)).toEqual(["beacon 7 0", "beacon 7 1"]);
    expect(said.slice(-3)).toEqual(["beacon 7 255", "beacon 7 0", "beacon 7 1"]);
    expect(transmitter).toMatchObject({ beacons: 258, frames: 0, missedBeacons: 0, sequence: 2, waiting: 0 });
  });

  it("keeps the light busy for the frame and the pause behind it, and says when to come back", () => {
    const { transmitter, said } = setUp({ queue: QUEUE });
    transmitter.beaconDue();
    transmitter.offer(dataFrame(1), 6, false);
    const wait = transmitter.pump(1000);
    // 9 octets in MCS 4, then 120 periods of 5 µs.
    expect(wait).toBe(frameSymbols(profileFor(4), 4, 9) * 5 + 600);
    expect(transmitter.pump(1000 + wait - 1)).toBe(1);
    expect(said).toEqual(["beacon 7 0"]);
    expect(transmitter.pump(1000 + wait)).toBe(0);
    expect(said).toEqual(["beacon 7 0", "data 1"]);
    expect(transmitter.airUs).toBe((frameSymbols(profileFor(4), 4, 9) + frameSymbols(profileFor(4), 4, 6)) * 5);
  });

  it("lets urgent frames go before the beacon and the others behind it", () => {
    const { transmitter, said } = setUp({ queue: QUEUE });
    transmitter.offer(dataFrame(1), 6, false);
    transmitter.offer(dataFrame(2), 6, false);
    transmitter.offer(dataFrame(3), 6, true);
    transmitter.beaconDue();
    transmitter.offer(dataFrame(4), 6, true);
    for (let nowUs = 0, wait = 1; wait > 0; nowUs += wait) wait = transmitter.pump(nowUs);
    expect(said).toEqual(["data 3", "data 4", "beacon 7 0", "data 1", "data 2"]);
  });

  it("counts a beacon that is due while the one before still waits, and sends one", () => {
    const { transmitter, said } = setUp();
    transmitter.beaconDue();
    transmitter.pump(0);
    transmitter.beaconDue();
    transmitter.beaconDue();
    transmitter.pump(10);
    transmitter.pump(10_000_000);
    expect(said).toEqual(["beacon 7 0", "beacon 7 1"]);
    expect(transmitter.missedBeacons).toBe(1);
  });

  it("takes no frame where there is no queue, and counts what a full one refuses", () => {
    expect(setUp().transmitter.offer(dataFrame(1), 6, true)).toBe(false);
    const { transmitter } = setUp({ queue: { frames: 1, octets: 8 } });
    expect(transmitter.offer(dataFrame(1), 6, false)).toBe(true);
    expect(transmitter.offer(dataFrame(2), 6, false)).toBe(false);
    expect(transmitter.offer(dataFrame(3), 6, true)).toBe(true);
    expect(transmitter.lost).toBe(2);
    expect(() => transmitter.offer(new Uint8Array(9), 9, false)).toThrow(outOfRange);
  });

  it("throws what the emitter throws, goes on afterwards, and does not send that frame twice", () => {
    const { transmitter, said, refuse } = setUp();
    refuse(true);
    transmitter.beaconDue();
    expect(() => transmitter.pump(0)).toThrow(/gone/);
    refuse(false);
    expect(transmitter.pump(1)).toBe(0);
    transmitter.beaconDue();
    transmitter.pump(2);
    expect(said).toEqual(["beacon 7 1"]);
    expect(transmitter.beacons).toBe(1);
  });

  it("never sends two frames at once and loses none without a count, whatever comes", () => {
    const step = fc.record({
      wait: fc.nat(30_000),
      what: fc.constantFrom("beacon", "urgent", "routine", "nothing"),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { transmitter, said } = setUp({ queue: { frames: 3, octets: 6 } });
        let nowUs = 0;
        let due = 0;
        let offered = 0;
        let airUs = 0;
        for (const { wait, what } of steps) {
          nowUs += wait;
          if (what === "beacon") {
            transmitter.beaconDue();
            due++;
          } else if (what !== "nothing") {
            transmitter.offer(dataFrame(offered & 0xff), 6, what === "urgent");
            offered++;
          }
          const before = said.length;
          airUs = transmitter.airUs;
          transmitter.pump(nowUs);
          expect(said.length - before).toBeLessThanOrEqual(1);
          if (said.length > before) expect(airUs).toBeLessThanOrEqual(nowUs);
        }
        const waitingBeacon = due - transmitter.beacons - transmitter.missedBeacons;
        expect([0, 1]).toContain(waitingBeacon);
        expect(transmitter.frames + transmitter.lost + transmitter.waiting - waitingBeacon).toBe(offered);
        expect(said.length).toBe(transmitter.beacons + transmitter.frames);
      }),
    );
  });

  it("refuses what PHY I does not have before it takes the pin", () => {
    for (const wrong of [
      { id: -1 },
      { id: 2 ** 32 },
      { id: 0.5 },
      { level: 1.1 },
      { level: Number.NaN },
      { level: 0.123 },
      { level: 0.2, floor: 0.3 },
      { mcs: 8, level: 0.3 },
      { mcs: 8, floor: 0.95, level: 0.95 },
    ])
      expect(() => setUp(wrong)).toThrow(outOfRange);
    expect(() => setUp({ mcs: 9 })).toThrow(/not 9/);
  });

  it("throws after close", () => {
    const { transmitter } = setUp();
    transmitter.close();
    transmitter.close();
    expect(() => transmitter.pump(0)).toThrow(/closed/);
  });
});

describe("the light of a transmitter", () => {
  it("begins at its level and follows", () => {
    const { transmitter, shone } = setUp({ level: 0.37 });
    expect(transmitter.dim(0.81)).toBe(0.81);
    expect(shone.map(({ lit }) => lit)).toEqual([37, 81]);
  });

  it("does not fall below the floor, whatever a command says", () => {
    fc.assert(
      fc.property(fc.nat(100), fc.nat(100), fc.nat(8), (percent, floorPercent, mcs) => {
        const floor = Math.min(floorPercent, mcs < 5 ? 100 : 90) / 100;
        const start = mcs < 5 ? 1 : 0.9;
        const profile = { ...profileFor(mcs), duty: mcs < 5 ? 0.5 : start };
        const { transmitter, shone } = setUp({ mcs, profile, level: start, floor });
        const level = transmitter.dim(percent / 100);
        expect(level).toBeGreaterThanOrEqual(floor);
        expect(transmitter.level).toBe(level);
        expect(shone.at(-1)!.lit).toBe(Math.round(level * 100));
        expect(transmitter.floored).toBe(percent / 100 < floor ? 1 : 0);
        if (mcs < 5) expect(level).toBe(Math.max(percent / 100, floor));
        else {
          expect(shone.at(-1)!.duty).toBe(level);
          expect(Math.abs(level - Math.max(percent / 100, floor, 0.1))).toBeLessThan(0.1);
        }
      }),
    );
  });

  it("goes through all steps of VPPM", () => {
    expect([0, 0.1, 0.14, 0.16, 0.5, 0.9, 1].map(dutyFor)).toEqual([0.1, 0.1, 0.1, 0.2, 0.5, 0.9, 0.9]);
  });

  it("between frames has idle patterns whose share is the level, and none of which looks like a preamble", () => {
    const idle = new Uint8Array(13);
    for (let percent = 0; percent <= 100; percent++) {
      writeIdle(percent / 100, idle);
      const chips = Array.from({ length: 100 }, (_, i) => (idle[i >> 3] >> (i & 7)) & 1);
      expect(chips.reduce((sum, chip) => sum + chip)).toBe(percent);
      const twice = chips.concat(chips).join("");
      expect(twice).not.toMatch(/(10){8}/);
      // As even as it goes: any ten patterns in a row hold the whole, and five of them half of it to within one chip.
      for (let turn = 0; turn < 5; turn++) {
        const half = chips.slice(10 * turn, 10 * turn + 50).reduce((sum, chip) => sum + chip);
        expect(Math.abs(half - percent / 2)).toBeLessThanOrEqual(1);
      }
    }
    for (const [lit, pattern] of IDLE_PATTERNS.entries()) expect(pattern.toString(2).split("1").length - 1).toBe(lit);
    for (const wrong of [-0.1, 1.01, 0.005, Number.NaN]) expect(() => writeIdle(wrong, idle)).toThrow(outOfRange);
  });
});

describe("flicker", () => {
  /** Frames and rests of all lengths, at a level, chip by chip. */
  function meterAt(level: number, mcs: number, preambles: boolean, restUs = 300): FlickerMeter {
    const wave = new LightWave({ preambles });
    const profile = { ...profileFor(mcs), duty: mcs < 5 ? 0.5 : level };
    const transmitter = new VlcTransmitter({
      light: { io: wave.LightEmitter, pin: 4 },
      id: 3,
      mcs,
      profile,
      level,
      queue: { frames: 1, octets: 120 },
    });
    let nowUs = 0;
    wave.rest(7_000);
    for (let i = 0; i < 12; i++) {
      const psdu = Uint8Array.from({ length: 20 + 9 * i }, (_, k) => Math.imul(k + i, 0x9e37) >> 5);
      frameCheck(profile).append(psdu, psdu.length - 2);
      transmitter.offer(psdu, psdu.length, false);
      transmitter.pump(nowUs);
      nowUs += 10_000_000;
      wave.rest(restUs + 900 * i);
    }
    const meter = new FlickerMeter(level, wave.hz);
    wave.each((chip) => meter.chip(chip));
    return meter;
  }

  it.each([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])(
    "at duty %d stays within 1 %% of the level over any 5 ms of coded parts and rests",
    (level) => {
      for (const mcs of [5, 6, 7, 8]) {
        const meter = meterAt(level, mcs, false);
        expect(meter.worst).toBeLessThan(0.01);
        expect(meter.mean).toBeCloseTo(level, 3);
      }
    },
  );

  it("of the preamble, which is half lit, is what its share of 5 ms makes it", () => {
    // 124 chips of 2.5 µs, at 0.2 below the level.
    const share = (124 * 2.5 * 0.2) / 5_000 / 0.7;
    const meter = meterAt(0.7, 8, true, 6_000);
    expect(meter.worst).toBeGreaterThan(share - 0.003);
    expect(meter.worst).toBeLessThan(share + 0.003);
  });

  it("of OOK at one half is none, and at another level is seen", () => {
    expect(meterAt(0.5, 4, true).worst).toBeLessThan(0.01);
    expect(meterAt(0.7, 4, true).worst).toBeGreaterThan(0.25);
  });

  it("of a lamp that blinks is seen by every measure", () => {
    const meter = new FlickerMeter(0.5, 10_000);
    for (let i = 0; i < 10_000; i++) meter.chip(i % 200 < 100 ? 1 : 0);
    expect(meter.worst).toBeCloseTo(1, 2);
    expect(meter.percentFlicker).toBeGreaterThan(99);
    expect(meter.longestRun).toBe(100);
    expect(new FlickerMeter(0.5, 10_000).worst).toBeNaN();
  });
});

describe("FrameQueue", () => {
  it("is like a list that is sorted by urgency, then by age", () => {
    const action = fc.oneof(
      fc.record({ kind: fc.constant("take" as const) }),
      fc.record({
        kind: fc.constant("offer" as const),
        value: fc.nat(255),
        urgent: fc.boolean(),
        size: fc.integer({ min: 1, max: 5 }),
      }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.array(action, { maxLength: 80 }), (frames, actions) => {
        const queue = new FrameQueue({ frames, octets: 5 });
        const model: { value: number; urgent: boolean; size: number }[] = [];
        let refused = 0;
        let replaced = 0;
        for (const step of actions) {
          if (step.kind === "take") {
            const urgent = model.findIndex((frame) => frame.urgent);
            const [expected] = model.splice(urgent < 0 ? 0 : urgent, 1);
            const into = new Uint8Array(5);
            expect(queue.take(into)).toBe(expected?.size ?? 0);
            if (expected !== undefined) expect(into[expected.size - 1]).toBe(expected.value);
            continue;
          }
          let taken = model.length < frames;
          const youngest = model.map((frame) => frame.urgent).lastIndexOf(false);
          if (!taken && step.urgent && youngest >= 0) {
            model.splice(youngest, 1);
            replaced++;
            taken = true;
          }
          if (taken) model.push(step);
          else refused++;
          expect(queue.offer(new Uint8Array(step.size).fill(step.value), step.size, step.urgent)).toBe(taken);
          expect(queue).toMatchObject({ refused, replaced, waiting: model.length });
          expect(queue.urgentWaiting).toBe(model.filter((frame) => frame.urgent).length);
        }
      }),
    );
  });
});

describe("the encoder under a queue", () => {
  it("takes the longest of beacon and queue", () => {
    const { transmitter, said } = setUp({ queue: { frames: 1, octets: 6 } });
    transmitter.beaconDue();
    transmitter.pump(0);
    expect(said).toEqual(["beacon 7 0"]);
    expect(() => new VlcEncoder({ maxPsduOctets: 0 })).toThrow(outOfRange);
  });
});
