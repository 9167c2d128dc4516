/**
 * Light through noise to the receiver with its own clock: frames lost 1 dB above where ideal synchronisation loses one in ten.
 * `npx tsx bench/reception.ts [frames] [seed ...]` prints these tables; it is not part of `npm run bench`, since it measures no speed.
 * The receiver's constants were chosen with seed 1: others are the proof.
 */
import { pathToFileURL } from "node:url";
import { wilson } from "../host-sim/cli/vlc/chance";
import { ErrorRateBench } from "../host-sim/world/optics/error-rate";
import { IDEAL_DB, ReceptionBench } from "../host-sim/world/optics/reception-rate";
import { RandomBranch } from "../host-sim/world/random";
import { table } from "./table";

/** 40 ppm on either side, in opposite directions; every other frame the other way round. */
const CLOCKS_PPM = 80;
const GOAL = 0.1;
const OCTETS = 64;
const ABOVE_DB = 1;

type Row = { readonly mcs: number; readonly flp: number; readonly db: number };
type Lost = { readonly lost: number; readonly frames: number };

export function benchReception(frames: number, seeds: readonly number[]): void {
  const rows: Row[] = IDEAL_DB.flatMap((ideal, mcs) =>
    (mcs < 2 ? [64, 256] : [64]).map((flp) => ({ mcs, flp, db: ideal + ABOVE_DB })),
  );
  rows.push({ mcs: 0, flp: 256, db: -7 });
  let open = 0;
  table(
    `Frames of ${OCTETS} octets lost at ±${CLOCKS_PPM} ppm, ${frames} of each of seeds ${seeds.join(", ")}; goal: at most 10 %, ` +
      `${ABOVE_DB} dB above where ideal synchronisation loses 10 % of the payloads, and MCS 0 with FLP 256 at -7 dB`,
    ["MCS", "FLP", "Ec/N0, dB", "ideal, header too", "the receiver", "lost, 95 %", "goal"],
    rows.map((row) => {
      const ideal = idealLoss(row, frames, seeds);
      const real = receiverLoss(row, frames, seeds);
      const { from, to } = wilson(real.lost, real.frames);
      const verdict = to <= GOAL ? "met" : from > GOAL ? "missed" : "open: more frames";
      if (verdict !== "met") open++;
      return [
        `${row.mcs}`,
        `${row.flp}`,
        row.db.toFixed(2),
        `${ideal.lost} of ${ideal.frames}`,
        `${real.lost} of ${real.frames}`,
        `${percent(real.lost / real.frames)} (${percent(from)} to ${percent(to)})`,
        verdict,
      ];
    }),
  );
  const longest = new ReceptionBench(new RandomBranch(seeds[0], "1023"), { mcs: 0, octets: 1023, flp: 64 });
  const none = longest.measure(0, CLOCKS_PPM, 20);
  process.stdout.write(
    `MCS 0, 1,023 octets, 0 dB, ±${CLOCKS_PPM} ppm: ${20 * (1 - none)} of 20 decoded (goal: decoded)\n`,
  );
  if (open > 0 || none > 0) process.exitCode = 1;
}

function receiverLoss({ mcs, flp, db }: Row, frames: number, seeds: readonly number[]): Lost {
  let lost = 0;
  for (const seed of seeds) {
    const bench = new ReceptionBench(new RandomBranch(seed, `${mcs}/${flp}`), { mcs, octets: OCTETS, flp });
    lost += Math.round(frames * bench.measure(db, CLOCKS_PPM, frames));
  }
  return { lost, frames: frames * seeds.length };
}

/** With its symbols in step, and the same noise on its header: what no receiver of these frames gets below. */
function idealLoss({ mcs, db }: Row, frames: number, seeds: readonly number[]): Lost {
  const options = { mcs, decisions: "soft", octets: OCTETS, noisyHeader: true } as const;
  let lost = 0;
  for (const seed of seeds) {
    const bench = new ErrorRateBench(new RandomBranch(seed, `ideal/${mcs}`), options);
    lost += bench.measure(db, Number.POSITIVE_INFINITY, frames).wrongFrames;
  }
  return { lost, frames: frames * seeds.length };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  benchReception(Number(process.argv[2] ?? 400), process.argv.length > 3 ? process.argv.slice(3).map(Number) : [2, 3]);
