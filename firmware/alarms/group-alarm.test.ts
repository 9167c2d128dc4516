import { describe, expect, it } from "vitest";
import { GroupAlarm } from "./group-alarm";
import { AlarmChange } from "./machine";

const SECOND = 1_000_000;
const twoOfThree = { name: "hall", class: "fire", zones: [{ any: 2, of: ["a", "b", "c"] }] } as const;

function play(alarm: GroupAlarm, steps: readonly [member: string, active: boolean, atS: number][]): AlarmChange[] {
  return steps.map(([member, active, atS]) => alarm.memberChanged(member, active, atS * SECOND, atS * SECOND));
}

const { none, raised, cleared, latched } = AlarmChange;

describe("an alarm of several witnesses", () => {
  it("needs two of three, and ends when one is left", () => {
    const alarm = new GroupAlarm(twoOfThree);
    expect(
      play(alarm, [
        ["a", true, 1],
        ["c", true, 2],
        ["b", true, 3],
        ["a", false, 4],
        ["c", false, 5],
      ]),
    ).toEqual([none, raised, none, none, cleared]);
    expect(alarm.witnesses).toBe(1);
  });

  it("does not take one witness for two", () => {
    const alarm = new GroupAlarm(twoOfThree);
    expect(
      play(alarm, [
        ["a", true, 1],
        ["a", true, 2],
      ]),
    ).toEqual([none, none]);
  });

  it("hears only its members", () => {
    expect(play(new GroupAlarm({ ...twoOfThree, zones: [{ any: 1, of: ["a"] }] }), [["x", true, 1]])).toEqual([none]);
  });

  it("confirms across zones: each must have enough", () => {
    const zones = [
      { any: 1, of: ["north-1", "north-2"] },
      { any: 1, of: ["south-1"] },
    ];
    expect(
      play(new GroupAlarm({ ...twoOfThree, zones }), [
        ["north-1", true, 1],
        ["north-2", true, 2],
        ["south-1", true, 3],
      ]),
    ).toEqual([none, none, raised]);
  });

  it("takes witnesses for one event only when they began close together", () => {
    const alarm = new GroupAlarm({ ...twoOfThree, withinMs: 60_000 });
    expect(
      play(alarm, [
        ["a", true, 0],
        ["b", true, 100],
        ["c", true, 150],
        ["b", false, 160],
        ["a", false, 400],
      ]),
    ).toEqual([none, none, raised, none, cleared]);
  });

  it("measures how far they began apart, not when they were told", () => {
    // The later telling has the earlier beginning, by a longer hold time.
    const alarm = new GroupAlarm({ ...twoOfThree, withinMs: 60_000 });
    expect(alarm.memberChanged("a", true, 100 * SECOND, 100 * SECOND)).toBe(none);
    expect(alarm.memberChanged("b", true, 10 * SECOND, 101 * SECOND)).toBe(none);
    expect(alarm.memberChanged("c", true, 60 * SECOND, 102 * SECOND)).toBe(raised);
  });

  it("latches when it is told to", () => {
    const alarm = new GroupAlarm({ ...twoOfThree, latch: true });
    expect(
      play(alarm, [
        ["a", true, 1],
        ["b", true, 2],
        ["a", false, 3],
      ]),
    ).toEqual([none, raised, latched]);
    expect(alarm.acknowledge()).toBe(cleared);
  });
});
