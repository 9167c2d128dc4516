/** `argand budget SITE`: what a site's gateway needs, measured, held against a board. */
import { Command, Option } from "commander";
import { formatDiagnostics, type LoadedSite, loadSite } from "../../manifests/load";
import { BOARDS, type Board, boardNamed } from "../budget/boards";
import { type CodeTable, measureCode, roomsOf } from "../budget/code-table";
import type { Figures } from "../budget/figures";
import { DEFAULT_MEASURE_US, measureBudget } from "../budget/measure";
import { type BudgetResult, budgetObject, describeBudget, describeCode } from "../budget/report";
import { judge } from "../budget/verdict";
import { cpuAvailability } from "../xs/build";
import { XsError } from "../xs/run";
import { parseDurationUs } from "./duration";
import { couldNotRun, ExitCode, wrongInput } from "./exit";
import { bold, Progress, printJson, say, useColour } from "./terminal";

/** Figures are read between slices of the simulation. */
const SLICE_US = 10_000_000;

type BudgetOptions = {
  readonly board?: string;
  readonly for?: string;
  readonly cpu?: boolean;
  readonly traceAllocations?: boolean;
  readonly code?: boolean;
  readonly json?: boolean;
};

export function budgetCommand(): Command {
  const names = BOARDS.map((board) => board.name);
  return new Command("budget")
    .description("Measure what a site needs in the XS engine, and say whether it fits a board.")
    .argument("<site>", "site manifest, YAML or JSON")
    .addOption(new Option("--board <board>", "board to compare with; the site's own when left out").choices(names))
    .option(
      "--for <duration>",
      `virtual time to measure, after a minute of warming up; ${DEFAULT_MEASURE_US / 6e7}m when left out`,
    )
    .option("--cpu", "also count instructions on RV32IMAC, the processor of an ESP32-C6, under qemu")
    .option("--trace-allocations", "for developers: also name the functions that allocate")
    .option("--code", "only the size of the firmware, by module and by room: byte code, texts, symbols")
    .option("--json", "one JSON object on stdout")
    .addHelpText(
      "after",
      `
The gateway runs in an XS machine of its own, its modules in ROM as on a device; the world around it does not count.
Exit code 0: it fits, or is tight. 1: it does not fit.

Examples:
  argand budget manifests/examples/first-light.yaml
  argand budget manifests/examples/first-light.yaml --cpu
  argand budget manifests/examples/first-light.yaml --code
  argand budget manifests/examples/first-light.yaml --board esp32-c3 --for 1m --json`,
    )
    .action(async (path: string, options: BudgetOptions, command: Command) => {
      command.setOptionValue("exitCode", await budget(path, options));
    });
}

async function budget(path: string, options: BudgetOptions): Promise<number> {
  const site = await loadSite(path);
  if (!site.ok) throw wrongInput(formatDiagnostics(site.diagnostics, { colour: useColour }));
  if (options.code === true) return codeTable(site, options);
  const board = boardOf(site, options);
  const figures = await measure(site, board, options);
  const { id, site: name } = site.plan.gateway;
  const result: BudgetResult = {
    site: name,
    gateway: id,
    board,
    figures,
    judgement: judge(figures, board),
  };
  if (options.json === true) printJson(budgetObject(result));
  else for (const line of describeBudget(result)) say(line.startsWith("verdict") ? bold(line) : line);
  return result.judgement.verdict === "does not fit" ? ExitCode.wrongInput : ExitCode.done;
}

async function codeTable(site: LoadedSite, options: BudgetOptions): Promise<number> {
  const progress = new Progress();
  let table: CodeTable;
  try {
    table = await measureCode(site.plan, (text) => progress.show(text));
  } catch (error) {
    throw error instanceof XsError ? couldNotRun(`XS: ${error.message}`) : error;
  } finally {
    progress.clear();
  }
  if (options.json === true) printJson({ ...table, rooms: roomsOf(table.modules) });
  else for (const line of describeCode(table)) say(line);
  return ExitCode.done;
}

function boardOf(site: LoadedSite, options: BudgetOptions): Board {
  const name = options.board ?? site.plan.gateway.board;
  const board = boardNamed(name);
  if (board === undefined)
    throw wrongInput(
      `The site's board is ${name}: its memory grows with the need, so there is no budget to keep. Compare it with a board by ` +
        `--board, one of ${BOARDS.map((known) => known.name).join(", ")}.`,
    );
  return board;
}

async function measure(site: LoadedSite, board: Board, options: BudgetOptions): Promise<Figures> {
  const measureUs = options.for === undefined ? DEFAULT_MEASURE_US : parseDurationUs(options.for, "--for");
  if (measureUs < SLICE_US || measureUs % SLICE_US !== 0)
    throw wrongInput(`--for: "${options.for}" is not a multiple of 10 s`);
  if (options.cpu === true) {
    const availability = cpuAvailability();
    if (!availability.ok) throw couldNotRun(`--cpu: ${availability.reason}; get it with: ${availability.install}`);
  }
  const progress = new Progress();
  try {
    return await measureBudget({
      plan: site.plan,
      board,
      measureUs,
      cpu: options.cpu === true,
      trace: options.traceAllocations === true,
      onProgress: (text) => progress.show(text),
    });
  } catch (error) {
    throw error instanceof XsError ? couldNotRun(`XS: ${error.message}`) : error;
  } finally {
    progress.clear();
  }
}
