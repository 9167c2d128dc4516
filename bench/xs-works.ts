/**
 * What pieces of work cost in XS, on a machine of its own as a device has it: units, RV32 instructions, and what they allocate.
 * Exact, and the same on every machine.
 *
 * The guest sets `globalThis.main`, which calls `host.onCall((what, turns) => ...)`; work 0 is the empty loop.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildXs, cpuAvailability, type XsHost, xsAvailability } from "../host-sim/xs/build";
import { bundleForXs } from "../host-sim/xs/bundle";
import { runXs } from "../host-sim/xs/run";

/** What `host.counter` gives (host-sim/xs/bridge/protocol.ts): units, slots, chunks, chunk bytes, instructions. */
const FIGURES = [0, 4, 5, 6, 10];

export type XsWork = {
  readonly name: string;
  /** One turn, without the loop around it. */
  readonly units: number;
  readonly slots: number;
  readonly chunks: number;
  readonly bytes: number;
  /** Undefined where the packages for RV32 are missing. */
  readonly instructions: number | undefined;
};

/** Reads the gateway's counters around a loop and one of twice the length; the difference is told. */
const worldOf = (works: number, turns: number) => `for (let what = 0; what < ${works}; what++) {
  const cost = (turns) => {
    const from = [${FIGURES}].map((i) => host.counter(i));
    host.call(what, turns);
    return [${FIGURES}].map((i, k) => host.counter(i) - from[k]);
  };
  cost(${turns});
  const once = cost(${turns});
  const twice = cost(${2 * turns});
  host.print(twice.map((figure, k) => (figure - once[k]) / ${turns}).join(" "));
}`;

/**
 * @param guest file beside this one
 * @param names of the works from 1 on
 * @returns undefined, with a line said, where there is no XS
 */
export async function measureWorks(
  subject: string,
  guest: string,
  names: readonly string[],
  turns: number,
): Promise<readonly XsWork[] | undefined> {
  const availability = xsAvailability();
  if (!availability.ok) {
    process.stdout.write(`${subject} in XS is skipped: ${availability.reason}\n`);
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), "argand-bench-"));
  try {
    const gateway = join(folder, "gateway.js");
    const world = join(folder, "world.js");
    await bundleForXs({ entry: fileURLToPath(new URL(guest, import.meta.url)), outfile: gateway });
    writeFileSync(world, worldOf(names.length + 1, turns));
    const inXs = await measure(await buildXs({}), gateway, world);
    const cpu = cpuAvailability();
    const onCpu = cpu.ok ? await measure(await buildXs({ cpu: "rv32" }), gateway, world) : undefined;
    const [loop, ...works] = inXs;
    return works.map(([units, slots, chunks, bytes], i) => ({
      name: names[i],
      units: units - loop[0],
      slots,
      chunks,
      bytes,
      instructions: onCpu === undefined ? undefined : onCpu[i + 1][4] - onCpu[0][4],
    }));
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
