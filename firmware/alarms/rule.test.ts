import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AlarmChange } from "./machine";
import { makeRule, type Rule } from "./rule";

const fire = { class: "fire", above: 57, hysteresis: 2, forMs: 5000 } as const;

/** Feeds one value a second and lists the seconds at which the rule changed. */
function changes(rule: Rule, values: readonly number[]): [number, AlarmChange][] {
  return values.flatMap((value, second) => {
    const change = rule.evaluate(value, second * 1_000_000);
    return change === AlarmChange.none ? [] : [[second, change] as [number, AlarmChange]];
  });
}

describe("a threshold rule", () => {
  it("is raised once the limit has been passed for its hold time", () => {
    expect(changes(makeRule(fire), [50, 58, 58, 58, 58, 58, 58, 58])).toEqual([[6, AlarmChange.raised]]);
  });

  it("forgets a value that came back before the hold time was over", () => {
    expect(changes(makeRule(fire), [58, 58, 58, 50, 58, 58, 58, 58])).toEqual([]);
  });

  it("clears only when the value has come back by its hysteresis", () => {
    const rule = makeRule({ ...fire, forMs: 0 });
    expect(changes(rule, [58, 56, 55.1, 55, 58])).toEqual([
      [0, AlarmChange.raised],
      [3, AlarmChange.cleared],
      [4, AlarmChange.raised],
    ]);
  });

  it("is not raised by the limit itself", () => {
    expect(changes(makeRule({ ...fire, forMs: 0 }), [57])).toEqual([]);
  });

  it("watches a lower limit as well", () => {
    const frost = makeRule({ class: "supervisory", below: 4, hysteresis: 1, forMs: 0 });
    expect(changes(frost, [5, 3.9, 4.5, 5])).toEqual([
      [1, AlarmChange.raised],
      [3, AlarmChange.cleared],
    ]);
  });

  it("dates the alarm from the first sample over the limit", () => {
    const rule = makeRule(fire);
    changes(rule, [50, 58, 58, 58, 58, 58, 58]);
    expect(rule.sinceUs).toBe(1_000_000);
  });

  it("raises and clears in turn, whatever the values", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 40, max: 70, noNaN: true })), (values) => {
        const kinds = changes(makeRule({ ...fire, forMs: 2000 }), values).map(([, change]) => change);
        kinds.forEach((kind, i) => {
          expect(kind).toBe(i % 2 === 0 ? AlarmChange.raised : AlarmChange.cleared);
        });
      }),
    );
  });
});
