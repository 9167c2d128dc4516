import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CONDITION_NAMES } from "../../../drivers/panel-points/conditions";
import { CENTRE_QUESTIONS, type CentreQuestion } from "../../../host-sim/world/centre";
import { AlarmChange } from "../../alarms/machine";
import { Bench, BITS, CENTRE, points } from "./bench.test-suite";
import { REPEATS } from "./session";

/** `GB26875_RUNS=3000 npx vitest run firmware/uplink/gb26875/link` is the long run. */
const RUNS = Number(process.env["GB26875_RUNS"] ?? 60);

/** Nothing is lost without being counted. */
function books(bench: Bench): void {
  const { pushed, confirmed, dropped, refused } = bench.link.counters();
  expect(confirmed + dropped + refused + bench.link.waiting).toBe(pushed);
}

describe("alarms for a centre", () => {
  it("go as the state of their component, with its text and the time of their beginning", () => {
    const bench = Bench.running();
    bench.raise(0, "fire");
    bench.run(0.2);
    expect(bench.units()[0]).toEqual({
      type: 2,
      objects: [
        {
          system: 1,
          systemAddress: 1,
          component: 40,
          place: Uint8Array.of(0, 0, 0, 0),
          state: BITS.fire,
          label: Uint8Array.from(Buffer.from("north".padEnd(31, "\0"))),
          time: { year: 26, month: 1, day: 1, hour: 8, minute: 0, second: 1 },
        },
      ],
    });
    expect(bench.frames[0]).toMatchObject({
      command: 2,
      source: bench.plan.source,
      destination: bench.plan.destination,
    });
    expect(bench.link.counters()).toMatchObject({ pushed: 1, confirmed: 1 });
  });

  it("are a set: a point may burn and be faulty, and says so as long as it is", () => {
    const bench = Bench.running();
    bench.raise(1, "trouble");
    bench.run(1);
    bench.raise(1, "fire");
    bench.run(1);
    bench.clear(1, "fire");
    bench.run(1);
    bench.clear(1, "trouble");
    bench.run(1);
    const components = bench.heard().filter((line) => line.startsWith("component"));
    expect(components).toEqual([
      "component 1 4",
      `component 1 ${BITS.fire | BITS.fault}`,
      "component 1 4",
      "component 1 1",
    ]);
  });

  it("stand while another rule of their class does", () => {
    const bench = Bench.running();
    bench.raise(1, "fire");
    bench.clear(1, "fire", true);
    bench.run(1);
    expect(bench.heard().filter((line) => line.startsWith("component"))).toEqual(["component 1 2"]);
    bench.clear(1, "fire");
    bench.run(1);
    expect(bench.heard()).toContain("component 1 1");
  });

  it("set bit 0 beside a condition where the site wants that", () => {
    const bench = Bench.running({ running: true });
    bench.raise(0, "fire");
    bench.run(1);
    expect(bench.heard()).toEqual(["component 0 3", "transmitter 3"]);
  });

  it("of class test clear the bit of normal run and nothing else", () => {
    const bench = Bench.running();
    bench.raise(0, "test");
    bench.run(1);
    bench.clear(0, "test");
    bench.run(1);
    expect(bench.heard()).toEqual(["component 0 0", "component 0 1"]);
  });

  it("that are no point of their own go as the state of the system", () => {
    const bench = Bench.running();
    bench.raise(3, "fire");
    bench.run(1);
    bench.raise(1, "trouble");
    bench.clear(3, "fire");
    bench.run(1);
    expect(bench.heard().filter((line) => line.startsWith("system"))).toEqual(["system 2", "system 4"]);
  });

  it("of the transmitter's own power go with its state, as the loss of a device does", () => {
    const bench = Bench.running({ points: points([{ source: 2, kind: 1, mask: 8 }]) });
    bench.raise(2, "trouble");
    bench.run(1);
    bench.link.communication(true);
    bench.run(1);
    bench.clear(2, "trouble");
    bench.link.communication(false);
    bench.run(1);
    expect(bench.heard()).toEqual(["transmitter 8", `transmitter ${8 | 64}`, "transmitter 64", "transmitter 1"]);
  });

  it("that are acknowledged are an operation of the system", () => {
    const bench = Bench.running();
    bench.link.alarm(0, "", "fire", AlarmChange.acknowledged, true, 0);
    bench.run(1);
    expect(bench.heard()).toEqual(["operation 32"]);
  });

  it("carry no time where nobody knows it, and the centre's where it has told", () => {
    const bench = Bench.running({}, { wall: false });
    bench.raise(0, "fire");
    bench.run(1);
    expect(bench.frames[0].time).toEqual({ second: 0, minute: 0, hour: 0, day: 0, month: 0, year: 0 });
    bench.centre.setClock();
    bench.run(60);
    bench.raise(1, "fire");
    bench.run(1);
    expect(bench.frames.at(-1)?.time).toMatchObject({ year: 26, month: 1, day: 1, hour: 8, minute: 1 });
  });

  it("keep the gateway's own time where it has one, whatever the centre says", () => {
    const bench = Bench.running();
    const { clock } = bench;
    const wallMs = clock.wallMs.bind(clock);
    clock.wallMs = () => wallMs() + 3_600_000;
    bench.centre.setClock();
    bench.run(1);
    clock.wallMs = wallMs;
    bench.raise(0, "fire");
    bench.run(1);
    expect(bench.frames.at(-2)?.time.hour).toBe(8);
  });
});

