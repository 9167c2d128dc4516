/** A batch of 64 samples in XS: what encoding it costs a sample, and what it allocates. `npx tsx bench/uplink-xs.ts` prints this alone. */
import { pathToFileURL } from "node:url";
import type { Measured } from "./baseline";
import { count, table } from "./table";
import { SAMPLES } from "./uplink-workload";
import { measureWorks } from "./xs-works";

const WORKS = ["SenML", "short SenML", "columns"];
const TURNS = 16;

/** @returns units a sample, for the baseline; nothing where there is no XS */
export async function benchUplinkInXs(): Promise<Measured> {
  const works = await measureWorks("the uplink", "./uplink-guest.ts", WORKS, TURNS);
  if (works === undefined) return {};
  table(
    `A batch of ${SAMPLES} samples encoded in XS 13.3, from the channels' queues, without the signature (goal: nothing allocated)`,
    ["encoding", "units/sample", "RV32 instructions/sample", "slots allocated", "chunks allocated"],
    works.map(({ name, units, slots, chunks, instructions }) => [
      name,
      (units / SAMPLES).toFixed(1),
      instructions === undefined ? "-" : count(instructions / SAMPLES),
      `${slots}`,
      `${chunks}`,
    ]),
  );
  if (works.some(({ slots, chunks }) => slots + chunks > 0)) process.exitCode = 1;
  return Object.fromEntries(works.map(({ name, units }) => [`a sample in a batch of ${name}`, units / SAMPLES]));
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await benchUplinkInXs();
