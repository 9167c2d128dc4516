import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Gap, type Lane, LaneId } from "./lane";
import { MemoryLane } from "./memory-lane";
import { Outbox } from "./outbox";

/** A message whose bytes tell which one it is. */
function message(seq: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (seq * 31 + i) & 0xff);
}

function push(lane: Lane, seq: number, length: number, records = 1): boolean {
  return lane.push(seq % 3, seq, message(seq, length), 0, length, records);
}

/** Takes the next message as a client does. */
function send(lane: Lane): number {
  const number = lane.peek();
  if (number >= 0) lane.sent();
  return number;
}

function laneOf(capacityBytes: number, entries: number): MemoryLane {
  return new MemoryLane({ lane: LaneId.telemetry, boot: 3, capacityBytes, entries });
}

/** The bytes of a message that the lane holds. */
function payload(lane: Lane, number: number): number[] {
  const into = new Uint8Array(2 + lane.lengthOf(number));
  lane.copy(number, 0, lane.lengthOf(number), into, 2);
  return [...into.subarray(2)];
}

describe("MemoryLane", () => {
  it("hands messages out in order, with their bytes, topic and sequence number", () => {
    const lane = laneOf(100, 8);
    const framed = Uint8Array.from([0xee, ...message(5, 10), 0xee]);
    expect(lane.push(2, 5, framed, 1, 10, 4)).toBe(true);
    push(lane, 6, 20);
    const first = send(lane);
    expect(payload(lane, first)).toEqual([...message(5, 10)]);
    expect([lane.topic(first), lane.seq(first)]).toEqual([2, 5]);
    expect(lane.seq(send(lane))).toBe(6);
    expect(lane.peek()).toBe(-1);
    expect([lane.length, lane.usedBytes]).toEqual([2, 30]);
  });

  it("keeps what is not acknowledged, and sends it again in order after a rewind", () => {
    const lane = laneOf(100, 8);
    for (let seq = 0; seq < 4; seq++) push(lane, seq, 10);
    const numbers = [send(lane), send(lane), send(lane)];
    lane.acknowledge(numbers[0]);
    lane.rewind();
    expect([send(lane), send(lane), send(lane)].map((number) => lane.seq(number))).toEqual([1, 2, 3]);
  });

  it("is empty once everything is acknowledged, in whatever order", () => {
    const lane = laneOf(100, 8);
    push(lane, 0, 10);
    push(lane, 1, 10);
    const [first, second] = [send(lane), send(lane)];
    lane.acknowledge(second);
    lane.rewind();
    expect(send(lane)).toBe(first);
    lane.acknowledge(first);
    expect([lane.length, lane.usedBytes, lane.peek()]).toEqual([0, 0, -1]);
  });

  it("lets the oldest go when it is full, and counts what it lost", () => {
    const lane = laneOf(100, 8);
    for (let seq = 0; seq < 13; seq++) push(lane, seq, 10, 3);
    // Entries bound it to eight messages before its bytes do.
    expect([lane.length, lane.droppedMessages, lane.droppedRecords]).toEqual([8, 5, 15]);
    expect(lane.seq(send(lane))).toBe(5);
    push(lane, 13, 95);
    expect([lane.length, lane.usedBytes]).toEqual([1, 95]);
    expect(lane.highWaterBytes).toBe(95);
  });

  it("never lets a message reach into another, to the byte", () => {
    for (const length of [39, 40, 41]) {
      const lane = laneOf(100, 8);
      push(lane, 0, 40);
      push(lane, 1, 30);
      push(lane, 2, 25);
      lane.acknowledge(send(lane));
      push(lane, 3, length);
      expect(lane.droppedMessages).toBe(length <= 40 ? 0 : 1);
      for (let number = send(lane); number >= 0; number = send(lane)) {
        const seq = lane.seq(number);
        expect(payload(lane, number)).toEqual([...message(seq, [40, 30, 25, length][seq])]);
      }
    }
  });

  it("refuses a message that is larger than itself, and keeps the rest", () => {
    const lane = laneOf(100, 8);
    push(lane, 0, 60);
    expect(push(lane, 1, 101, 9)).toBe(false);
    expect([lane.length, lane.refused, lane.droppedMessages, lane.droppedRecords]).toEqual([1, 1, 1, 9]);
  });

  it("tells once which sequence numbers were lost", () => {
    const lane = laneOf(40, 8);
    expect(lane.takeGap()).toBeUndefined();
    for (let seq = 10; seq < 17; seq++) push(lane, seq, 10, 2);
    expect(lane.takeGap()).toEqual({
      lane: LaneId.telemetry,
      reason: "overflow",
      fromBoot: 3,
      fromSeq: 10,
      toBoot: 3,
      toSeq: 12,
      messages: 3,
      records: 6,
    });
    expect(lane.takeGap()).toBeUndefined();
    push(lane, 17, 10, 2);
    expect(lane.takeGap()?.fromSeq).toBe(13);
  });

  it("does not hand out again what it dropped while it was on its way", () => {
    const lane = laneOf(40, 8);
    push(lane, 0, 30);
    const number = send(lane);
    push(lane, 1, 30);
    expect(lane.holds(number)).toBe(false);
    lane.acknowledge(number);
    expect(lane.seq(lane.peek())).toBe(1);
  });

  it("behaves like a plain queue under any sequence of calls, and every message is accounted for", () => {
    type Step =
      | { kind: "push"; length: number }
      | { kind: "send" }
      | { kind: "ack"; pick: number }
      | { kind: "rewind" };
    const step: fc.Arbitrary<Step> = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({ kind: fc.constant("push" as const), length: fc.integer({ min: 1, max: 70 }) }),
      },
      { weight: 4, arbitrary: fc.constant({ kind: "send" as const }) },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant("ack" as const), pick: fc.nat(7) }) },
      { weight: 1, arbitrary: fc.constant({ kind: "rewind" as const }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const lane = laneOf(64, 6);
        /** The model: what must still be deliverable, oldest first. */
        let held: { seq: number; length: number; number: number; acknowledged: boolean }[] = [];
        let onTheWay: number[] = [];
        let seq = 0;
        let acknowledged = 0;
        for (const action of steps) {
          if (action.kind === "push") {
            const taken = push(lane, seq, action.length);
            expect(taken).toBe(action.length <= 64);
            if (taken) held.push({ seq, length: action.length, number: -1, acknowledged: false });
            seq++;
            // The newest always stay; how many of the oldest had to go is the lane's business.
            const kept = held.slice(held.length - lane.length);
            expect(held.length - kept.length).toBeGreaterThanOrEqual(0);
            held = kept;
          } else if (action.kind === "send") {
            lane.skipAcknowledged();
            const number = send(lane);
            if (number < 0) continue;
            const entry = held.find((candidate) => candidate.seq === lane.seq(number))!;
            entry.number = number;
            onTheWay.push(number);
            expect(payload(lane, number)).toEqual([...message(entry.seq, entry.length)]);
          } else if (action.kind === "ack" && onTheWay.length > 0) {
            const [number] = onTheWay.splice(action.pick % onTheWay.length, 1);
            const entry = held.find((candidate) => candidate.number === number);
            if (lane.holds(number) && entry !== undefined) {
              entry.acknowledged = true;
              acknowledged++;
            }
            lane.acknowledge(number);
            while (held.length > 0 && held[0].acknowledged) held.shift();
          } else if (action.kind === "rewind") {
            lane.rewind();
            onTheWay = [];
          }
          expect(lane.length).toBe(held.length);
          expect(lane.usedBytes).toBe(held.reduce((sum, entry) => sum + entry.length, 0));
          expect(lane.usedBytes).toBeLessThanOrEqual(lane.capacityBytes);
        }
        const waiting = held.filter((entry) => !entry.acknowledged).length;
        expect(acknowledged + lane.droppedMessages + waiting).toBe(seq);
        // What is left comes out once, in order, intact.
        lane.rewind();
        lane.skipAcknowledged();
        const left: number[] = [];
        for (let number = send(lane); number >= 0; number = send(lane)) {
          const expected = held.find((entry) => entry.seq === lane.seq(number))!;
          expect(payload(lane, number)).toEqual([...message(expected.seq, expected.length)]);
          left.push(expected.seq);
          lane.skipAcknowledged();
        }
        expect(left).toEqual(held.filter((entry) => !entry.acknowledged).map((entry) => entry.seq));
      }),
      { numRuns: 2000 },
    );
  });
});

