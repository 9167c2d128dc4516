import { describe, expect, it } from "vitest";
import { ALARM_CLASSES, type AlarmClass, type GroupAlarmPlan } from "../../drivers/plan";
import { WorldClock } from "../../host-sim/world/clock";
import { Kernel } from "../../host-sim/world/kernel";
import { AlarmDesk, type AlarmEvent, DESK_CAPACITY } from "./alarm-desk";
import { AlarmChange } from "./machine";
import { makeRule, type Rule } from "./rule";

function desk(groups: readonly GroupAlarmPlan[] = []) {
  const kernel = new Kernel();
  const told: string[] = [];
  const publishAlarm = (event: AlarmEvent<string>) =>
    told.push(`${kernel.nowUs()} ${event.name} ${["", "on", "off", "latched", "acknowledged"][event.change]}`);
  const rules: [Rule, string][] = [];
  const owner = {
    publishAlarm,
    eachRule: (take: (rule: Rule, subject: string) => void) => {
      for (const [rule, subject] of rules) take(rule, subject);
    },
  };
  return { kernel, told, rules, desk: new AlarmDesk<string>({ clock: new WorldClock(kernel), groups, owner }) };
}

function event(name: string, alarmClass: AlarmClass, change: AlarmChange = AlarmChange.raised): AlarmEvent<string> {
  const nothing = { witnesses: 0, detectedUs: 0, value: 1, quality: 0, evidence: Number.NaN };
  return { name, class: alarmClass, subject: "channel", change, ...nothing };
}

describe("the alarm desk", () => {
  it("hands on what came in one instant with the most urgent first, each class in its order", () => {
    const { kernel, told, desk: one } = desk();
    one.report(event("door", "supervisory"));
    one.report(event("battery", "trouble"));
    one.report(event("north", "fire"));
    one.report(event("mains", "trouble"));
    one.report(event("south", "fire"));
    expect(told).toEqual([]);
    kernel.runUntil(1);
    expect(told.map((line) => line.split(" ")[1])).toEqual(["north", "south", "door", "battery", "mains"]);
  });

  it("does so at the end of the instant, not later", () => {
    const { kernel, told, desk: one } = desk();
    kernel.at(5000, () => one.report(event("north", "fire")));
    kernel.runUntil(5000);
    expect(told).toEqual(["5000 north on"]);
  });

  it("loses nothing and counts when more come than it orders", () => {
    const { kernel, told, desk: one } = desk();
    for (let i = 0; i < 1000; i++) one.report(event(`e${i}`, ALARM_CLASSES[(i * 5) % ALARM_CLASSES.length]));
    kernel.runUntil(1);
    expect(new Set(told).size).toBe(1000);
    expect(one.early).toBe(Math.floor(999 / DESK_CAPACITY));
  });

  it("tells a group when its members change, and hands its alarm on by its own class", () => {
    const group = { name: "hall", class: "fire", zones: [{ any: 2, of: ["a", "b"] }] } as const;
    const { kernel, told, desk: one } = desk([group]);
    one.report(event("a", "pre-alarm"));
    one.report(event("b", "pre-alarm"));
    kernel.runUntil(1);
    expect(told).toEqual(["0 hall on", "0 a on", "0 b on"]);
    expect(one.active).toEqual(["hall"]);
    one.report(event("b", "pre-alarm", AlarmChange.cleared));
    kernel.runUntil(2);
    expect(told.slice(3)).toEqual(["1 hall off", "1 b off"]);
  });

  it("takes an acknowledgement by name, and publishes it", () => {
    const { kernel, told, rules, desk: one } = desk();
    const rule = makeRule({ class: "fire", above: 57, hysteresis: 0, forMs: 0, latch: true }, "hall/temperature/fire");
    rules.push([rule, "channel"]);
    expect(one.acknowledge("hall/temperature/fire")).toBe(false);
    expect(one.acknowledge("no such alarm")).toBe(false);
    rule.evaluate(60, 0);
    rule.evaluate(20, 1);
    expect(one.active).toEqual(["hall/temperature/fire"]);
    expect(one.acknowledge("hall/temperature/fire")).toBe(true);
    kernel.runUntil(1);
    expect(told).toEqual(["0 hall/temperature/fire off"]);
    expect(one.active).toEqual([]);
  });
});
