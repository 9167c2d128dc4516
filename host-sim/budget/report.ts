/** A budget for people, and as one object for machines. Lines of at most 100 columns. */

import { CPU_ASSUMPTION } from "../xs/cpu";
import type { XsClass } from "../xs/run";
import { type Board, memoryOf, SLOT_BYTES } from "./boards";
import { type CodeTable, roomsOf } from "./code-table";
import type { Figures, PartFigures } from "./figures";
import { count, type Judgement } from "./verdict";

export type BudgetResult = {
  readonly site: string;
  readonly gateway: string;
  readonly board: Board;
  readonly figures: Figures;
  readonly judgement: Judgement;
};

const COLUMNS = 100;
const TRACE_LINES = 25;

export function budgetObject(result: BudgetResult): object {
  const { site, gateway, board, figures, judgement } = result;
  const { codeBytes, symbolBytes, ...rest } = figures;
  return {
    site,
    gateway,
    board: board.name,
    boardBytes: memoryOf(board),
    ...judgement,
    ...rest,
    codeBytes: codeBytes + symbolBytes,
    byteCodeBytes: codeBytes,
    symbolBytes,
  };
}

export function describeBudget(result: BudgetResult): string[] {
  const { figures, board, judgement } = result;
  const lines = [
    `${result.gateway} on ${board.name}`,
    `${count(figures.samples)} samples in ${count(figures.virtualSeconds)} virtual seconds, XS with ${figures.bits} bits`,
    "",
    ...partTable(figures.parts, figures),
    "",
    ...factLines(figures, board),
  ];
  if (figures.allocations !== undefined) {
    const measured = figures.allocations.filter((allocation) => allocation.measured);
    const before = figures.allocations.filter((allocation) => !allocation.measured);
    lines.push("", ...traceLines("allocated in the measured time", measured));
    lines.push("", ...traceLines("allocated before it", before));
  }
  if (figures.alive !== undefined)
    lines.push("", ...traceLines("alive after a full collection at the end", figures.alive));
  if (figures.classes !== undefined) lines.push("", ...classLines(figures.classes));
  lines.push("", `verdict: ${judgement.verdict}`);
  for (const reason of judgement.reasons) lines.push(...wrapped(reason, "  because ", "    "));
  return lines;
}

/** Byte code, texts and symbols by module, and what they come to. */
export function describeCode({ modules, sharedSymbolBytes, codeBytes, symbolBytes }: CodeTable): string[] {
  const columns = (name: string, cells: readonly (string | number)[]) =>
    name.slice(0, 47).padEnd(48) +
    cells.map((cell) => (typeof cell === "number" ? count(cell) : cell).padStart(12)).join("");
  return [
    columns("module", ["byte code", "of it texts", "own symbols"]),
    ...modules.map(({ module, ...one }) => columns(module, [one.codeBytes, one.textBytes, one.symbolBytes])),
    columns("symbols of several modules", ["", "", sharedSymbolBytes]),
    "",
    columns("room", ["byte code", "of it texts", "own symbols"]),
    ...roomsOf(modules).map(({ module, ...one }) => columns(module, [one.codeBytes, one.textBytes, one.symbolBytes])),
    "",
    fact(
      "byte code, symbols",
      `${count(codeBytes)} + ${count(symbolBytes)} = ${count(codeBytes + symbolBytes)} bytes, as shipped`,
    ),
    "(own and shared symbols hold a few that the bridge has as well; with marks for lines some branches are a byte longer)",
  ];
}

const HEADS = ["part", "units/sample", "units/s", "slots/s", "bytes/s", "start slots", "start bytes"] as const;
const WIDTHS = [20, 14, 12, 10, 10, 14, 14] as const;

function partTable(parts: readonly PartFigures[], figures: Figures): string[] {
  const lines = [row(HEADS)];
  for (const part of parts)
    lines.push(
      row([
        part.name,
        part.unitsPerSample.toFixed(1),
        count(part.unitsPerSecond),
        part.slotsPerSecond.toFixed(2),
        part.chunkBytesPerSecond.toFixed(1),
        count(part.startSlots),
        count(part.startChunkBytes),
      ]),
    );
  const perSecond = figures.ticks / figures.virtualSeconds;
  lines.push(
    row([
      "whole gateway",
      figures.unitsPerSample.toFixed(1),
      count(figures.unitsPerSecond),
      (figures.slotsPerTick * perSecond).toFixed(2),
      (figures.chunkBytesPerTick * perSecond).toFixed(1),
    ]),
    "(slots and bytes of chunks that were allocated, collected since or not; start: before the measuring)",
  );
  return lines;
}

