/** `npm run bench`: every benchmark, ratios in one run, in tables. `--quick` for continuous integration. */
import { cpus } from "node:os";
import { holdToBaseline, type Measured, writeBaseline } from "./baseline";
import { benchBatch } from "./batch";
import { benchLight } from "./light";
import { benchModbus } from "./modbus";
import { benchPanels } from "./panels";
import { benchSampling, compareWithModdableWay } from "./sampling";
import { benchUplink } from "./uplink";
import { benchUplinkInXs } from "./uplink-xs";
import { benchVirtualTime } from "./virtual-time";
import { openXs, type XsBench } from "./xs";

const quick = process.argv.includes("--quick");
const timeMs = quick ? 200 : 2_000;

process.stdout.write(
  `argand bench${quick ? " (quick)" : ""}: Node ${process.version}, V8 ${process.versions.v8}, ${cpus().length} x ${cpus()[0]?.model.trim()}\n` +
    "Times are of this machine and this run; compare ratios. Method: bench/README.md\n",
);
const xs = await openXs(quick ? 200 : 2_000);
await benchSampling(timeMs, xs);
if (xs !== undefined) compareWithModdableWay(xs);
await benchBatch(timeMs);
const light = await benchLight(timeMs);
await benchPanels(quick ? 24 : 200);
const modbus = await benchModbus(quick ? 1_400 : 7_000, quick ? 300 : 1_800);
const uplink = await benchUplinkInXs();
await benchUplink(timeMs, quick ? 2_000 : 20_000, quick ? 3 : 7, quick ? 0 : 100_000);
const virtualTime = await benchVirtualTime(quick ? [600] : [600, 3_600], xs);

if (xs !== undefined) {
  const units = {
    tick: xs.tick.unitsPerSample,
    "tick and encode": xs.tickAndEncode.unitsPerSample,
    ...modbus,
    ...light,
    ...uplink,
    ...virtualTime,
  };
  const instructions = instructionsOf(xs);
  const reason = process.argv[process.argv.indexOf("--baseline") + 1];
  if (process.argv.includes("--baseline") && reason !== undefined) writeBaseline(units, instructions, reason);
  if (!holdToBaseline(units, instructions)) process.exitCode = 1;
}

/** `undefined` where the packages for RV32 are missing. */
function instructionsOf({ tick, tickAndEncode, afterAMonth }: XsBench): Measured | undefined {
  const figures = [tick, tickAndEncode, afterAMonth].map((measure) => measure.instructionsPerSample);
  if (figures[0] === undefined) return undefined;
  return {
    tick: figures[0],
    "tick and encode": figures[1]!,
    "tick and encode, a month after boot": figures[2]!,
  };
}
