/** Lamps, receivers and people in one room: whole captures, from chips to beacons. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RandomBranch } from "../random";
import { DOWN, type Placement, UP, type Vector } from "./geometry";
import { LightExpectation } from "./light-scenario";
import { TestRoom } from "./room.test-suite";

const db = (ratio: number) => 10 * Math.log10(ratio);
const below = (at: Vector): Placement => ({ at, faces: DOWN });
const onTable = (x: number, y = 0): Placement => ({ at: [x, y, 0.8], faces: UP });

describe("a receiver below one lamp", () => {
  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8])("reads every beacon at three metres, MCS %d", (mcs) => {
    const room = new TestRoom({ lamps: [{ mcs, id: 77, parts: { ppm: 18 } }], place: 3, parts: { ppm: -17 } });
    room.beacons(10);
    expect(room.link).toMatchObject({ sent: 10, frames: 10, lost: 0, beacons: 10, lastSequence: 9 });
    expect(room.receiver.lastBeacon).toMatchObject({ id: 77, sequence: 9 });
    expect(Math.abs(room.link.ppm! - 35)).toBeLessThan(8);
  });

  it("takes the light to be about what the world knows it to be", () => {
    // Some lower always: the amplifier rounds the edges, and straight lines between samples do.
    for (const distance of [14, 18, 24]) {
      const room = new TestRoom({ lamps: [{ mcs: 0, flp: 256 }], place: distance });
      room.beacons(12);
      const { worldDb, receiverDb } = room.link;
      expect(worldDb! - receiverDb!, `${distance} m`).toBeGreaterThan(-0.5);
      expect(worldDb! - receiverDb!, `${distance} m`).toBeLessThan(1.6);
    }
    // Of VPPM it is per half pulse, which the receiver must know.
    const room = new TestRoom({ lamps: [{ mcs: 5, flp: 256 }], place: 12 });
    room.beacons(12);
    expect(Math.abs(room.link.worldDb! - room.link.receiverDb!)).toBeLessThan(2);
  });

  it("loses payloads first with the distance, then headers, then preambles", () => {
    const lost = [16, 26, 60].map((distance) => {
      const room = new TestRoom({ lamps: [{}], place: distance });
      room.beacons(30);
      return [...room.link.ended];
    });
    expect(lost[0][0]).toBe(30);
    expect(lost[1][3]).toBeGreaterThan(25);
    expect(lost[2][1] + lost[2][2]).toBeGreaterThan(25);
  });

  it("does the same from the same seed, and not from another", () => {
    const ended = [1, 1, 2].map((seed) => {
      const room = new TestRoom({ lamps: [{ mcs: 4 }], place: 19.5, seed });
      room.beacons(40);
      return [...room.link.ended, room.link.receiverDb];
    });
    expect(ended[1]).toEqual(ended[0]);
    expect(ended[2]).not.toEqual(ended[0]);
  });

  it("looks as often as it is told, and counts the rest", () => {
    const room = new TestRoom({ lamps: [{}], place: 3, everyUs: 5_000_000 });
    room.beacons(20);
    expect(room.link).toMatchObject({ sent: 20, skipped: 16, frames: 4, lost: 0 });
  });

  it("has no light of a lamp that failed, not even between frames", () => {
    const room = new TestRoom({ lamps: [{}], place: 3 });
    const [luminaire] = room.luminaires;
    luminaire.idle(Uint8Array.of(0b01), 2, 200_000);
    expect(room.lamps[0].light.level).toBe(0.5);
    luminaire.act("fail", []);
    expect(room.lamps[0].light.level).toBe(0);
    luminaire.act("repair", []);
    expect(room.lamps[0].light.level).toBe(0.5);
  });
});

describe("lamps on the mains", () => {
  it("are taken out by the receiver, and heard where they are a hundred times the light", () => {
    const frames = [0.2, 0.6].map((ripple) => {
      // 10,000 lx at 2 m: the half waves swing by 31 and 94 µA, the lamp by 0.24 µA.
      const room = new TestRoom({ lamps: [{}], place: 2, parts: { ambientLux: 10_000, ripple } });
      for (let i = 0; i < 20; i++) {
        room.say(0, i);
        room.wait(0.3037);
      }
      return room.link.frames;
    });
    expect(frames[0]).toBe(20);
    expect(frames[1]).toBeLessThan(20);
  });
});

const LAMPS = [
  { id: 1, placement: below([0, 0, 3]) },
  { id: 2, placement: below([3, 0, 3]) },
];

describe("several lamps", () => {
  it("are told apart when they take turns", () => {
    const room = new TestRoom({ lamps: LAMPS, place: onTable(1) });
    for (let i = 0; i < 10; i++) {
      room.say(i % 2, i);
      room.wait(0.5);
    }
    const [near, far] = room.receiver.links;
    expect([near.frames, far.frames, near.overlapped, far.overlapped]).toEqual([5, 5, 0, 0]);
    expect(near.distanceM).toBeCloseTo(Math.hypot(1, 2.2), 10);
    expect(far.distanceM).toBeCloseTo(Math.hypot(2, 2.2), 10);
    expect(near.worldDb!).toBeGreaterThan(far.worldDb!);
  });

  it("that speak at once are one noise where they are alike, and the nearer one's light where not", () => {
    const [alike, apart] = [1.5, 0.2].map((x) => {
      const frames = [0, 0];
      for (let seed = 1; seed <= 6; seed++) {
        const room = new TestRoom({ lamps: LAMPS, place: onTable(x), seed });
        for (let i = 0; i < 10; i++) {
          room.say(0, i);
          room.wait(0.001);
          room.say(1, i);
          room.wait(0.5);
        }
        const [near, far] = room.receiver.links;
        expect([near.overlapped, far.overlapped]).toEqual([10, 10]);
        expect(near.sent).toBe(near.frames + near.lost);
        frames[0] += near.frames;
        frames[1] += far.frames;
      }
      return frames;
    });
    // Where both say the same they are nearly one light: of six seeds some frames of the second one come through all the same.
    expect(alike[0]).toBe(0);
    expect(alike[1]).toBeLessThanOrEqual(4);
    expect(apart).toEqual([60, 0]);
  });

  it("disturb by their light between frames as well", () => {
    const frames = [0, 1].map((lit) => {
      const room = new TestRoom({ lamps: LAMPS, place: onTable(2.6) });
      if (lit === 1) room.luminaires[1].idle(Uint8Array.of(0b0111), 4, 200_000);
      room.beacons(10);
      return room.link.frames;
    });
    expect(frames).toEqual([10, 0]);
  });

  it("are out of view, behind somebody, under a hand, and back", () => {
    const room = new TestRoom({ lamps: LAMPS, place: onTable(1) });
    const { link, receiver } = room;
    const framesAfter = (what: () => void) => {
      what();
      const [frames, unseen] = [link.frames, link.unseen];
      room.beacons(3);
      return [link.frames - frames, link.unseen - unseen];
    };
    expect(framesAfter(() => undefined)).toEqual([3, 0]);
    expect(framesAfter(() => room.room.walk([0.7, 0, 0], [0.7, 0, 0], 0))).toEqual([0, 3]);
    expect(framesAfter(() => room.room.leave())).toEqual([3, 0]);
    expect(framesAfter(() => receiver.move([6, 0, 0.8]))).toEqual([0, 3]);
    expect(framesAfter(() => receiver.move([0, 1, 0.8]))).toEqual([3, 0]);
    expect(
      framesAfter(() => {
        link.covered = true;
      }),
    ).toEqual([0, 3]);
  });

  it("are lost for as long as somebody is on the way through", () => {
    const room = new TestRoom({ lamps: LAMPS, place: onTable(1) });
    // Through the line near the receiver at 0.5 m/s: half a metre of shadow takes a second.
    room.room.walk([0.8, -3, 0], [0.8, 3, 0], 12);
    for (let i = 0; i < 120; i++) {
      room.say(0, i);
      room.wait(0.1);
    }
    expect(room.link.unseen).toBeGreaterThanOrEqual(9);
    expect(room.link.unseen).toBeLessThanOrEqual(11);
    expect(room.link.frames).toBe(120 - room.link.unseen);
  });
});

describe("what becomes of a frame", () => {
  it("is counted once, whatever the light is", () => {
    const random = new RandomBranch(9);
    const room = new TestRoom({ lamps: [{}], place: 3 });
    for (let i = 0; i < 100; i++) {
      const chips = Uint8Array.from({ length: 1 + (random.uint32() % 400) }, () => random.uint32());
      room.luminaires[0].onLight?.(chips, chips.length * 8, 200_000);
      room.wait(0.1);
    }
    const { link } = room;
    expect(link.sent).toBe(100);
    expect(link.frames).toBe(0);
    expect([...link.ended].reduce((sum, one) => sum + one) + link.others).toBe(100);
    expect(link.lost).toBe(100);
  });

  it("is counted once, whatever happens in the room", { timeout: 120_000 }, () => {
    const place = fc.tuple(fc.double({ min: -4, max: 4, noNaN: true }), fc.double({ min: -4, max: 4, noNaN: true }));
    const deed = fc.oneof(
      { weight: 3, arbitrary: fc.nat(1).map((lamp) => (room: TestRoom) => room.say(lamp, 1)) },
      place.map(
        ([x, y]) =>
          (room: TestRoom) =>
            room.room.walk([-x, -y, 0], [x, y, 0], 3),
      ),
      place.map(
        ([x, y]) =>
          (room: TestRoom) =>
            room.receiver.move([x, y, 0.8]),
      ),
      fc.double({ min: 0, max: 1e5, noNaN: true }).map((lux) => (room: TestRoom) => room.room.setAmbient(lux)),
      fc.boolean().map((covered) => (room: TestRoom) => {
        room.link.covered = covered;
      }),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(deed, fc.double({ min: 0.02, max: 1, noNaN: true })), { maxLength: 12 }),
        (deeds) => {
          const room = new TestRoom({ lamps: LAMPS, place: onTable(1), everyUs: 100_000 });
          for (const [act, seconds] of deeds) {
            act(room);
            room.wait(seconds);
          }
          for (const link of room.receiver.links) {
            const ended = [...link.ended].reduce((sum, one) => sum + one);
            expect(link.skipped + link.unseen + ended + link.others).toBe(link.sent);
            expect(link.frames + link.lost + link.skipped).toBe(link.sent);
            expect(link.waiting).toBe(0);
            for (const db of [link.worldDb, link.receiverDb]) expect(db === null || Number.isFinite(db)).toBe(true);
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  it("that is longer than the receiver takes ends where its memory does", () => {
    const room = new TestRoom({ lamps: [{}], place: 3 });
    room.luminaires[0].onLight?.(new Uint8Array(40_000).fill(0xaa), 320_000, 200_000);
    room.wait(3);
    expect(room.link).toMatchObject({ sent: 1, frames: 0, lost: 1 });
  });
});

describe("an expectation", () => {
  it("counts from when it is made, and shows nothing where nothing was sent", () => {
    const room = new TestRoom({ lamps: [{ mcs: 4 }], place: 3 });
    const words = (text: string) => ["receiver", "phone", ...text.split(" ")];
    const made = (text: string) => new LightExpectation(room.room, words(text));
    room.beacons(2);
    const [decodes, misses, low, high] = [
      made("decodes beacon of lamp-1"),
      made("misses beacon of lamp-1"),
      made("frame error rate below 30 %"),
      made("frame error rate of lamp-1 above 30 %"),
    ];
    const met = () => [decodes.isMet, misses.isMet, low.isMet, high.isMet];
    expect(met()).toEqual([false, false, false, false]);
    room.link.covered = true;
    room.beacons(1);
    expect(met()).toEqual([false, true, false, true]);
    room.link.covered = false;
    room.beacons(3);
    expect(met()).toEqual([true, false, true, false]);
  });
});

it("a link's noise grows with the light of other lamps", () => {
  const alone = new TestRoom({ lamps: [{ placement: below([0, 0, 3]) }], place: onTable(0), parts: { ambientLux: 0 } });
  const lit = new TestRoom({
    lamps: [{ placement: below([0, 0, 3]) }, { placement: below([0, 0, 3]), parts: { powerW: 100 } }],
    place: onTable(0),
    parts: { ambientLux: 0 },
  });
  lit.luminaires[1].idle(Uint8Array.of(1), 1, 200_000);
  for (const room of [alone, lit]) room.beacons(1);
  expect(db(alone.link.budget!.ecn0) - db(lit.link.budget!.ecn0)).toBeGreaterThan(3);
});