describe("the points of a panel", () => {
  it("are told with all that they say, disablement as well, and only when that changes", () => {
    const list = [{ source: 4 }, { source: 6 }];
    const bench = Bench.running({ points: points(list) }, { channels: 3, points: [0, 1, 3], groups: ["hall"] });
    const { fire, disabled, unknown, trouble } = CONDITION_NAMES;
    // The second device's only point is source 3, the third's are 4, 5 and 6; the group is 7.
    bench.link.points(2, Uint8Array.of(disabled | unknown, 0, trouble), 0);
    bench.run(1);
    bench.link.points(2, Uint8Array.of(disabled, 0, trouble), 0);
    bench.link.point(2, 0, disabled | fire, 0);
    bench.link.point(2, 0, disabled | fire, 0);
    bench.link.point(1, 0, trouble, 0);
    bench.run(1);
    bench.link.alarm(undefined, "hall", "fire", AlarmChange.raised, true, 0);
    bench.run(1);
    expect(bench.heard().filter((line) => !line.startsWith("transmitter"))).toEqual([
      "component 4 8",
      "component 6 4",
      "component 4 10",
      // Of all that stands in the system: fire, fault, disabled.
      "system 14",
      "system 14",
    ]);
  });
});

describe("the order of events", () => {
  it("puts a fire before a thousand others, in one message time", () => {
    const list = Array.from({ length: 201 }, (_, source) => ({ source }));
    const bench = Bench.running({ queue: 1024, objects: 22, points: points(list) }, { channels: 201 });
    for (let i = 0; i < 1000; i++) {
      if (Math.floor(i / 200) % 2 === 0) bench.raise(1 + (i % 200), "trouble");
      else bench.clear(1 + (i % 200), "trouble");
    }
    bench.raise(0, "fire");
    bench.run(0.2);
    expect(bench.heard()).toContain("component 0 2");
    expect(bench.centre.journal.events.find((event) => event.state === BITS.fire)?.confirmedUs).toBeGreaterThan(0);
    bench.run(60);
    expect(bench.link.waiting).toBe(0);
    books(bench);
    // 22 to a message: the burst takes 46 round trips.
    expect(bench.frames.length).toBeLessThan(60);
  });

  it("lets a fire overtake a message whose confirmation does not come", () => {
    const bench = Bench.running();
    bench.centre.mood = "silent";
    bench.raise(1, "trouble");
    bench.run(3);
    bench.raise(0, "fire");
    bench.centre.mood = "answers";
    bench.run(0.2);
    expect(bench.heard().slice(0, 2)).toEqual(["component 1 4", "component 0 2"]);
    expect(bench.link.sessionCounters.preempted).toBe(1);
    bench.run(20);
    // What was overtaken goes again.
    expect(bench.heard().filter((line) => line === "component 1 4").length).toBe(2);
    expect(bench.link.waiting).toBe(0);
    books(bench);
  });

  it("tells the transmitter's state again when a fire overtook it", () => {
    const bench = Bench.running();
    bench.raise(0, "fire");
    bench.run(1);
    bench.centre.mood = "silent";
    bench.link.communication(true);
    bench.run(1);
    bench.raise(1, "fire");
    bench.centre.mood = "answers";
    bench.run(1);
    expect(bench.heard().slice(-3)).toEqual(["transmitter 66", "component 1 2", "transmitter 66"]);
  });

  it("never lets an overtaken event take the fire back, of a point or of the system", () => {
    const bench = Bench.running({ queue: 64 });
    bench.centre.down();
    bench.run(1);
    bench.raise(0, "trouble");
    bench.clear(0, "trouble");
    bench.raise(3, "trouble");
    bench.raise(0, "fire");
    bench.raise(3, "fire");
    bench.centre.up();
    bench.run(90);
    expect(bench.heard().filter((line) => !line.startsWith("transmitter"))).toEqual([
      "component 0 2",
      "system 6",
      "component 0 2",
      "component 0 2",
      "system 6",
    ]);
    bench.clear(0, "fire");
    bench.raise(0, "trouble");
    bench.run(1);
    expect(bench.heard().slice(-2)).toEqual(["component 0 1", "component 0 4"]);
    // What waits without being overtaken says what was, as it was.
    bench.centre.mood = "silent";
    bench.clear(0, "trouble");
    bench.raise(0, "supervisory");
    bench.run(1);
    bench.clear(0, "supervisory");
    bench.centre.mood = "answers";
    bench.run(20);
    expect(bench.heard().slice(-3)).toEqual(["component 0 1", "component 0 16", "component 0 1"]);
  });

  it("keeps the order within a lane", () => {
    const bench = Bench.running({ queue: 64 });
    for (const classes of ["trouble", "supervisory", "pre-alarm", "test"] as const)
      for (const source of [0, 1, 2]) bench.raise(source, classes);
    bench.run(5);
    expect(bench.heard().map((line) => line.split(" ")[1])).toEqual("012012012012".split(""));
  });
});

