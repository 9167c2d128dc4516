/**
 * What a site's gateway needs, measured in an XS machine of its own (host-sim/xs/bridge).
 *
 * One run without probes gives the totals, in memory of the board's sizes. One with probes divides them among the parts; what
 * the probes themselves cost is subtracted. More runs search the smallest arena that survives.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Plan } from "../../firmware/plan";
import { type CborValue, encodeDeterministic } from "../../firmware/uplink/cbor/encode";
import { bundleEmptyGateway, bundleGateway, bundleWorld, driversOf } from "../xs/bridge/programs";
import { TracePhase } from "../xs/bridge/protocol";
import { type BridgedRun, runBridged } from "../xs/bridge/run-bridged";
import type { Calibration, Measurement, MeasuringInput } from "../xs/bridge/world-guest";
import { buildXs, type XsHost } from "../xs/build";
import { coreShare } from "../xs/cpu";
import { measureXs, type XsArena, type XsMemory, XsRunError } from "../xs/run";
import { searchArena } from "./arena";
import { type Board, SLOT_BYTES } from "./boards";
import type { CpuFigures, Figures, PartFigures } from "./figures";
import { Part, partNames } from "./parts";
import { probedProgram } from "./probed-program";

export type MeasureOptions = {
  readonly plan: Plan;
  readonly board: Board;
  /** Virtual time before the measuring: connections stand, first readings are through. Whole tens of seconds. */
  readonly warmUpUs?: number;
  readonly measureUs?: number;
  readonly seed?: number;
  /** Says which functions allocate, by parts; one more run. */
  readonly trace?: boolean;
  /** Also counts instructions on RV32IMAC; one more run, and a slow one. */
  readonly cpu?: boolean;
  /** Objects that the world holds beside its own, to show that they do not count. */
  readonly worldBallast?: number;
  readonly onProgress?: (text: string) => void;
};

const DEFAULT_WARM_UP_US = 60_000_000;
export const DEFAULT_MEASURE_US = 600_000_000;
/** Instructions are exact and qemu is slow: less time, in which every device still has its turn. */
const CPU_WARM_UP_US = 20_000_000;
const CPU_MEASURE_US = 20_000_000;
/** The last second that is measured must be over before sampling ends. */
const TAIL_US = 1_000_000;
/** More than any board has: totals of a site that does not fit. */
export const AMPLE: XsMemory = { chunkBytes: 16_000_000, heapSlots: 500_000, stackSlots: 8_192, fixed: true };
/** XS notes the stack's peak when a function returns: it can be a few slots low. */
const STACK_MARGIN_SLOTS = 32;

