/** A read of 16 registers in XS: units, RV32 instructions, and what it allocates. Exact, and the same on every machine. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildXs, cpuAvailability, type XsHost, xsAvailability } from "../host-sim/xs/build";
import { bundleForXs } from "../host-sim/xs/bundle";
import { runXs } from "../host-sim/xs/run";
import { count, table } from "./table";

const WORKS = [
  "(empty loop)",
  "TCP: build, parse",
  "RTU: build, parse, both CRCs",
  "TCP: a whole poll through the lane",
  "RTU: a whole poll through the lane",
] as const;
const TURNS = 256;
/** What `host.counter` gives (host-sim/xs/bridge/protocol.ts): units, slots, chunks, chunk bytes, instructions. */
const FIGURES = [0, 4, 5, 6, 10];

/** Reads the gateway's counters around a loop and one of twice the length; the difference is told. */
const WORLD = `for (let what = 0; what < ${WORKS.length}; what++) {
  const cost = (turns) => {
    const from = [${FIGURES}].map((i) => host.counter(i));
    host.call(what, turns);
    return [${FIGURES}].map((i, k) => host.counter(i) - from[k]);
  };
  cost(${TURNS});
  const once = cost(${TURNS});
  const twice = cost(${2 * TURNS});
  host.print(twice.map((figure, k) => (figure - once[k]) / ${TURNS}).join(" "));
}`;

export type ModbusXs = {
  readonly name: string;
  readonly units: number;
  readonly slots: number;
  readonly chunks: number;
};

export async function benchModbusInXs(): Promise<readonly ModbusXs[]> {
  const availability = xsAvailability();
  if (!availability.ok) {
    process.stdout.write(`Modbus in XS is skipped: ${availability.reason}\n`);
    return [];
  }
  const folder = mkdtempSync(join(tmpdir(), "argand-bench-"));
  try {
    const gateway = join(folder, "gateway.js");
    const world = join(folder, "world.js");
    await bundleForXs({ entry: fileURLToPath(new URL("./modbus-guest.ts", import.meta.url)), outfile: gateway });
    writeFileSync(world, WORLD);
    const inXs = await measure(await buildXs({}), gateway, world);
    const cpu = cpuAvailability();
    const onCpu = cpu.ok ? await measure(await buildXs({ cpu: "rv32" }), gateway, world) : undefined;
    const [loop, ...works] = inXs;
    const results = works.map(([units, slots, chunks, bytes], i) => ({
      name: WORKS[i + 1],
      units: units - loop[0],
      slots,
      chunks,
      bytes,
      instructions: onCpu === undefined ? undefined : onCpu[i + 1][4] - onCpu[0][4],
    }));
    table(
      "A read of 16 registers in XS 13.3 (goal: build and parse in at most 1,500 units, nothing allocated)",
      ["what", "units", "RV32 instructions", "slots allocated", "chunks allocated", "bytes allocated"],
      results.map(({ name, units, slots, chunks, bytes, instructions }) => [
        name,
        count(units),
        instructions === undefined ? "-" : count(instructions),
        `${slots}`,
        `${chunks}`,
        `${bytes}`,
      ]),
    );
    return results;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(host: XsHost, gateway: string, world: string): Promise<number[][]> {
  const figures: number[][] = [];
  await runXs({
    host,
    bundle: world,
    gateway,
    memory: { chunkBytes: 200_000, heapSlots: 20_000, stackSlots: 1_000, fixed: true },
    onPrint: (line) => figures.push(line.split(" ").map(Number)),
  });
  return figures;
}
