import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteQueue } from "./byte-queue";
import { numbers } from "./harness.test-suite";

describe("ByteQueue", () => {
  it("takes what fits, and says how much that was", () => {
    const queue = new ByteQueue(4);
    expect(queue.push(Uint8Array.of(1, 2, 3))).toBe(3);
    expect(queue.push(Uint8Array.of(4, 5, 6))).toBe(1);
    expect([queue.length, queue.free]).toEqual([4, 0]);
    expect(numbers(queue.read("buffer", undefined))).toEqual([1, 2, 3, 4]);
    expect([queue.shift(), queue.length, queue.free]).toEqual([-1, 0, 4]);
  });

  it("takes a part of a buffer", () => {
    const queue = new ByteQueue(4);
    expect(queue.push(Uint8Array.of(1, 2, 3, 4, 5), 1, 3)).toBe(2);
    expect(numbers(queue.read("buffer", 9))).toEqual([2, 3]);
  });

  it("reads as ECMA-419 says: undefined when empty, a byte, up to a number, or into a buffer", () => {
    const queue = new ByteQueue(8);
    expect([queue.read("buffer", undefined), queue.read("buffer", 1), queue.read("number", undefined)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    queue.push(Uint8Array.of(1, 2, 3, 4));
    expect(queue.read("number", undefined)).toBe(1);
    expect(numbers(queue.read("buffer", 0))).toEqual([]);
    expect(queue.read("buffer", new Uint16Array(1))).toBe(2);
    expect(numbers(queue.read("buffer", 5))).toEqual([4]);
    expect(() => queue.read("buffer", 1.5)).toThrow(RangeError);
    expect(() => queue.read("buffer", "1")).toThrow(TypeError);
    expect(() => queue.read("buffer", {})).toThrow(TypeError);
  });

  it("is a queue whatever is pushed, shifted and filled around its end", () => {
    const step = fc.oneof(
      fc.record({ push: fc.uint8Array({ maxLength: 12 }) }),
      fc.record({ fill: fc.nat(12) }),
      fc.constant({ shift: true }),
      fc.constant({ clear: true }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), fc.array(step, { maxLength: 60 }), (capacity, steps) => {
        const queue = new ByteQueue(capacity);
        let model: number[] = [];
        for (const action of steps) {
          if ("push" in action) {
            const taken = queue.push(action.push);
            expect(taken).toBe(Math.min(action.push.length, capacity - model.length));
            model.push(...action.push.subarray(0, taken));
          } else if ("fill" in action) {
            const into = new Uint8Array(action.fill);
            const count = queue.fill(into);
            expect([...into.subarray(0, count)]).toEqual(model.splice(0, action.fill));
          } else if ("shift" in action) expect(queue.shift()).toBe(model.shift() ?? -1);
          else {
            queue.clear();
            model = [];
          }
          expect([queue.length, queue.free]).toEqual([model.length, capacity - model.length]);
        }
      }),
    );
  });
});
