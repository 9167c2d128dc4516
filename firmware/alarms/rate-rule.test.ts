import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AlarmChange } from "./machine";
import { makeRule } from "./rule";

const SECOND = 1_000_000;
/** More than 8 Cel in 60 s. */
const rising = { class: "fire", rise: 8, perMs: 60_000, hysteresis: 2, forMs: 0 } as const;

/** Feeds a value a second and gives the seconds of the changes. */
function changes(rule: ReturnType<typeof makeRule>, values: readonly number[], stepS = 1): [number, AlarmChange][] {
  return values.flatMap((value, i) => {
    const change = rule.evaluate(value, i * stepS * SECOND);
    return change === AlarmChange.none ? [] : [[i * stepS, change] as [number, AlarmChange]];
  });
}

const ramp = (perS: number, seconds: number) => Array.from({ length: seconds }, (_, s) => 20 + perS * s);

describe("a rule of rise", () => {
  it("is raised by a steady rise that is too fast, and dated from there", () => {
    const rule = makeRule(rising);
    expect(changes(rule, ramp(0.2, 120))).toEqual([[41, AlarmChange.raised]]);
    expect(rule.sinceUs).toBe(41 * SECOND);
  });

  it("is raised by the first sample of a sudden rise", () => {
    expect(changes(makeRule(rising), [20, 20, 20, 29])).toEqual([[3, AlarmChange.raised]]);
  });

  it("does not see a rise that is slow enough, however far it goes", () => {
    expect(changes(makeRule(rising), ramp(0.13, 600))).toEqual([]);
  });

  it("ends when the rise has ended, by its hysteresis", () => {
    const values = [...ramp(0.2, 61), ...Array.from({ length: 120 }, () => 32)];
    const [[raised], [cleared, change]] = changes(makeRule(rising), values);
    expect([raised, change]).toEqual([41, AlarmChange.cleared]);
    // At 92 s the oldest sample is that of 32 s, 26.4 Cel: a rise of 5.6.
    expect(cleared).toBeGreaterThanOrEqual(88);
    expect(cleared).toBeLessThanOrEqual(94);
  });

  it("watches a fall as well", () => {
    const falling = { class: "trouble", fall: 3, perMs: 10_000, hysteresis: 0, forMs: 0 } as const;
    expect(changes(makeRule(falling), [20, 20, 16.9])).toEqual([[2, AlarmChange.raised]]);
  });

  it("compares nothing across a gap", () => {
    const rule = makeRule(rising);
    changes(rule, [20, 20, 20]);
    rule.interrupt();
    expect(rule.evaluate(40, 4 * SECOND)).toBe(AlarmChange.none);
  });

  it("does not end an alarm that stands before its window is full again", () => {
    const rule = makeRule(rising);
    changes(rule, [20, 30]);
    rule.interrupt();
    for (let s = 2; s < 62; s++) expect(rule.evaluate(30, s * SECOND)).toBe(AlarmChange.none);
    expect(rule.evaluate(30, 62 * SECOND)).toBe(AlarmChange.cleared);
  });

  it("agrees with the definition where every sample fits its window", () => {
    const values = fc.array(fc.double({ min: 0, max: 40, noNaN: true }), { minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(values, (list) => {
        const rule = makeRule({ ...rising, perMs: 20_000, hysteresis: 0 });
        let raised = false;
        list.forEach((value, s) => {
          if (raised) return;
          const change = rule.evaluate(value, s * SECOND);
          // The oldest sample that is no more than 20 s old.
          raised = value - list[Math.max(0, s - 20)] > 8;
          expect(change === AlarmChange.raised).toBe(raised);
        });
      }),
    );
  });

  it("is never raised by values that did not rise so far within the time, whatever the period", () => {
    const values = fc.array(fc.double({ min: 0, max: 40, noNaN: true }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(values, fc.constantFrom(0.1, 0.25, 0.5), (list, stepS) => {
        for (const [atS] of changes(makeRule(rising), list, stepS).slice(0, 1)) {
          const at = Math.round(atS / stepS);
          const window = list.slice(Math.max(0, at - Math.round(60 / stepS)), at + 1);
          expect(list[at] - Math.min(...window)).toBeGreaterThan(8);
        }
      }),
    );
  });
});