describe("a centre that fails", () => {
  it("is asked four times, ten seconds apart, with the same frame; then the connection is made anew", () => {
    const bench = Bench.running();
    bench.centre.mood = "silent";
    bench.raise(0, "fire");
    const times: number[] = [];
    for (let tenths = 0; tenths < 390; tenths++) {
      const before = bench.frames.length;
      bench.run(0.1);
      if (bench.frames.length > before) times.push(tenths / 10);
    }
    expect(times).toEqual([0, 10, 20, 30]);
    expect(new Set(bench.frames.map((frame) => JSON.stringify(frame))).size).toBe(1);
    expect(bench.link.sessionCounters).toMatchObject({ repeated: REPEATS, connects: 1 });
    bench.centre.mood = "answers";
    bench.run(10);
    expect(bench.link.sessionCounters.connects).toBe(2);
    expect(bench.link.waiting).toBe(0);
    expect(bench.said).toEqual([
      `centre: ${CENTRE}:5200: no answer to a message that was sent 4 times; trying again with back-off`,
      expect.stringMatching(/answers again after 1 attempts/),
    ]);
    books(bench);
  });

  it("may be slow, as long as it is not slower than it may", () => {
    const bench = Bench.running();
    bench.centre.mood = "slow";
    bench.raise(0, "fire");
    bench.run(9);
    expect(bench.link.counters()).toMatchObject({ confirmed: 1, repeated: 0 });
  });

  it("may take long for the first answer and give it for the repeat", () => {
    const bench = Bench.running({ timeoutMs: 3000 });
    bench.centre.mood = "slow";
    bench.raise(0, "fire");
    bench.run(30);
    expect(bench.link.counters()).toMatchObject({ pushed: 1, confirmed: 1, refused: 0 });
    expect(bench.link.counters().repeated).toBeGreaterThanOrEqual(2);
  });

  it("that denies is asked four times; then the event is given up, counted and told", () => {
    const bench = Bench.running();
    bench.centre.mood = "denies";
    bench.raise(0, "fire");
    bench.run(2);
    // The fire, and the transmitter's state that it changes.
    expect(bench.frames.length).toBe(2 * (REPEATS + 1));
    expect(bench.link.counters()).toMatchObject({ pushed: 1, refused: 1, confirmed: 0 });
    expect(bench.said[0]).toContain("denied a message 4 times");
    bench.centre.mood = "answers";
    bench.raise(1, "fire");
    bench.run(1);
    expect(bench.link.counters()).toMatchObject({ confirmed: 1 });
    books(bench);
  });

  it("that is away for ten minutes gets what stands, and the fire first", () => {
    const bench = Bench.running();
    bench.centre.down();
    bench.raise(1, "trouble");
    bench.run(600);
    bench.raise(0, "fire");
    bench.centre.up();
    bench.run(8);
    expect(bench.heard()[0]).toBe("component 0 2");
    expect(bench.link.waiting).toBe(0);
    bench.run(20);
    expect(bench.heard()).toContain("component 1 4");
    books(bench);
  });

  it("that resets the connection gets the event again", () => {
    const bench = Bench.running();
    bench.centre.mood = "silent";
    bench.raise(0, "fire");
    bench.run(1);
    bench.centre.mood = "answers";
    bench.centre.reset();
    bench.run(8);
    expect(bench.heard().filter((line) => line === "component 0 2").length).toBe(2);
    expect(bench.link.counters()).toMatchObject({ pushed: 1, confirmed: 1 });
    // Serial numbers begin anew with the connection.
    expect(bench.frames[1].serial).toBe(0);
  });

  it("that does not read is given up after a while, and nothing is lost", () => {
    const bench = Bench.running();
    bench.network.down = true;
    bench.raise(0, "fire");
    bench.run(45);
    bench.network.down = false;
    bench.run(90);
    expect(bench.link.counters()).toMatchObject({ pushed: 1, confirmed: 1 });
  });
});

