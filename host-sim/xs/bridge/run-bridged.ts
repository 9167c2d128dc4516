/** Runs a site with its gateway in a machine of its own, and reads what the world's program prints. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type CborValue, encodeDeterministic } from "../../../firmware/uplink/cbor/encode";
import type { SimulationSummary } from "../../world/simulation";
import type { XsHost } from "../build";
import { runXs, type XsArena, type XsMemory, type XsReport } from "../run";
import type { Calibration, Measurement, MeasuringInput } from "./world-guest";

export type BridgedOptions = {
  readonly host: XsHost;
  /** Bundles that programs.ts made. */
  readonly gateway: string;
  readonly world: string;
  readonly input: MeasuringInput;
  readonly memory: XsMemory | XsArena;
  /** A folder for the run's files. */
  readonly folder: string;
};

export type BridgedRun = {
  readonly report: XsReport;
  readonly summary: SimulationSummary;
  /** Contents of `uplink.bin`. */
  readonly uplink: Uint8Array;
  readonly measurement: Measurement | undefined;
  readonly calibration: Calibration | undefined;
};

let runs = 0;

/** @throws XsRunError as `runXs` does */
export async function runBridged(options: BridgedOptions): Promise<BridgedRun> {
  const outputFile = join(options.folder, `uplink-${++runs}.bin`);
  const told: { [word: string]: unknown } = {};
  const report = await runXs({
    host: options.host,
    gateway: options.gateway,
    bundle: options.world,
    input: encodeDeterministic(options.input as unknown as CborValue),
    outputFile,
    memory: options.memory,
    onPrint: (line) => {
      const space = line.indexOf(" ");
      const word = line.slice(0, space);
      if (["summary", "measurement", "calibration"].includes(word)) told[word] = JSON.parse(line.slice(space + 1));
    },
  });
  return {
    report,
    summary: told["summary"] as SimulationSummary,
    uplink: readFileSync(outputFile),
    measurement: told["measurement"] as Measurement | undefined,
    calibration: told["calibration"] as Calibration | undefined,
  };
}