function row(cells: readonly string[]): string {
  const [name, ...figures] = cells;
  const first = name.slice(0, WIDTHS[0] - 1).padEnd(WIDTHS[0]);
  return first + figures.map((cell, i) => cell.padStart(WIDTHS[i + 1])).join("");
}

function factLines(figures: Figures, board: Board): string[] {
  const live = figures.liveSlots * SLOT_BYTES;
  const estimate = figures.arenaIsEstimate ? ", an estimate: XS was built with 64 bits" : "";
  const ample = figures.onBoard === "ran" ? "" : ", in more memory than the board has";
  return [
    fact("sample's path", `${figures.pathUnitsPerSample.toFixed(1)} units a sample (loop and encoder)`),
    fact("smallest arena", `${count(figures.arenaBytes)} bytes of ${count(memoryOf(board))}${estimate}`),
    fact(
      "  alive in it",
      `${count(figures.liveSlots)} slots (${count(live)} bytes), ${count(figures.liveChunkBytes)} bytes of chunks`,
    ),
    fact("stack", `${figures.stackSlots} slots of ${board.stackSlots}`),
    fact("byte code, symbols", `${count(figures.codeBytes)} + ${count(figures.symbolBytes)} bytes`),
    fact("per tick", `${perTick(figures.slotsPerTick)} slots, ${perTick(figures.chunksPerTick)} chunks`),
    fact("collections", `${figures.collections} in ${count(figures.virtualSeconds)} virtual seconds${ample}`),
    ...cpuLines(figures),
  ];
}

function cpuLines({ instructionsPerSample, instructionsPerTick, coreShare }: Figures): string[] {
  if (instructionsPerSample === undefined || instructionsPerTick === undefined || coreShare === undefined) return [];
  const share = (100 * coreShare).toFixed(2);
  return [
    fact("instructions", `${count(instructionsPerSample)} a sample, ${count(instructionsPerTick)} a tick (RV32IMAC)`),
    fact("share of a core", `${share} % (${CPU_ASSUMPTION})`),
  ];
}

function fact(name: string, value: string): string {
  return `${name.padEnd(20)}${value}`;
}

function perTick(value: number): string {
  return value === 0 ? "0" : value.toFixed(4);
}

type Traced = { readonly part?: string; readonly callers: string; readonly slots: number; readonly chunkBytes: number };

function traceLines(title: string, allocations: readonly Traced[]): string[] {
  const lines = [`${title} (slots, bytes of chunks, innermost functions)`];
  for (const { part, callers, slots, chunkBytes } of allocations.slice(0, TRACE_LINES)) {
    const who = part === undefined ? callers : `${part}: ${callers}`;
    lines.push(`${count(slots).padStart(8)} ${count(chunkBytes).padStart(9)}  ${who}`.slice(0, COLUMNS));
  }
  if (allocations.length > TRACE_LINES) lines.push(`  and ${allocations.length - TRACE_LINES} more`);
  return lines;
}

/** All of it: what is alive must be accounted for. */
function classLines(classes: readonly XsClass[]): string[] {
  const lines = ["the same by class (slots, bytes of chunks, objects)"];
  for (const { name, objects, slots, chunkBytes } of classes)
    lines.push(`${count(slots).padStart(8)} ${count(chunkBytes).padStart(9)} ${count(objects).padStart(6)}  ${name}`);
  return lines;
}

/** Breaks a line at its spaces. */
function wrapped(text: string, first: string, indent: string): string[] {
  const lines: string[] = [];
  let line = first.slice(0, -1);
  for (const word of text.split(" ")) {
    if (line.length + 1 + word.length > COLUMNS) {
      lines.push(line);
      line = indent + word;
    } else line = `${line} ${word}`;
  }
  return [...lines, line];
}