/** @throws XsError when XS cannot be had, or the program fails for another reason than memory */
export async function measureBudget(options: MeasureOptions): Promise<Figures> {
  const progress = options.onProgress ?? (() => {});
  const host = await buildXs({ onProgress: progress });
  const folder = mkdtempSync(join(tmpdir(), "argand-budget-"));
  try {
    progress("bundling");
    const bench = new Bench(options, host, folder);
    await bench.bundle();
    return await bench.measure(progress);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

class Bench {
  readonly #options: MeasureOptions;
  readonly #host: XsHost;
  readonly #folder: string;
  readonly #drivers: readonly string[];
  readonly #fromUs: number;
  readonly #untilUs: number;

  constructor(options: MeasureOptions, host: XsHost, folder: string) {
    this.#options = options;
    this.#host = host;
    this.#folder = folder;
    this.#drivers = driversOf(options.plan);
    this.#fromUs = options.warmUpUs ?? DEFAULT_WARM_UP_US;
    this.#untilUs = this.#fromUs + (options.measureUs ?? DEFAULT_MEASURE_US);
  }

  async bundle(): Promise<void> {
    const { plan, trace } = this.#options;
    await Promise.all([
      bundleGateway(plan, this.#path("gateway")),
      bundleGateway(plan, this.#path("probed"), probedProgram()),
      bundleEmptyGateway(this.#path("empty")),
      bundleWorld(plan, this.#path("world")),
      ...(trace === true
        ? [
            bundleGateway(plan, this.#path("traced"), { ...probedProgram(), rewrite: withNamedMethods }),
            bundleGateway(plan, this.#path("named"), { rewrite: withNamedMethods }),
          ]
        : []),
    ]);
  }

  async measure(progress: (text: string) => void): Promise<Figures> {
    progress("running the site in the board's memory");
    const [{ run, onBoard }, probed, whole, empty] = await Promise.all([
      this.#runOnBoard(),
      this.#runProbed("probed", false),
      measureXs(this.#host, this.#path("gateway")),
      measureXs(this.#host, this.#path("empty")),
    ]);
    const total = run.measurement!;
    const parts = partFigures(partNames(this.#drivers), probed);
    progress("searching the smallest arena");
    const arena = await this.#smallestArena(total);
    const ticks = this.#ticks(run.summary.missedTicks);
    return {
      virtualSeconds: total.virtualSeconds,
      samples: total.samples,
      ticks,
      batches: total.batches,
      unitsPerSample: total.used.units / total.samples,
      unitsPerSecond: total.used.units / total.virtualSeconds,
      pathUnitsPerSample: parts[Part.loop].unitsPerSample + parts[Part.encoder].unitsPerSample,
      slotsPerTick: total.used.slots / ticks,
      chunksPerTick: total.used.chunks / ticks,
      chunkBytesPerTick: total.used.chunkBytes / ticks,
      collections: total.used.collections,
      arenaBytes: arena,
      arenaIsEstimate: this.#host.bits !== 32,
      liveSlots: total.liveSlots,
      liveChunkBytes: total.liveChunkBytes,
      stackSlots: total.stackPeak,
      codeBytes: whole.codeBytes - empty.codeBytes,
      symbolBytes: whole.symbolBytes - empty.symbolBytes,
      onBoard,
      bits: this.#host.bits,
      parts,
      ...(this.#options.cpu === true ? await this.#instructions(progress) : {}),
      ...(this.#options.trace === true ? await this.#traces(progress) : {}),
    };
  }

  #path(name: string): string {
    return join(this.#folder, `${name}.js`);
  }

  #input(untilUs: number, more: Partial<MeasuringInput>): MeasuringInput {
    const { plan, seed, worldBallast } = this.#options;
    const simulation = encodeDeterministic({
      plan: encodeDeterministic(plan as unknown as CborValue),
      scenario: null,
      seed: seed ?? 1,
      durationUs: untilUs + TAIL_US,
      replay: null,
    });
    return {
      simulation,
      fromUs: this.#fromUs,
      untilUs,
      parts: 0,
      trace: false,
      ballast: worldBallast ?? 0,
      ...more,
    };
  }

  #run(name: string, memory: XsMemory | XsArena, input: MeasuringInput): Promise<BridgedRun> {
    return runBridged({
      host: this.#host,
      gateway: this.#path(name),
      world: this.#path("world"),
      folder: this.#folder,
      memory,
      input,
    });
  }

  /** In the board's own sizes if that can be; elsewhere, to know by how much it cannot. */
  async #runOnBoard(): Promise<{ run: BridgedRun; onBoard: Figures["onBoard"] }> {
    const input = this.#input(this.#untilUs, {});
    const memory = boardMemory(this.#options.board, this.#host.bits);
    try {
      return { run: await this.#run("gateway", memory, input), onBoard: "ran" };
    } catch (error) {
      const lack = lackOf(error);
      if (lack === undefined) throw error;
      return { run: await this.#run("gateway", AMPLE, input), onBoard: lack };
    }
  }

  #runProbed(name: string, trace: boolean): Promise<BridgedRun> {
    return this.#run(name, AMPLE, this.#input(this.#untilUs, { parts: partNames(this.#drivers).length, trace }));
  }

  /** The arena holds the stack too: as much of it as the run used, and the margin. */
  async #smallestArena(total: Measurement): Promise<number> {
    const stackSlots = roundUp(total.stackPeak + STACK_MARGIN_SLOTS, STACK_MARGIN_SLOTS);
    const slotBytes = this.#host.bits === 32 ? SLOT_BYTES : 2 * SLOT_BYTES;
    const live = (total.liveSlots + stackSlots) * slotBytes + total.liveChunkBytes;
    const peakSlots = new Map<number, number>();
    const survives = async (bytes: number, untilUs: number): Promise<boolean> => {
      try {
        const arena = { staticBytes: bytes, stackSlots };
        const { report } = await this.#run("gateway", arena, this.#input(untilUs, {}));
        peakSlots.set(bytes, report.peakSlots);
        return true;
      } catch (error) {
        if (lackOf(error) === undefined) throw error;
        return false;
      }
    };
    const bytes = await searchArena(live, {
      survivesStart: (size) => survives(size, this.#fromUs + 10_000_000),
      survives: (size) => survives(size, this.#untilUs),
    });
    // With 64 bits slots are twice as large as a device's; chunks are not smaller than there.
    return this.#host.bits === 32 ? bytes : bytes - (peakSlots.get(bytes)! + stackSlots) * SLOT_BYTES;
  }

  #ticks(missed: number): number {
    return (this.#ticksPerSecond * (this.#untilUs - this.#fromUs)) / 1_000_000 - missed;
  }

  get #ticksPerSecond(): number {
    return this.#options.plan.devices.reduce((sum, device) => sum + 1000 / device.everyMs, 0);
  }

  /** What the gateway's machine executes on RV32IMAC, the world's machine not counted. */
  async #instructions(progress: (text: string) => void): Promise<CpuFigures> {
    const host = await buildXs({ cpu: "rv32", onProgress: progress });
    progress("counting instructions under qemu");
    const { measurement } = await runBridged({
      host,
      gateway: this.#path("gateway"),
      world: this.#path("world"),
      folder: this.#folder,
      memory: AMPLE,
      input: this.#input(CPU_WARM_UP_US + CPU_MEASURE_US, { fromUs: CPU_WARM_UP_US }),
    });
    const { used, samples, virtualSeconds } = measurement!;
    return {
      instructionsPerSample: used.instructions / samples,
      instructionsPerTick: used.instructions / (this.#ticksPerSecond * virtualSeconds),
      coreShare: coreShare(used.instructions / virtualSeconds),
    };
  }

  /** Probes are objects too: what is alive is traced without them. */
  async #traces(progress: (text: string) => void): Promise<Pick<Figures, "allocations" | "alive" | "classes">> {
    progress("tracing allocations");
    const names = partNames(this.#drivers);
    const [probed, plain] = await Promise.all([
      this.#runProbed("traced", true),
      this.#run("named", AMPLE, this.#input(this.#untilUs, { trace: true })),
    ]);
    return {
      allocations: [...probed.report.trace].sort(bySize).map(({ phase, part, callers, slots, chunkBytes }) => ({
        measured: phase === TracePhase.measured,
        part: names[part],
        callers,
        slots,
        chunkBytes,
      })),
      alive: plain.report.trace
        .filter(({ liveSlots }) => liveSlots > 0)
        .map(({ callers, liveSlots, liveChunkBytes }) => ({ callers, slots: liveSlots, chunkBytes: liveChunkBytes }))
        .sort(bySize),
      classes: [...plain.report.classes].sort(bySize),
    };
  }
}

/** Private methods have no name in XS: for a trace they are given one that can be read. */
function withNamedMethods(source: string): string {
  return source.replace(/#([a-z]\w*)/g, "private_$1");
}

type Sized = { readonly slots: number; readonly chunkBytes: number };

function bySize(a: Sized, b: Sized): number {
  return b.slots * SLOT_BYTES + b.chunkBytes - (a.slots * SLOT_BYTES + a.chunkBytes);
}

/** With 64 bits slots take twice the room, and an arena that holds any is made twice as large. */
function boardMemory(board: Board, bits: number): XsMemory | XsArena {
  const { chunkBytes, heapSlots, stackSlots } = board;
  const staticBytes = board.staticBytes * (bits / 32);
  return staticBytes > 0 ? { staticBytes, stackSlots } : { chunkBytes, heapSlots, stackSlots, fixed: true };
}

/** What a run ended for want of; `undefined` when it ended for another reason. */
function lackOf(error: unknown): "memory" | "stack" | undefined {
  const code = error instanceof XsRunError ? error.code : undefined;
  return code === "memory" || code === "stack" ? code : undefined;
}

export function partFigures(names: readonly string[], run: BridgedRun): PartFigures[] {
  const { parts, partsBefore, samples, virtualSeconds } = run.measurement!;
  return names.map((name, i) => {
    const units = parts[i].units - priceOf(parts[i], run.calibration!);
    return {
      name,
      unitsPerSample: units / samples,
      unitsPerSecond: units / virtualSeconds,
      slotsPerSecond: parts[i].slots / virtualSeconds,
      chunkBytesPerSecond: parts[i].chunkBytes / virtualSeconds,
      startSlots: partsBefore[i].slots,
      startChunkBytes: partsBefore[i].chunkBytes,
    };
  });
}

/** What the probes on a part's bounds cost it. */
function priceOf(part: Measurement["parts"][number], calibration: Calibration): number {
  return part.entries * calibration.inside + part.exits * calibration.outside;
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}