describe("a full queue", () => {
  it("lets the oldest go, counts it, and tells later what stands there", () => {
    const bench = Bench.running({ queue: 4 }, { channels: 12 });
    bench.centre.down();
    bench.run(1);
    for (let source = 0; source < 12; source++) bench.raise(source, "trouble");
    expect(bench.link.counters()).toMatchObject({ pushed: 12, dropped: 8 });
    bench.centre.up();
    bench.run(120);
    const components = bench.heard().filter((line) => line.startsWith("component"));
    expect(new Set(components)).toEqual(new Set(["component 0 4", "component 1 4", "component 2 4"]));
    expect(bench.link.waiting).toBe(0);
    books(bench);
  });

  it("never loses what stands, whatever comes while the centre is away", () => {
    const step = fc.record({
      source: fc.integer({ min: 0, max: 2 }),
      class: fc.constantFrom("fire", "trouble", "supervisory" as const),
      raise: fc.boolean(),
      wait: fc.constantFrom(0, 0, 0.1, 3),
      mood: fc.constantFrom(undefined, undefined, "silent", "answers", "denies", "slow", "reset", "down", "up"),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const bench = Bench.running({ queue: 4, objects: 3 });
        const stands = [new Set<string>(), new Set<string>(), new Set<string>()];
        for (const { source, class: alarmClass, raise, wait, mood } of steps) {
          if (mood === "reset") bench.centre.reset();
          else if (mood === "down" || mood === "up") bench.centre[mood]();
          else if (mood !== undefined) bench.centre.mood = mood as "silent";
          // A denied event is given up, so that only what is told afterwards must be right.
          if (raise) stands[source].add(alarmClass);
          else stands[source].delete(alarmClass);
          if (raise) bench.raise(source, alarmClass as "fire");
          else bench.clear(source, alarmClass as "fire");
          bench.run(wait);
          books(bench);
        }
        bench.centre.mood = "answers";
        bench.centre.up();
        bench.run(200);
        expect(bench.link.waiting).toBe(0);
        books(bench);
        const last = new Map<number, number>();
        for (const unit of bench.units())
          if (unit !== undefined && "type" in unit && unit.type === 2)
            for (const { place, state } of unit.objects) last.set(place[2], state);
        if (bench.link.counters().refused > 0) return;
        for (const [source, classes] of stands.entries()) {
          const bits = [...classes].reduce((sum, one) => sum | BITS[one === "trouble" ? "fault" : (one as "fire")], 0);
          if (last.has(source)) expect(last.get(source)).toBe(bits === 0 ? 1 : bits);
          else expect(bits).toBe(0);
        }
      }),
      { numRuns: RUNS },
    );
  });
});

