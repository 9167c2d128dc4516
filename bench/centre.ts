/**
 * A monitoring centre after GB/T 26875.3: what a frame and an event cost a device, and how long a fire waits in a burst.
 * `npx tsx bench/centre.ts`, not part of the others.
 */
import { Bench, BITS, points } from "../firmware/uplink/gb26875/bench.test-suite";
import { count, table } from "./table";
import { measureWorks } from "./xs-works";

/** 50 ms there and back. */
const LATENCY_US = 25_000;
const EDGES = 1000;

const WORKS = [
  "encode one event, 78 bytes",
  "encode 8 events, 400 bytes",
  "encode a confirmation, 30 bytes",
  "decode one event to its tree",
  "decode a confirmation",
  "find it in a stream: marks, length, checksum",
  "an edge to its confirmation, with the transmitter's state where that changes",
  "a snapshot of 50 points in which nothing is new",
];
const TURNS = 8;

async function onDevice(): Promise<void> {
  const works = await measureWorks("GB/T 26875.3", "./centre-guest.ts", WORKS, TURNS);
  if (works === undefined) return;
  table(
    "GB/T 26875.3 in XS 13.3",
    ["what", "units", "RV32 instructions"],
    works.map(({ name, units, instructions }) => [
      name,
      count(units),
      instructions === undefined ? "-" : count(instructions),
    ]),
  );
}

/** A fire among a thousand other edges of one instant, on a virtual network of 50 ms round trip. */
function burst(): void {
  const rows = [1, 8, 22].map((objects) => {
    const list = Array.from({ length: 201 }, (_, source) => ({ source }));
    const bench = Bench.running(
      { queue: 1000, objects, points: points(list) },
      { channels: 201, latencyUs: LATENCY_US },
    );
    const fromUs = bench.kernel.nowUs();
    for (let i = 0; i < EDGES; i++) {
      if (Math.floor(i / 200) % 2 === 0) bench.raise(1 + (i % 200), "trouble");
      else bench.clear(1 + (i % 200), "trouble");
    }
    bench.raise(0, "fire");
    while (bench.link.waiting > 0) bench.run(0.01);
    const allMs = (bench.kernel.nowUs() - fromUs) / 1000;
    const fire = bench.centre.journal.events.find(({ type, state }) => type === 2 && state === BITS.fire)!;
    const { pushed, confirmed, dropped } = bench.link.counters();
    return [
      `${objects}`,
      `${((fire.confirmedUs - fromUs) / 1000).toFixed(0)}`,
      count(allMs),
      `${confirmed} of ${pushed}, ${dropped} dropped`,
    ];
  });
  table(
    `A fire behind ${count(EDGES)} edges of one instant, 50 ms round trip`,
    ["events a message", "fire at the centre, ms", "all confirmed, ms", "events"],
    rows,
  );
}

await onDevice();
burst();
