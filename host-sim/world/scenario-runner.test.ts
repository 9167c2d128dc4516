import { describe, expect, it } from "vitest";
import type { AlarmWord } from "../../firmware/alarms/machine";
import { AlarmJournal } from "./alarm-journal";
import { Kernel } from "./kernel";
import type { ScenarioStep } from "./scenario-plan";
import { ScenarioError, ScenarioRunner } from "./scenario-runner";

const SECOND = 1_000_000;

function play(steps: ScenarioStep[]) {
  const kernel = new Kernel();
  const journal = new AlarmJournal();
  const done: string[] = [];
  const note = (text: string) => done.push(`${kernel.nowUs() / SECOND}: ${text}`);
  const runner = new ScenarioRunner(
    kernel,
    { rooms: [], receivers: [], steps },
    {
      ignite: (room, growth) => note(`ignite ${room} ${growth}`),
      extinguish: (room) => note(`extinguish ${room}`),
      act: (device, verb, words) => note(`${device} ${verb} ${words.join(" ")}`),
      reach: (what, up) => note(`${what} ${up ? "up" : "down"}`),
      acknowledge: (alarm) => note(`acknowledge ${alarm}`) === undefined,
      reboot: () => note("reboot") > 0,
      stepClock: (milliseconds) => note(`clock ${milliseconds} ms`),
      command: (...words) => note(`command ${words.join(" ")}`) === undefined,
      send: (id, ...words) => note(`send ${id} ${words.flat().join(" ")}`) === undefined,
      say: () => {},
    },
    journal,
  );
  return { kernel, journal, runner, done };
}

/** An alarm of `hall.temperature`, raised and acknowledged at the given seconds. */
function outcome(raisedS: number, acknowledgedS: number) {
  return {
    device: "hall",
    channel: "temperature",
    class: "fire" as const,
    state: "on" as AlarmWord,
    seq: 1,
    detectedUs: raisedS * SECOND,
    raisedUs: raisedS * SECOND,
    acknowledgedUs: acknowledgedS < 0 ? -1 : acknowledgedS * SECOND,
  };
}

const expectFire: ScenarioStep = {
  atUs: 20 * SECOND,
  kind: "expect",
  words: ["alarm", "hall.temperature", "fire", "acknowledged"],
  withinUs: 10 * SECOND,
};

describe("a scenario", () => {
  it("does its steps at their times", () => {
    const { kernel, done } = play([
      { atUs: 5 * SECOND, kind: "do", words: ["fire", "hall", "medium"] },
      { atUs: 6 * SECOND, kind: "do", words: ["facp", "zone", "3", "fault"] },
      { atUs: 9 * SECOND, kind: "do", words: ["extinguish", "hall"] },
    ]);
    kernel.runUntil(10 * SECOND);
    expect(done).toEqual(["5: ignite hall medium", "6: facp zone 3 fault", "9: extinguish hall"]);
  });

  it("gives a device a command, for all of it or for a point", () => {
    const { kernel, done } = play([
      { atUs: SECOND, kind: "do", words: ["command", "facp", "reset"] },
      { atUs: 2 * SECOND, kind: "do", words: ["command", "facp", "detector-disable", "d-7"] },
    ]);
    kernel.runUntil(3 * SECOND);
    expect(done).toEqual(["1: command facp reset ", "2: command facp detector-disable d-7"]);
  });

  it("acknowledges an alarm by its name", () => {
    const { kernel, done } = play([{ atUs: SECOND, kind: "do", words: ["acknowledge", "hall/temperature/fire"] }]);
    kernel.runUntil(2 * SECOND);
    expect(done).toEqual(["1: acknowledge hall/temperature/fire"]);
  });

  it("takes the gateway's power away, and sets its clock wrong", () => {
    const { kernel, done } = play([
      { atUs: SECOND, kind: "do", words: ["reboot", "gateway"] },
      { atUs: 2 * SECOND, kind: "do", words: ["clock", "step", "-3600000"] },
    ]);
    kernel.runUntil(3 * SECOND);
    expect(done).toEqual(["1: reboot", "2: clock -3600000 ms"]);
  });

  it("takes the broker away for a time and brings it back", () => {
    const { kernel, done } = play([{ atUs: SECOND, kind: "fault", words: ["broker", "down"], forUs: 30 * SECOND }]);
    kernel.runUntil(60 * SECOND);
    expect(done).toEqual(["1: broker down", "31: broker up"]);
  });

  it("sees an expected alarm that was acknowledged in time", () => {
    const { kernel, journal, runner } = play([expectFire]);
    journal.add(outcome(22, 23));
    kernel.runUntil(40 * SECOND);
    expect(runner.expectations.map((e) => e.state)).toEqual(["met"]);
  });

  it.each([
    ["never came", []],
    ["was not acknowledged", [outcome(22, -1)]],
    ["was acknowledged too late", [outcome(22, 31)]],
    ["was of another class", [{ ...outcome(22, 23), class: "trouble" as const }]],
    ["was an end of alarm", [{ ...outcome(22, 23), state: "off" as const }]],
  ])("misses an expected alarm that %s", (_, outcomes) => {
    const { kernel, journal, runner } = play([expectFire]);
    for (const one of outcomes) journal.add(one);
    kernel.runUntil(40 * SECOND);
    expect(runner.expectations.map((e) => e.state)).toEqual(["missed"]);
  });

  it("says nothing of an expectation whose time had not run out when the run ended", () => {
    const { kernel, runner } = play([expectFire]);
    kernel.runUntil(25 * SECOND);
    runner.finish(25 * SECOND);
    expect(runner.expectations).toEqual([]);
  });

  it("refuses a fire that grows in no known way", () => {
    const { kernel } = play([{ atUs: 0, kind: "do", words: ["fire", "hall", "quickly"] }]);
    expect(() => kernel.runUntil(1)).toThrow(ScenarioError);
  });
});
