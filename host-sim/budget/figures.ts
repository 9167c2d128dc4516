/** What is measured of a site's gateway. */
import type { XsClass } from "../xs/run";

export type PartFigures = {
  readonly name: string;
  /** Per sample of the whole site. */
  readonly unitsPerSample: number;
  readonly unitsPerSecond: number;
  readonly slotsPerSecond: number;
  readonly chunkBytesPerSecond: number;
  /** Allocated before the measuring began, for good or as garbage: where a site's memory goes. */
  readonly startSlots: number;
  readonly startChunkBytes: number;
};

/** RV32IMAC under qemu, exact; as a share of 160 MHz at one instruction a cycle. Of the whole gateway. */
export type CpuFigures = {
  readonly instructionsPerSample: number;
  /** A tick is an acquisition of one device. */
  readonly instructionsPerTick: number;
  readonly coreShare: number;
};

export type Figures = Partial<CpuFigures> & {
  readonly virtualSeconds: number;
  readonly samples: number;
  /** Acquisitions of all devices: their periods in the measured time, less the missed ones. */
  readonly ticks: number;
  readonly batches: number;
  /** XS units of the whole gateway. */
  readonly unitsPerSample: number;
  readonly unitsPerSecond: number;
  /** Loop and encoder alone: without reading the parts, without the uplink. */
  readonly pathUnitsPerSample: number;
  readonly slotsPerTick: number;
  readonly chunksPerTick: number;
  readonly chunkBytesPerTick: number;
  /** With the board's own sizes, or in ample memory where it did not run with those. */
  readonly collections: number;
  /** Smallest arena for slots, chunks and stack together that survives from the start to the end of the measuring. */
  readonly arenaBytes: number;
  /** Without 32 bits the arena is an estimate, and an upper one. */
  readonly arenaIsEstimate: boolean;
  /** What stays after a full collection. */
  readonly liveSlots: number;
  readonly liveChunkBytes: number;
  /** Peak of the stack, in slots. */
  readonly stackSlots: number;
  /** Byte code of firmware and drivers, and their symbol strings. */
  readonly codeBytes: number;
  readonly symbolBytes: number;
  /** Whether the run ended well with the board's own sizes, or what it lacked. */
  readonly onBoard: "ran" | "memory" | "stack";
  readonly bits: number;
  readonly parts: readonly PartFigures[];
  /** Largest first. */
  readonly allocations?: readonly Allocation[];
  /** Largest first. */
  readonly alive?: readonly Holding[];
  /** The same by class: together all that is alive. Largest first. */
  readonly classes?: readonly XsClass[];
};

export type Allocation = {
  /** In the measured time, or before it. */
  readonly measured: boolean;
  readonly part: string;
  /** Innermost function first. */
  readonly callers: string;
  readonly slots: number;
  readonly chunkBytes: number;
};

/** What is left of the allocations of some functions after a full collection at the end. */
export type Holding = {
  /** Innermost function first. */
  readonly callers: string;
  readonly slots: number;
  /** Of the chunks that these slots hold. */
  readonly chunkBytes: number;
};