describe("what a centre asks", () => {
  const asked = (bench: Bench, question: CentreQuestion) => {
    bench.frames.length = 0;
    bench.centre.read(question);
    bench.run(0.2);
    return bench.frames[0];
  };

  it("is answered for every type, from what stands", () => {
    const bench = Bench.running({
      points: points([{ source: 0, label: "north", analog: 3, step: 0.1 }, { source: 1 }]),
    });
    bench.values.set(0, 23.46);
    bench.raise(0, "fire");
    bench.link.alarm(0, "", "fire", AlarmChange.acknowledged, true, 0);
    bench.run(1);
    for (const question of Object.keys(CENTRE_QUESTIONS) as CentreQuestion[]) {
      const frame = asked(bench, question);
      expect([question, frame.command, (frame.unit as { type: number }).type]).toEqual([
        question,
        5,
        CENTRE_QUESTIONS[question][1],
      ]);
    }
    expect(asked(bench, "system-state").unit).toMatchObject({ objects: [{ state: 2 }] });
    expect(asked(bench, "components").unit).toMatchObject({ objects: [{ state: 2 }, { state: 1 }] });
    expect(asked(bench, "analogs").unit).toMatchObject({ objects: [{ analog: 3, value: 235 }] });
    expect(asked(bench, "system-operations").unit).toMatchObject({ objects: [{ operation: 32 }] });
    expect(asked(bench, "operations").unit).toMatchObject({ objects: [] });
    expect(asked(bench, "system-text").unit).toMatchObject({ objects: [{ text: Uint8Array.of(0x41) }] });
    expect(asked(bench, "text").unit).toMatchObject({ objects: [{ text: Uint8Array.of(0x42) }] });
    expect(asked(bench, "time").unit).toMatchObject({ objects: [{ time: { year: 26 } }] });
  });

  it("is denied where there is no such thing, no value, or no such command", () => {
    const bench = Bench.running({ points: points([{ source: 0, analog: 3, step: 0.1 }]) });
    const denied = (command: number, unit: object) => {
      bench.frames.length = 0;
      for (const connection of connectionsOf(bench)) connection.ask(command, unit);
      bench.run(0.2);
      return bench.frames.map((frame) => frame.command);
    };
    const other = { system: 9, systemAddress: 9 };
    const since = { second: 0, minute: 0, hour: 0, day: 0, month: 0, year: 0 };
    const place = Uint8Array.of(9, 9, 9, 9);
    for (const unit of [
      { type: 61, objects: [other] },
      { type: 62, objects: [{ ...other, place }] },
      { type: 63, objects: [{ ...other, place }] },
      { type: 64, objects: [{ ...other, records: 1, since }] },
      { type: 65, objects: [other] },
      { type: 66, objects: [other] },
      { type: 67, objects: [{ ...other, place }] },
      { type: 68, objects: [other] },
      { type: 61, objects: [] },
      { type: 21, objects: [{ transmitter: 0, time: since }] },
      { raw: Uint8Array.of(200, 1) },
    ])
      expect(denied(4, unit)).toEqual([6]);
    bench.centre.read("analogs");
    bench.run(0.2);
    expect(bench.frames.at(-1)?.command).toBe(6);
    expect(denied(1, { type: 90, objects: [{ time: { ...since, month: 13 } }] })).toEqual([6]);
    expect(denied(1, { type: 61, objects: [other] })).toEqual([6]);
    expect(denied(2, { type: 90, objects: [{ time: since }] })).toEqual([6]);
    expect(denied(9, { type: 81, objects: [{ reserved: 0 }] })).toEqual([6]);
  });

  it("is told everything anew after it has initialised", () => {
    const bench = Bench.running();
    bench.raise(0, "fire");
    bench.raise(3, "trouble");
    bench.run(2);
    bench.frames.length = 0;
    bench.centre.initialise();
    bench.run(3);
    expect(bench.heard()).toEqual([
      // The confirmation has no unit.
      "heartbeat",
      "transmitter 2",
      "component 0 2",
      "component 1 1",
      "component 2 1",
      "system 6",
    ]);
  });

  it("is whether somebody is on duty: answered by the operator's button, and only when asked", () => {
    const bench = Bench.running({ duty: { source: 3, operator: 7 } });
    bench.raise(3, "test");
    bench.run(1);
    expect(bench.heard().some((line) => line.startsWith("transmitter operation"))).toBe(false);
    bench.clear(3, "test");
    bench.centre.dutyCheck(10);
    bench.run(300);
    bench.raise(3, "test");
    bench.run(1);
    expect(bench.heard().filter((line) => line.includes("operation"))).toEqual(["transmitter operation 32 by 7"]);
    expect(bench.said).toEqual(["centre: asks whether somebody is on duty; an answer is due within 10 min"]);
    expect(bench.link.counters().dutiesMissed).toBe(0);
    bench.centre.dutyCheck(1);
    bench.run(61);
    expect(bench.link.counters().dutiesMissed).toBe(1);
    bench.raise(3, "test");
    bench.run(1);
    expect(bench.heard().filter((line) => line.includes("operation")).length).toBe(1);
  });
});

