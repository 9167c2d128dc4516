import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AlarmChange, AlarmMachine, AlarmState } from "./machine";

const SECOND = 1_000_000;

describe("an alarm", () => {
  it("that latches stays when its reason has gone, until somebody acknowledges it", () => {
    const alarm = new AlarmMachine(0, true);
    expect(alarm.step(true, 0)).toBe(AlarmChange.raised);
    expect(alarm.step(false, SECOND)).toBe(AlarmChange.latched);
    expect(alarm.active).toBe(true);
    expect(alarm.step(false, 2 * SECOND)).toBe(AlarmChange.none);
    expect(alarm.acknowledge()).toBe(AlarmChange.cleared);
    expect(alarm.active).toBe(false);
  });

  it("that was acknowledged while its reason stands ends with it, latched or not", () => {
    for (const latch of [false, true]) {
      const alarm = new AlarmMachine(0, latch);
      alarm.step(true, 0);
      expect(alarm.acknowledge()).toBe(AlarmChange.acknowledged);
      expect(alarm.acknowledge()).toBe(AlarmChange.none);
      expect(alarm.step(true, SECOND)).toBe(AlarmChange.none);
      expect(alarm.step(false, 2 * SECOND)).toBe(AlarmChange.cleared);
    }
  });

  it("that is latched is raised again at once when its reason is back, and dated from then", () => {
    const alarm = new AlarmMachine(5000, true);
    alarm.step(true, 0);
    expect(alarm.step(true, 5 * SECOND)).toBe(AlarmChange.raised);
    alarm.step(false, 6 * SECOND);
    expect(alarm.step(true, 60 * SECOND)).toBe(AlarmChange.raised);
    expect(alarm.sinceUs).toBe(60 * SECOND);
  });

  it("has nothing to acknowledge while it is quiet or waits for its hold time", () => {
    const alarm = new AlarmMachine(5000, true);
    expect(alarm.acknowledge()).toBe(AlarmChange.none);
    alarm.step(true, 0);
    expect(alarm.state).toBe(AlarmState.waiting);
    expect(alarm.acknowledge()).toBe(AlarmChange.none);
  });

  it("never ends unseen when it latches: between raised and cleared somebody acknowledged it", () => {
    const steps = fc.array(fc.constantFrom("stands", "gone", "acknowledge"), { maxLength: 60 });
    fc.assert(
      fc.property(steps, fc.nat({ max: 3 }), (words, holdS) => {
        const alarm = new AlarmMachine(holdS * 1000, true);
        let raised = false;
        let seen = false;
        words.forEach((word, i) => {
          const change = word === "acknowledge" ? alarm.acknowledge() : alarm.step(word === "stands", i * SECOND);
          if (change === AlarmChange.raised) {
            raised = true;
            seen = false;
          }
          if (word === "acknowledge" && change !== AlarmChange.none) seen = true;
          if (change !== AlarmChange.cleared) return;
          expect([raised, seen]).toEqual([true, true]);
          raised = false;
        });
        expect(alarm.active).toBe(raised);
      }),
    );
  });
});
