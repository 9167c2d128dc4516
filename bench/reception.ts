/**
 * Light through noise to the receiver with its own clock: frames lost where ideal synchronisation loses one in ten, and 1 dB above.
 * `npx tsx bench/reception.ts [frames]` prints these tables; it is not part of `npm run bench`, since it measures no speed.
 */
import { pathToFileURL } from "node:url";
import { IDEAL_DB, ReceptionBench } from "../host-sim/world/optics/reception-rate";
import { RandomBranch } from "../host-sim/world/random";
import { table } from "./table";

/** 40 ppm on either side, in opposite directions; every other frame the other way round. */
const CLOCKS_PPM = 80;
const GOAL = 0.1;

export function benchReception(frames: number): void {
  let missed = 0;
  const rows = IDEAL_DB.flatMap((ideal, mcs) =>
    (mcs < 2 ? [64, 256] : [64]).map((flp) => {
      const loss = (db: number, ppm: number) =>
        new ReceptionBench(new RandomBranch(1, `${mcs}/${flp}`), { mcs, octets: 64, flp }).measure(db, ppm, frames);
      const above = loss(ideal + 1, CLOCKS_PPM);
      if (above > GOAL) missed++;
      const cells = [loss(ideal, CLOCKS_PPM), loss(ideal + 1, 0), above].map((one) => `${(100 * one).toFixed(1)} %`);
      return [`${mcs}`, `${flp}`, ideal.toFixed(2), ...cells, above > GOAL ? "missed" : "met"];
    }),
  );
  table(
    `Frames of 64 octets lost by the receiver, ${frames} a cell (goal: at most 10 % one dB above the ideal)`,
    [
      "MCS",
      "FLP",
      "ideal 10 %, dB",
      `there, ${CLOCKS_PPM} ppm`,
      "1 dB above, 0 ppm",
      `1 dB above, ${CLOCKS_PPM} ppm`,
      "goal",
    ],
    rows,
  );
  const long = new ReceptionBench(new RandomBranch(1, "-7 dB"), { mcs: 0, octets: 64, flp: 256 });
  const lost = long.measure(-7, CLOCKS_PPM, frames);
  process.stdout.write(`MCS 0, FLP 256, -7 dB, ${CLOCKS_PPM} ppm: ${(100 * lost).toFixed(1)} % lost (goal: 10 %)\n`);
  const longest = new ReceptionBench(new RandomBranch(1, "1023"), { mcs: 0, octets: 1023, flp: 64 });
  const none = longest.measure(0, CLOCKS_PPM, 20);
  process.stdout.write(`MCS 0, 1,023 octets, 0 dB, ${CLOCKS_PPM} ppm: ${20 * (1 - none)} of 20 decoded\n`);
  if (missed > 0 || lost > GOAL || none > 0) process.exitCode = 1;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  benchReception(Number(process.argv[2] ?? 400));