describe("heartbeats", () => {
  it.each([
    ["empty", "heartbeat"],
    ["state", "transmitter 1"],
    ["time", "type 28"],
  ] as const)("as %s go when nothing else has gone", (as, what) => {
    const bench = Bench.running({ heartbeat: { everyMs: 30_000, as, confirmed: as !== "empty" } });
    bench.run(95);
    expect(bench.heard()).toEqual([what, what, what]);
    bench.frames.length = 0;
    bench.raise(0, "trouble");
    bench.run(25);
    expect(bench.heard()).toEqual(["component 0 4"]);
    books(bench);
  });

  it("that must be confirmed find out that the centre is gone", () => {
    const bench = Bench.running({ timeoutMs: 5000, heartbeat: { everyMs: 20_000, as: "empty", confirmed: true } });
    bench.centre.mood = "silent";
    bench.run(45);
    expect(bench.said[0]).toContain("no answer to a message that was sent 4 times");
    bench.centre.mood = "answers";
    bench.run(10);
    expect(bench.link.sessionCounters.connects).toBe(2);
  });

  it("that need not be are not waited for", () => {
    const bench = Bench.running({ heartbeat: { everyMs: 20_000, as: "empty", confirmed: false } });
    bench.centre.mood = "silent";
    bench.run(205);
    expect(bench.heard().length).toBe(10);
    expect([bench.link.sessionCounters.connects, bench.said]).toEqual([1, []]);
  });
});

describe("every condition of a point", () => {
  it("has bits in the plan, but for unknown", () => {
    expect(Object.keys(CONDITION_NAMES).length).toBe(new Bench().plan.conditionBits.length + 1);
  });
});

/** The centre asks on connections; a test asks what no centre would. */
function connectionsOf(bench: Bench): { ask(command: number, unit: unknown): void }[] {
  return [...bench.centre.connections] as { ask(command: number, unit: unknown): void }[];
}
