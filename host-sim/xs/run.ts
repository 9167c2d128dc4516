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
  /** Of this machine's processor, from the process's start to its end; 0 on RV32IMAC. */
  readonly cpuSeconds: number;
  /** Byte code and symbol strings of the program, which lie in flash on a device. */
  readonly codeBytes: number;
  readonly symbolBytes: number;
  /** Who allocated while `host.trace` was on: the innermost functions, callee first. */
  readonly trace: readonly XsAllocation[];
  /** What was alive at the last `host.collect`, by class; empty without one. */
  readonly classes: readonly XsClass[];
};

/** Objects of one constructor; closures' scopes and what belongs to no object have a line each. */
export type XsClass = {
  readonly name: string;
  readonly objects: number;
  readonly slots: number;
  readonly chunkBytes: number;
};

export type XsAllocation = {
  /** What `host.trace` was called with. */
  readonly phase: number;
  readonly part: number;
  readonly callers: string;
  readonly slots: number;
  readonly chunks: number;
  readonly chunkBytes: number;
  /** What of it is left after the last `host.collect`. */
  readonly liveSlots: number;
  readonly liveChunkBytes: number;
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
  readonly memory?: XsMemory | XsArena;
  /** A program for a machine of its own, on ROM as a device has it. Memory and report are then that machine's. */
  readonly gateway?: string;
  /** Only the program's sizes are wanted. */
  readonly parseOnly?: boolean;
  /** With `parseOnly`: its byte code, one line for each code (host/listing.c). */
  readonly listFile?: string;
};

/** Sizes to begin with. With `fixed` they are all there is. */
export type XsMemory = {
  readonly chunkBytes: number;
  readonly heapSlots: number;
  readonly stackSlots: number;
  readonly fixed: boolean;
};

/** One fixed arena for slots, chunks and the stack; only with `gateway`. */
export type XsArena = { readonly staticBytes: number; readonly stackSlots: number };

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
  if (options.parseOnly === true) list.push("--parse");
  if (options.listFile !== undefined) list.push("--list", resolvePath(options.listFile));
  if (options.input !== undefined) list.push("--input", inputFile);
  if (options.outputFile !== undefined) list.push("--output", resolvePath(options.outputFile));
  if (options.meterLimit !== undefined) list.push("--meter-limit", String(options.meterLimit));
  if (memory !== undefined) list.push(...memoryArguments(memory));
  if (options.gateway !== undefined) list.push("--gateway", resolvePath(options.gateway));
  return [...list, resolvePath(options.bundle)];
}

function memoryArguments(memory: XsMemory | XsArena): string[] {
  const stack = ["--stack", String(memory.stackSlots)];
  if ("staticBytes" in memory) return ["--static", String(memory.staticBytes), ...stack];
  const sizes = ["--chunk", String(memory.chunkBytes), "--heap", String(memory.heapSlots), ...stack];
  return memory.fixed ? [...sizes, "--fixed"] : sizes;
}

export type XsSizes = { readonly codeBytes: number; readonly symbolBytes: number };

/** Byte code and symbol strings of a program, which is not run. */
export async function measureXs(host: XsHost, bundle: string): Promise<XsSizes> {
  const { codeBytes, symbolBytes } = await runXs({ host, bundle, parseOnly: true });
  return { codeBytes, symbolBytes };
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
