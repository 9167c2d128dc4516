import { describe, expect, it } from "vitest";
import { DocumentLane, NO_SEQ } from "./document-lane";

const bytes = (length: number, value: number) => new Uint8Array(length).fill(value);

describe("the lane of documents", () => {
  it("hands out what was pushed, in pieces, until it is acknowledged", () => {
    const lane = new DocumentLane(7);
    lane.push(3, NO_SEQ, Uint8Array.of(9, 1, 2, 3, 4, 5, 9), 1, 5);
    const number = lane.peek();
    expect([lane.lengthOf(number), lane.topic(number), lane.boot(number), lane.seq(number)]).toEqual([5, 3, 7, NO_SEQ]);
    const into = new Uint8Array(6);
    lane.copy(number, 0, 4, into, 1);
    lane.copy(number, 4, 1, into, 5);
    expect([...into]).toEqual([0, 1, 2, 3, 4, 5]);
    lane.sent();
    expect([lane.peek(), lane.length, lane.holds(number)]).toEqual([-1, 1, true]);
    lane.acknowledge(number);
    expect([lane.length, lane.holds(number), lane.droppedMessages]).toEqual([0, false, 0]);
  });

  it("sends again, after a loss, what is not acknowledged, and frees in order", () => {
    const lane = new DocumentLane(1);
    for (let i = 0; i < 3; i++) {
      lane.push(i, NO_SEQ, bytes(4, i), 0, 4);
      lane.sent();
    }
    lane.acknowledge(1);
    expect([lane.length, lane.holds(0), lane.holds(1)]).toEqual([3, true, true]);
    lane.rewind();
    expect(lane.peek()).toBe(0);
    lane.sent();
    lane.skipAcknowledged();
    expect([lane.peek(), lane.topic(2)]).toEqual([2, 2]);
    lane.acknowledge(0);
    expect([lane.length, lane.peek()]).toEqual([1, 2]);
  });

  it("holds four at most: the oldest goes and is counted, as what the broker refuses is", () => {
    const lane = new DocumentLane(1);
    for (let i = 0; i < 6; i++) lane.push(i, NO_SEQ, bytes(4, i), 0, 4);
    expect([lane.length, lane.droppedMessages, lane.holds(1), lane.holds(2), lane.peek()]).toEqual([
      4,
      2,
      false,
      true,
      2,
    ]);
    lane.reject(2);
    expect([lane.length, lane.droppedMessages, lane.peek(), lane.takeGap()]).toEqual([3, 3, 3, undefined]);
  });
});
