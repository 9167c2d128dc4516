/** Whether a site fits a board: rules on measured figures, and the reasons that decided. */
import { type Board, memoryOf } from "./boards";
import type { Figures } from "./figures";

export type Verdict = "fits" | "tight" | "does not fit";

export type Judgement = {
  readonly verdict: Verdict;
  /** What stands against a better verdict; for "fits", what was shown. */
  readonly reasons: readonly string[];
};

/** Half of the memory is left for what a board does beside: a second site's features, an update, a long name. */
const COMFORTABLE_SHARE = 1 / 2;
/** Byte code and symbols that the project allows itself. */
const COMFORTABLE_CODE_BYTES = 160 * 1024;
/** ESP-IDF with Wi-Fi, the engine, the SDK's native modules: an estimate, not measured here. */
export const NATIVE_IMAGE_BYTES = 1_572_864;

type Finding = { readonly verdict: Verdict; readonly reason: string };

const ORDER: readonly Verdict[] = ["fits", "tight", "does not fit"];

export function judge(figures: Figures, board: Board): Judgement {
  const findings = [
    judgeRun(figures, board),
    judgeArena(figures, board),
    judgeStack(figures, board),
    judgeAllocation(figures),
    judgeCode(figures, board),
  ];
  const verdict = ORDER[Math.max(...findings.map((finding) => ORDER.indexOf(finding.verdict)))];
  const reasons = findings.filter((finding) => finding.verdict === verdict).map((finding) => finding.reason);
  return { verdict, reasons };
}

function judgeRun(figures: Figures, board: Board): Finding {
  const sizes =
    board.staticBytes > 0
      ? `an arena of ${bytes(board.staticBytes)}`
      : `${bytes(board.chunkBytes)} of chunks, ${count(board.heapSlots)} slots`;
  if (figures.onBoard === "ran")
    return { verdict: "fits", reason: `it ran with the board's own sizes: ${sizes}, ${board.stackSlots} of stack` };
  const reason =
    figures.onBoard === "memory"
      ? `it ran out of memory with the board's own sizes (${sizes}): alive are ${count(figures.liveSlots)} slots and ` +
        `${bytes(figures.liveChunkBytes)} of chunks`
      : `it ran out of stack with the board's ${board.stackSlots} slots`;
  return { verdict: "does not fit", reason };
}

function judgeArena(figures: Figures, board: Board): Finding {
  const memory = memoryOf(board);
  const share = `${Math.round((100 * figures.arenaBytes) / memory)} %`;
  const reason = `the arena of ${bytes(figures.arenaBytes)}${figures.arenaIsEstimate ? " (an estimate)" : ""} is ${share} of the board's ${bytes(memory)}`;
  if (figures.arenaBytes > memory) return { verdict: "does not fit", reason };
  return { verdict: figures.arenaBytes > memory * COMFORTABLE_SHARE ? "tight" : "fits", reason };
}

function judgeStack(figures: Figures, board: Board): Finding {
  const reason = `the stack's peak of ${figures.stackSlots} slots is held against the board's ${board.stackSlots}`;
  return { verdict: figures.stackSlots > board.stackSlots ? "does not fit" : "fits", reason };
}

function judgeAllocation(figures: Figures): Finding {
  const { slotsPerTick, chunksPerTick, collections } = figures;
  if (slotsPerTick === 0 && chunksPerTick === 0)
    return { verdict: "fits", reason: `no tick allocates; ${collections} collections` };
  const each = `${rounded(slotsPerTick)} slots and ${rounded(chunksPerTick)} chunks`;
  return { verdict: "tight", reason: `a tick allocates ${each} on average: ${collections} collections in the time` };
}

function judgeCode(figures: Figures, board: Board): Finding {
  const code = figures.codeBytes + figures.symbolBytes;
  const room = board.appPartitionBytes - NATIVE_IMAGE_BYTES;
  const reason = `byte code and symbols are ${bytes(code)}`;
  if (code > room)
    return { verdict: "does not fit", reason: `${reason}; the partition has ${bytes(room)} for them (an estimate)` };
  if (code > COMFORTABLE_CODE_BYTES)
    return { verdict: "tight", reason: `${reason}; the goal is ${bytes(COMFORTABLE_CODE_BYTES)}` };
  return { verdict: "fits", reason };
}

function bytes(value: number): string {
  return `${count(value)} bytes`;
}

/** 165888 -> "165,888". */
export function count(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ",");
}

function rounded(value: number): string {
  return value.toFixed(value < 0.1 ? 4 : 2);
}
