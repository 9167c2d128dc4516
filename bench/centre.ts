/**
 * A monitoring centre after GB/T 26875.3: what a frame and an event cost a device, and how long a fire waits in a burst.
 * `npx tsx bench/centre.ts`, not part of the others.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Bench, BITS, points } from "../firmware/uplink/gb26875/bench.test-suite";
import { buildXs, cpuAvailability, xsAvailability } from "../host-sim/xs/build";
import { bundleForXs } from "../host-sim/xs/bundle";
import { runXs } from "../host-sim/xs/run";
import { count, table } from "./table";

/** 50 ms there and back. */
const LATENCY_US = 25_000;
const EDGES = 1000;

const NAMES: readonly (readonly [what: string, name: string])[] = [
  ["encode-event", "encode one event, 78 bytes"],
  ["encode-8-events", "encode 8 events, 400 bytes"],
  ["encode-confirmation", "encode a confirmation, 30 bytes"],
  ["decode-event", "decode one event to its tree"],
  ["decode-confirmation", "decode a confirmation"],
  ["receive-confirmation", "find it in a stream: marks, length, checksum"],
  ["event-confirmed", "an edge to its confirmation, with the transmitter's state where that changes"],
  ["quiet-snapshot", "a snapshot of 50 points in which nothing is new"],
];

async function onDevice(): Promise<void> {
  const cpu = cpuAvailability();
  if (!xsAvailability().ok) {
    process.stdout.write("what a frame costs in XS is skipped: the XS engine is missing; npx argand doctor\n");
    return;
  }
  const costs = new Map<string, readonly [number, number]>();
  const folder = mkdtempSync(join(tmpdir(), "argand-bench-"));
  try {
    const bundle = join(folder, "centre.js");
    await bundleForXs({ entry: fileURLToPath(new URL("./centre-guest.ts", import.meta.url)), outfile: bundle });
    await runXs({
      host: await buildXs(cpu.ok ? { cpu: "rv32" } : {}),
      bundle,
      onPrint: (line) => {
        const [what, units, instructions] = line.split(" ");
        costs.set(what, [Number(units), Number(instructions)]);
      },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  if (costs.has("waiting")) throw new Error("the simulated centre did not confirm what was measured");
  table(
    "GB/T 26875.3 in XS 13.3",
    ["what", "units", "RV32 instructions"],
    NAMES.map(([what, name]) => {
      const [units, instructions] = costs.get(what)!;
      return [name, count(units), cpu.ok ? count(instructions) : "-"];
    }),
  );
  if (!cpu.ok) process.stdout.write(`RV32 is skipped: ${cpu.reason}; get it with: ${cpu.install}\n`);
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