describe("Outbox", () => {
  const sizes = { boot: 1, alarmBytes: 512, telemetryBytes: 512 };

  it("sends alarms before documents before telemetry", () => {
    const outbox = new Outbox(sizes);
    push(outbox.lane(LaneId.telemetry), 0, 10);
    push(outbox.lane(LaneId.document), 1, 10);
    push(outbox.lane(LaneId.alarm), 2, 10);
    const order: number[] = [];
    for (let lane = outbox.nextLane(); lane >= 0; lane = outbox.nextLane()) {
      order.push(lane);
      send(outbox.lanes[lane]);
    }
    expect(order).toEqual([LaneId.alarm, LaneId.document, LaneId.telemetry]);
    expect(outbox.length).toBe(3);
  });

  it("never drops an alarm for telemetry", () => {
    const outbox = new Outbox(sizes);
    push(outbox.lane(LaneId.alarm), 0, 490);
    for (let seq = 1; seq < 100; seq++) push(outbox.lane(LaneId.telemetry), seq, 50);
    expect(outbox.lane(LaneId.alarm).droppedMessages).toBe(0);
    expect(outbox.droppedMessages).toBe(outbox.lane(LaneId.telemetry).droppedMessages);
    const told: Gap[] = [];
    const tell = (gap: Gap) => {
      told.push(gap);
      return { topic: 1, seq: 200, bytes: new Uint8Array(9), offset: 1, length: 8 };
    };
    outbox.tellGaps(8, { encodeGap: tell });
    outbox.tellGaps(8, { encodeGap: tell });
    expect(told.map(({ lane }) => lane)).toEqual([LaneId.telemetry]);
    expect(outbox.lane(LaneId.alarm).length).toBe(2);
  });
});
