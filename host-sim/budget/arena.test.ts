import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ARENA_STEP_BYTES, searchArena } from "./arena";

/** A program that needs so much at its start, and at least as much in the long run. */
function trial(startBytes: number, wholeBytes: number) {
  return {
    survivesStart: async (bytes: number) => bytes >= startBytes,
    survives: async (bytes: number) => bytes >= wholeBytes,
  };
}

describe("the search for an arena", () => {
  it("finds the smallest size on its grid, from any guess", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 300_000 }),
        fc.integer({ min: 0, max: 6_000 }),
        fc.integer({ min: 1, max: 400_000 }),
        async (startBytes, more, guess) => {
          const whole = startBytes + more;
          const found = await searchArena(guess, trial(startBytes, whole));
          expect(found).toBe(Math.ceil(whole / ARENA_STEP_BYTES) * ARENA_STEP_BYTES);
        },
      ),
    );
  });
});
