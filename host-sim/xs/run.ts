/** Runs one bundled program in XS, in a process of its own, and reads what it cost. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve as resolvePath } from "node:path";
import { createInterface } from "node:readline";
import type { XsHost } from "./build";
import { XsError, XsRunError } from "./error";
import { rv32Command } from "./qemu";

export { XsBuildError, XsError, XsRunError } from "./error";

/** What a run cost. Equal on every machine, but for the sizes that depend on `slotBytes`. */
export type XsReport = {
  /** XS units: byte codes, and what built-in functions count for. */
  readonly meter: number;
  /** 16 with 32 bits, as on a device; 32 with 64 bits. */
  readonly slotBytes: number;
  /** Most slots in use between two collections; what the collector let stand counts too. */
  readonly peakSlots: number;
  readonly peakChunkBytes: number;
  readonly peakStackSlots: number;
  readonly peakParserBytes: number;
  readonly collections: number;
  readonly keys: number;
  /** RV32IMAC instructions from the parsed program's first byte code to its end; 0 on a PC, which counts none. */
  readonly instructions: number;
};

export type XsRunOptions = {
  readonly host: XsHost;
  /** A script that `bundleForXs` made. */
  readonly bundle: string;
  /** What `host.input()` gives the program. */
  readonly input?: Uint8Array;
  /** Where `host.write` writes. */
  readonly outputFile?: string;
  /** Each line of `host.print`. */
  readonly onPrint?: (line: string) => void;
  /** Ends the program when it has used that many units. */
  readonly meterLimit?: number;
  /** Sizes to begin with. With `fixed` they are all there is. */
  readonly memory?: {
    readonly chunkBytes: number;
    readonly heapSlots: number;
    readonly stackSlots: number;
    readonly fixed: boolean;
  };
};

/** @throws XsRunError when the program did not end well; XsError when it could not be started */
export async function runXs(options: XsRunOptions): Promise<XsReport> {
  const folder = mkdtempSync(join(tmpdir(), "argand-xs-run-"));
  try {
    // Names within the run's folder: how long a machine's temporary paths are costs instructions.
    const reportFile = join(folder, "report.json");
    if (options.input !== undefined) writeFileSync(join(folder, "input.bin"), options.input);
    const list = argumentsFor(options, "report.json", "input.bin");
    const { exitCode, signal, errors } = await execute(options, list, folder);
    if (signal !== null) throw new XsError("killed", `the XS process was ended by ${signal}${errors && `: ${errors}`}`);
    if (exitCode !== 0) throw new XsRunError(exitCode, errors);
    if (!existsSync(reportFile)) throw new XsError("report", "the XS process left no report");
    return JSON.parse(readFileSync(reportFile, "utf8")) as XsReport;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function argumentsFor(options: XsRunOptions, reportFile: string, inputFile: string): string[] {
  const { memory } = options;
  const list = ["--report", reportFile];
  if (options.input !== undefined) list.push("--input", inputFile);
  if (options.outputFile !== undefined) list.push("--output", resolvePath(options.outputFile));
  if (options.meterLimit !== undefined) list.push("--meter-limit", String(options.meterLimit));
  if (memory !== undefined) {
    list.push("--chunk", String(memory.chunkBytes), "--heap", String(memory.heapSlots));
    list.push("--stack", String(memory.stackSlots));
    if (memory.fixed) list.push("--fixed");
  }
  return [...list, resolvePath(options.bundle)];
}

type Ending = { readonly exitCode: number; readonly signal: string | null; readonly errors: string };

function execute(options: XsRunOptions, list: readonly string[], cwd: string): Promise<Ending> {
  const { cpu, path } = options.host;
  const [program, words] = cpu === "rv32" ? rv32Command(path, list) : [path, list];
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { cwd, stdio: ["ignore", "pipe", "pipe"] });
    // A simulator that is interrupted takes its engine with it.
    const end = () => child.kill();
    process.once("exit", end);
    let errors = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      errors = (errors + text).slice(-10_000);
    });
    const lines = createInterface({ input: child.stdout });
    lines.on("line", (line) => options.onPrint?.(line));
    // The reader may still hold lines when the process closes.
    const drained = new Promise<void>((done) => lines.once("close", done));
    child.once("error", (error) => reject(new XsError("start", `XS could not be started: ${error.message}`)));
    child.once("close", (exitCode, signal) => {
      process.off("exit", end);
      void drained.then(() => resolve({ exitCode: exitCode ?? 0, signal, errors: errors.trim() }));
    });
  });
}
