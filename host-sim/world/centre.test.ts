import { describe, expect, it } from "vitest";
import { Bench, CENTRE } from "../../firmware/uplink/gb26875/bench.test-suite";
import { VECTORS } from "../../firmware/uplink/gb26875/vectors.test-suite";
import { CENTRE_JOURNAL_CAPACITY } from "./centre-journal";
import { commandCentre, endOfCentreFault, faultCentre, judgeCentre } from "./centre-scenario";

/** Writes bytes to the centre as nobody's transmitter would, and collects what it says. */
function talk(bench: Bench, ...frames: readonly string[]): string[] {
  const answers: string[] = [];
  const { TCP } = bench.network.host("192.0.2.99");
  let sent = false;
  new TCP({
    address: CENTRE,
    port: bench.plan.port,
    onWritable() {
      if (sent) return;
      sent = true;
      for (const frame of frames) this.write(Uint8Array.from(Buffer.from(frame, "hex")));
    },
    onReadable(bytes) {
      answers.push(Buffer.from(this.read(bytes) as ArrayBuffer).toString("hex"));
    },
  });
  bench.run(20);
  return answers;
}

const command = (frame: string) => Number.parseInt(frame.slice(52, 54), 16);

describe("a simulated monitoring centre", () => {
  it("confirms the frames of others, with their serial number and the addresses turned round", () => {
    const bench = new Bench();
    const answers = talk(bench, VECTORS["A1-fire"]);
    expect(answers.length).toBe(1);
    expect(command(answers[0])).toBe(3);
    expect(answers[0].slice(4, 8)).toBe("0100");
    expect(answers[0].slice(24, 48)).toBe("385b01000000790300000000");
    expect(bench.centre.journal.events).toMatchObject([{ type: 2, state: 2, place: "" }]);
  });

  it("denies what is damaged, and counts it", () => {
    const bench = new Bench();
    const damaged = VECTORS["A1-fire"].replace(/462323$/, "472323");
    expect(talk(bench, damaged).map(command)).toEqual([6]);
    const unit = VECTORS["A6-devver"].replace("19010101c7", "19020101c8");
    expect(talk(bench, unit).map(command)).toEqual([6]);
    expect(bench.centre.counters).toMatchObject({ broken: 2, frames: 0 });
  });

  it("says nothing when it is silent, to what is damaged either", () => {
    const bench = new Bench();
    bench.centre.mood = "silent";
    expect(talk(bench, VECTORS["A1-fire"], VECTORS["A1-fire"].replace(/46(2323)$/, "47$1"))).toEqual([]);
  });

  it("counts confirmations that a slow one owes when the connection ends", () => {
    const bench = Bench.running();
    bench.centre.mood = "slow";
    bench.raise(0, "fire");
    bench.run(1);
    bench.centre.reset();
    expect(bench.centre.counters.unsaid).toBe(1);
    expect(bench.centre.journal.confirmed("", "fire", Number.POSITIVE_INFINITY)).toBeUndefined();
  });

  it("keeps a bounded journal, and counts what does not fit", () => {
    const bench = Bench.running({ queue: 1000, objects: 22 });
    const more = CENTRE_JOURNAL_CAPACITY + 100;
    for (let i = 0; i < more / 2; i++) {
      bench.raise(0, "trouble");
      bench.run(0.1);
      bench.clear(0, "trouble");
      bench.run(0.1);
    }
    expect(bench.centre.journal.events.length).toBe(CENTRE_JOURNAL_CAPACITY);
    expect(bench.centre.journal.overflow).toBeGreaterThanOrEqual(100);
  });
});

describe("a scenario's words for a centre", () => {
  it("are commands, faults and expectations, and nothing else", () => {
    const bench = Bench.running({ duty: { source: 3, operator: 1 } });
    const { centre } = bench;
    const judged = (...words: string[]) => judgeCentre(centre, words, Number.POSITIVE_INFINITY);
    expect([judged("reads", "version"), judged("hears", "duty-answer")]).toEqual([undefined, undefined]);
    expect(commandCentre(centre, ["read", "version"])).toBe(true);
    expect(commandCentre(centre, ["duty-check"])).toBe(true);
    bench.run(1);
    bench.raise(3, "test");
    bench.run(1);
    expect(judged("reads", "version")).toBeGreaterThan(0);
    expect(judged("hears", "duty-answer")).toBeGreaterThan(0);
    expect(judgeCentre(centre, ["reads", "version"], 0)).toBeUndefined();
    for (const words of [["read", "minds"], ["explode"]]) expect(commandCentre(centre, words)).toBe(false);
    expect(faultCentre(centre, "tired")).toBe(false);
    expect(["down", "silent", "denies", "slow", "reset", "up"].map(endOfCentreFault)).toEqual([
      "up",
      "answers",
      "answers",
      "answers",
      undefined,
      undefined,
    ]);
  });
});
