/**
 * RV32IMAC instead of this machine: the same engine and bundle under qemu, which counts instructions exactly. The count
 * is the same in every run, and on every machine with the same compiler. As time it means "at 160 MHz, one instruction a cycle, flash cache hits
 * assumed": a lower bound, not what an ESP32 was measured to take.
 */
import type { XsHost } from "./build";
import { XsError } from "./error";
import { runXs, type XsReport, type XsRunOptions } from "./run";

/** Clock of an ESP32-C6 (and C3). */
export const CPU_HZ = 160_000_000;

/** What a share of that clock stands for; printed beside every figure in time. */
export const CPU_ASSUMPTION = "at 160 MHz, one instruction a cycle, flash cache hits assumed";

/** @throws as runXs does, and XsError with code `usage` when the engine is one for this PC */
export async function runXsOnCpu(options: XsRunOptions): Promise<XsReport> {
  if (options.host.cpu !== "rv32")
    throw new XsError("usage", "a PC's engine counts no instructions: build with cpu rv32");
  return runXs(options);
}

export type CpuCost = { readonly instructions: number; readonly units: number; readonly collections: number };

/**
 * What the longer of two runs cost more than the shorter: with inputs of which one asks for N turns and the other for 2 N,
 * the cost of N turns. Start, parsing, setting up and warming up cancel; byte code was parsed before either count begins.
 */
export async function cpuCost(options: {
  readonly host: XsHost;
  readonly bundle: string;
  readonly shorter: Uint8Array;
  readonly longer: Uint8Array;
  readonly memory?: NonNullable<XsRunOptions["memory"]>;
}): Promise<CpuCost> {
  const { shorter, longer, ...common } = options;
  const [less, more] = await Promise.all([
    runXsOnCpu({ ...common, input: shorter }),
    runXsOnCpu({ ...common, input: longer }),
  ]);
  return {
    instructions: more.instructions - less.instructions,
    units: more.meter - less.meter,
    collections: more.collections - less.collections,
  };
}

/** Part of one 160 MHz core that this many instructions a second take. 1 is all of it. */
export function coreShare(instructionsPerSecond: number): number {
  return instructionsPerSecond / CPU_HZ;
}
