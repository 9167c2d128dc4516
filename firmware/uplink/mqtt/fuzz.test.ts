/**
 * Whatever a broker sends, and however TCP cuts it into pieces. In every run some thousand streams; a million:
 *
 *   ARGAND_LONG=1 npx vitest run firmware/uplink/mqtt/fuzz          (ARGAND_SEED=2 for another million)
 */
import { describe, expect, it } from "vitest";
import { RandomBranch } from "../../../host-sim/world/random";
import { ClientState } from "./client";
import {
  below,
  corpus,
  GREETING,
  LEVELS,
  type Level,
  makeStream,
  mutate,
  type Outcome,
  Scripted,
} from "./fuzz.test-suite";

const LONG = process.env["ARGAND_LONG"] !== undefined;
const STREAMS = LONG ? 1_000_000 : 4_000;
/** Of these every place at which they can be cut in two is tried. */
const CUT_EVERYWHERE = LONG ? 20_000 : 100;
const SEED = Number(process.env["ARGAND_SEED"] ?? 1);
const HOURS_MS = 6 * 3_600_000;

/** What comes of a stream that arrives in the pieces between `cuts`. */
function play(level: Level, stream: Uint8Array, cuts: readonly number[]): { bench: Scripted; outcome: Outcome } {
  const bench = new Scripted(level, new RandomBranch(SEED, "client"));
  let from = 0;
  for (const to of [...cuts, stream.length]) {
    bench.feed(stream.subarray(from, to));
    from = to;
  }
  return { bench, outcome: bench.outcome };
}

const everyByte = (stream: Uint8Array) => Array.from({ length: Math.max(0, stream.length - 1) }, (_, i) => i + 1);
const text = (outcome: Outcome) => JSON.stringify(outcome);

/** Fails with what it takes to see it again. */
function same(level: Level, stream: Uint8Array, cuts: readonly number[], whole: string): void {
  const { outcome } = play(level, stream, cuts);
  if (text(outcome) === whole) return;
  expect({ stream: Buffer.from(stream).toString("hex"), cuts, outcome }).toEqual({ outcome: JSON.parse(whole) });
}

describe("whatever a broker sends", () => {
  it(`never throws, means the same in whatever pieces it comes, and the next connection works: ${STREAMS} streams`, {
    timeout: HOURS_MS,
  }, () => {
    const random = new RandomBranch(SEED, "streams");
    const corpora = { 4: corpus(4), 5: corpus(5) };
    const ended = { online: 0, offline: 0, handshake: 0, commands: 0, acknowledged: 0 };
    let cuts = 0;
    for (let i = 0; i < STREAMS; i++) {
      const level = LEVELS[i & 1];
      const stream = mutate(makeStream(level, corpora[level], random), random);
      const { bench, outcome } = play(level, stream, []);
      const whole = text(outcome);
      same(level, stream, everyByte(stream), whole);
      same(level, stream, [below(random, stream.length + 1)], whole);
      cuts += 1 + Math.max(0, stream.length - 1);
      if (i < CUT_EVERYWHERE)
        for (const cut of everyByte(stream)) {
          same(level, stream, [cut], whole);
          cuts++;
        }
      if (outcome.state === ClientState.online) ended.online++;
      else if (outcome.state === ClientState.handshake) ended.handshake++;
      else ended.offline++;
      ended.commands += outcome.commands.length;
      ended.acknowledged += outcome.acknowledged.length;
      if (!bench.recovers())
        expect(`stream ${i}: ${Buffer.from(stream).toString("hex")}`).toBe("followed by a connection");
      bench.client.close();
    }
    if (LONG) process.stdout.write(`${STREAMS} streams (seed ${SEED}), ${cuts} cuts: ${JSON.stringify(ended)}\n`);
    // The streams must get somewhere, or they try nothing.
    for (const count of Object.values(ended)) expect(count).toBeGreaterThan(STREAMS / 20);
  });

  it.each(LEVELS)("level %i: commands without end, and nobody who reads the answers, end the connection", (level) => {
    const bench = new Scripted(level, new RandomBranch(SEED, "client"), 300);
    bench.feed(GREETING[level]);
    const command = corpus(level)[7];
    for (let i = 0; i < 500; i++) bench.feed(command);
    const { counters, log, closed } = bench.outcome;
    expect(log.at(-1)).toContain("does not read their acknowledgements");
    expect(closed).toBe(true);
    expect((counters as { received: number }).received).toBeLessThan(150);
  });

  it.each(LEVELS)(
    "level %i: every packet of the corpus means the same at every two places at which it is cut",
    (level) => {
      const stream = Uint8Array.from(Buffer.concat([corpus(level).at(11)!, ...corpus(level).slice(0, 9)]));
      const { outcome } = play(level, stream, []);
      expect(outcome.state).toBe(ClientState.online);
      expect(outcome.acknowledged).toEqual([0, 1, 2]);
      expect(outcome.commands.length).toBe(3);
      for (let a = 1; a < stream.length; a++)
        for (let b = a + 1; b < stream.length; b++) same(level, stream, [a, b], text(outcome));
    },
  );
});
