/**
 * Builds the XS engine for this PC: sources from the npm package `@agoric/xsnap` (XS 13.3), pinned by its integrity, and
 * the host in host/. The result stays in a cache and is built once for each version of the host.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { XsBuildError } from "./error";
import { cpuAvailability, type XsBits, type XsCpu, xsAvailability } from "./toolchain";

export { cpuAvailability, type XsAvailability, type XsBits, type XsCpu, xsAvailability } from "./toolchain";

const run = promisify(execFile);

const PACKAGE = "@agoric/xsnap@0.15.0";
/** `dist.integrity` of that version: what the registry hands out must be this and nothing else. */
const INTEGRITY = "sha512-ZBm4DZxbtfacxMHVVdJjZi0Y8zOxN77vpu1WwI5RWfPkaRh0aHkz/dVdTGKXalDNzWfz183lljKxlxl3/h0n+A==";

const HOST_FOLDER = fileURLToPath(new URL("./host/", import.meta.url));

export type XsHost = {
  /** Width of a slot's pointer. 32 is what a device has. */
  readonly bits: XsBits;
  /** What runs it: this machine, or qemu's RV32IMAC, which counts instructions (cpu.ts). */
  readonly cpu: XsCpu;
  /** The executable. */
  readonly path: string;
};

export type XsBuildOptions = {
  readonly bits?: XsBits;
  /** `rv32` has 32 bits. */
  readonly cpu?: XsCpu;
  /** Called before each step that takes seconds. */
  readonly onProgress?: (text: string) => void;
  /** Where builds are kept. Default: `ARGAND_CACHE`, or `.cache` at the repository's root. */
  readonly cache?: string;
};

/**
 * @throws XsBuildError when this machine cannot build XS, the package cannot be fetched or is not the pinned one
 */
export async function buildXs(options: XsBuildOptions): Promise<XsHost> {
  const cache = join(options.cache ?? defaultCache(), "xs");
  const cpu = options.cpu ?? "pc";
  // Without a compiler a build made earlier still serves.
  const bits = cpu === "rv32" ? 32 : (options.bits ?? builtBits(cache) ?? availableBits());
  const path = join(folderOf(cache, cpu, bits), "argand-xs");
  if (existsSync(path)) return { bits, cpu, path };
  requireTools(cpu);
  mkdirSync(cache, { recursive: true });
  // Two processes may build at once: each in a folder of its own, and the last rename wins with an equal result.
  const work = mkdtempSync(join(cache, "work-"));
  try {
    options.onProgress?.(`fetching ${PACKAGE}`);
    await fetchSources(work);
    options.onProgress?.(`building XS, ${cpu === "rv32" ? "RV32IMAC" : `${bits} bits`} (about 20 s, once)`);
    await make(work, cpu, bits);
    moveInto(join(work, "build"), folderOf(cache, cpu, bits));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return { bits, cpu, path };
}

function defaultCache(): string {
  return process.env["ARGAND_CACHE"] ?? fileURLToPath(new URL("../../.cache", import.meta.url));
}

/** One folder for each content of host/ and package, so that a changed host is built anew. */
function folderOf(cache: string, cpu: XsCpu, bits: XsBits): string {
  const hash = createHash("sha256").update(INTEGRITY);
  for (const name of readdirSync(HOST_FOLDER).sort()) hash.update(name).update(readFileSync(join(HOST_FOLDER, name)));
  return join(cache, `${hash.digest("hex").slice(0, 16)}-${cpu === "pc" ? bits : cpu}`);
}

function builtBits(cache: string): XsBits | undefined {
  return ([32, 64] as const).find((bits) => existsSync(join(folderOf(cache, "pc", bits), "argand-xs")));
}

function requireTools(cpu: XsCpu): void {
  const xs = xsAvailability();
  const availability = xs.ok && cpu === "rv32" ? cpuAvailability() : xs;
  if (!availability.ok) throw new XsBuildError(`${availability.reason}; get it with: ${availability.install}`);
}

function availableBits(): XsBits {
  const availability = xsAvailability();
  if (!availability.ok) throw new XsBuildError(`${availability.reason}; get it with: ${availability.install}`);
  return availability.bits;
}

async function fetchSources(work: string): Promise<void> {
  try {
    await run("npm", ["pack", PACKAGE, "--pack-destination", work, "--silent"], { cwd: work });
  } catch (error) {
    throw new XsBuildError(`npm could not fetch ${PACKAGE}: ${firstLine(error)}`);
  }
  const tarball = readdirSync(work).find((name) => name.endsWith(".tgz"));
  if (tarball === undefined) throw new XsBuildError(`npm pack ${PACKAGE} left no package behind`);
  const found = `sha512-${createHash("sha512")
    .update(readFileSync(join(work, tarball)))
    .digest("base64")}`;
  if (found !== INTEGRITY)
    throw new XsBuildError(`${PACKAGE} from the registry is not the pinned package: its digest is ${found}`);
  await run("tar", ["-xzf", tarball], { cwd: work });
}

async function make(work: string, cpu: XsCpu, bits: XsBits): Promise<void> {
  try {
    const variables = [
      `CPU=${cpu}`,
      `BITS=${bits}`,
      `XS=${join(work, "package/moddable/xs")}`,
      `OUT=${join(work, "build")}`,
    ];
    await run("make", ["-s", "-j2", "-f", join(HOST_FOLDER, "Makefile"), ...variables], { maxBuffer: 1 << 26 });
  } catch (error) {
    throw new XsBuildError(`XS could not be compiled: ${firstLine(error)}`);
  }
}

function moveInto(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!existsSync(join(to, "argand-xs"))) throw error;
  }
}

function firstLine(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message: string };
  return (stderr?.trim() || message).split("\n")[0];
}
