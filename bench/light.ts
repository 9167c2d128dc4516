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
import { buildXs, cpuAvailability } from "../host-sim/xs/build";
import { bundleForXs } from "../host-sim/xs/bundle";
import { runXs } from "../host-sim/xs/run";
import { count, table } from "./table";

const LONGEST_OCTETS = 1023;
/** The goal: 50 ms of a core at 160 MHz, one instruction a cycle, for a frame of 32 octets in MCS 0. */
const BUDGET_INSTRUCTIONS = 8_000_000;
const BUDGET_MS = 50;

export async function benchLight(timeMs: number): Promise<void> {
  await inV8(timeMs);
  await onDevice();
  flicker();
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

async function onDevice(): Promise<void> {
  const availability = cpuAvailability();
  if (!availability.ok) {
    process.stdout.write(
      `light on a device is skipped: ${availability.reason}; get it with: ${availability.install}\n`,
    );
    return;
  }
  const costs = new Map<string, Cost>();
  const folder = mkdtempSync(join(tmpdir(), "argand-bench-"));
  try {
    const bundle = join(folder, "light.js");
    await bundleForXs({ entry: fileURLToPath(new URL("./light-guest.ts", import.meta.url)), outfile: bundle });
    await runXs({
      host: await buildXs({ cpu: "rv32" }),
      bundle,
      onPrint: (line) => {
        const [what, mcs, units, instructions] = line.split(" ");
        costs.set(`${what} ${mcs}`, { units: Number(units), instructions: Number(instructions) });
      },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const units = (what: string, mcs: number) => count(Math.round(costs.get(`${what} ${mcs}`)!.units));
  const instructions = (what: string, mcs: number) => count(Math.round(costs.get(`${what} ${mcs}`)!.instructions));
  table(
    "Light in XS 13.3: a frame of 32 octets, and an id beacon of 9; in brackets RV32 instructions",
    ["MCS", "frame, units", "with a new header", "chips for SPI", "beacon"],
    MCS_TABLE.map((_, mcs) => [
      `${mcs}`,
      ...["frame", "header", "chips", "beacon"].map((what) => `${units(what, mcs)} (${instructions(what, mcs)})`),
    ]),
  );
  const worst = costs.get("header 0")!.instructions;
  process.stdout.write(
    `32 octets in MCS 0, header included: ${count(Math.round(worst))} instructions, ${((worst * BUDGET_MS) / BUDGET_INSTRUCTIONS).toFixed(1)} ms at 160 MHz, ` +
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
