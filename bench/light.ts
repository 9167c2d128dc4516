/**
 * Light: what a frame costs in V8 beside the time that it takes on the air, what it costs a device, and how much a lamp flickers.
 * `npx tsx bench/light.ts` prints these tables alone.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Bench } from "tinybench";
import { frameSymbols, VlcEncoder } from "../drivers/vlc/encoder";
import { MCS_TABLE } from "../drivers/vlc/mcs";
import { frameCheck, profileFor } from "../drivers/vlc/profile";
import { LightWave } from "../drivers/vlc-transmitter/light-wave.test-suite";
import { VlcTransmitter } from "../drivers/vlc-transmitter/transmitter";
import { FlickerMeter } from "../host-sim/world/optics/flicker";
import { buildXs, cpuAvailability, type XsHost, xsAvailability } from "../host-sim/xs/build";
import { bundleForXs } from "../host-sim/xs/bundle";
import { runXs } from "../host-sim/xs/run";
import type { Measured } from "./baseline";
import { count, table } from "./table";

const LONGEST_OCTETS = 1023;
/** The goal: 50 ms of a core at 160 MHz, one instruction a cycle, for a frame of 32 octets in MCS 0. */
const BUDGET_INSTRUCTIONS = 8_000_000;
const BUDGET_MS = 50;

/** @returns what is held to the baseline */
export async function benchLight(timeMs: number): Promise<Measured | undefined> {
  await inV8(timeMs);
  const measured = await onDevice();
  flicker();
  return measured;
}

async function inV8(timeMs: number): Promise<void> {
  const bench = new Bench({ time: timeMs / MCS_TABLE.length, warmupTime: timeMs / 4 / MCS_TABLE.length });
  for (let mcs = 0; mcs < MCS_TABLE.length; mcs++) {
    const encoder = new VlcEncoder({ mcs });
    const psdu = Uint8Array.from({ length: LONGEST_OCTETS }, (_, i) => (i * 73) & 0xff);
    frameCheck(encoder.profile).append(psdu, LONGEST_OCTETS - 2);
    bench.add(`${mcs}`, () => void encoder.encode(psdu, LONGEST_OCTETS));
  }
  await bench.run();
  table(
    "A frame of 1,023 octets, encoded in V8, beside its time on the air (goal: 100 times faster at MCS 8)",
    ["MCS", "on the air, ms", "encoded in, ms", "faster by"],
    bench.tasks.map((task, mcs) => {
      const profile = profileFor(mcs);
      const airMs = (frameSymbols(profile, mcs, LONGEST_OCTETS) * 1000) / profile.clockHz;
      const result = task.result as unknown as { latency: { p50: number } };
      const ms = result.latency.p50;
      return [`${mcs}`, airMs.toFixed(1), ms.toFixed(4), `${count(Math.round(airMs / ms))} times`];
    }),
  );
}

type Cost = { readonly units: number; readonly instructions: number };
type Costs = ReadonlyMap<string, Cost>;

/** @returns XS units for the baseline; undefined where XS is not there */
async function onDevice(): Promise<Measured | undefined> {
  const availability = xsAvailability();
  if (!availability.ok) {
    process.stdout.write(`light in XS is skipped: ${availability.reason}\n`);
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), "argand-bench-"));
  try {
    const bundle = join(folder, "light.js");
    await bundleForXs({ entry: fileURLToPath(new URL("./light-guest.ts", import.meta.url)), outfile: bundle });
    const costs = await costsOn(await buildXs({}), bundle);
    const cpu = cpuAvailability();
    if (!cpu.ok) process.stdout.write(`RV32 is skipped: ${cpu.reason}; get it with: ${cpu.install}\n`);
    sayCosts(costs, cpu.ok ? await costsOn(await buildXs({ cpu: "rv32" }), bundle) : undefined);
    return {
      "32 octets of light in MCS 0": costs.get("header 0")!.units,
      "a beacon of light in MCS 4": costs.get("beacon 4")!.units,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function costsOn(host: XsHost, bundle: string): Promise<Costs> {
  const costs = new Map<string, Cost>();
  await runXs({
    host,
    bundle,
    onPrint: (line) => {
      const [what, mcs, units, instructions] = line.split(" ");
      costs.set(`${what} ${mcs}`, { units: Number(units), instructions: Number(instructions) });
    },
  });
  return costs;
}

function sayCosts(costs: Costs, onCpu: Costs | undefined): void {
  const cell = (key: string) => {
    const units = count(costs.get(key)!.units);
    return onCpu === undefined ? units : `${units} (${count(onCpu.get(key)!.instructions)})`;
  };
  table(
    "Light in XS 13.3: a frame of 32 octets, and an id beacon of 9; in brackets RV32 instructions",
    ["MCS", "frame, units", "with a new header", "chips for SPI", "beacon"],
    MCS_TABLE.map((_, mcs) => [
      `${mcs}`,
      ...["frame", "header", "chips", "beacon"].map((what) => cell(`${what} ${mcs}`)),
    ]),
  );
  if (onCpu === undefined) return;
  const worst = onCpu.get("header 0")!.instructions;
  process.stdout.write(
    `32 octets in MCS 0, header included: ${count(worst)} instructions, ${((worst * BUDGET_MS) / BUDGET_INSTRUCTIONS).toFixed(1)} ms at 160 MHz, ` +
      `one instruction a cycle, flash cache hits assumed (goal: ${BUDGET_MS} ms, ${count(BUDGET_INSTRUCTIONS)})\n`,
  );
  if (worst > BUDGET_INSTRUCTIONS) process.exitCode = 1;
}

function flicker(): void {
  const rows = [
    [8, 0.7, false],
    [8, 0.7, true],
    [5, 0.7, false],
    [5, 0.3, false],
    [4, 0.5, true],
  ] as const;
  table(
    "Flicker of a lamp that sends 10 beacons a second: any 5 ms (goal: within 1 % of the level in coded part and idle together)",
    ["MCS", "level", "what is looked at", "mean light", "farthest 5 ms mean", "percent flicker at 3 kHz"],
    rows.map(([mcs, level, preambles]) => {
      const meter = meterOf(mcs, level, preambles);
      return [
        `${mcs}`,
        `${level}`,
        preambles ? "preamble, coded part, idle" : "coded part, idle",
        meter.mean.toFixed(4),
        `${(100 * meter.worst).toFixed(2)} %`,
        `${meter.percentFlicker.toFixed(1)} %`,
      ];
    }),
  );
}

function meterOf(mcs: number, level: number, preambles: boolean): FlickerMeter {
  const wave = new LightWave({ preambles });
  const profile = { ...profileFor(mcs), duty: mcs < 5 ? 0.5 : level };
  const transmitter = new VlcTransmitter({ light: { io: wave.LightEmitter, pin: 4 }, id: 3, mcs, profile, level });
  wave.rest(10_000);
  for (let nowUs = 0; nowUs < 1_000_000; nowUs += 100_000) {
    transmitter.beaconDue();
    transmitter.pump(nowUs);
    wave.rest(95_000);
  }
  const meter = new FlickerMeter(level, wave.hz);
  wave.each((chip) => meter.chip(chip));
  return meter;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await benchLight(2_000);
