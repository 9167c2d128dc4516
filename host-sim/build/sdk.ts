/** The Moddable SDK on this machine: finds it, runs it, and reads what it made. */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { delimiter } from "node:path";
import { couldNotRun } from "../cli/exit";
import { BUILD_NAME } from "./folder";
import { REPOSITORY } from "./modules";
import type { Target } from "./targets";

/** The version that this was verified with. */
export const VERIFIED_SDK = "8.2.3";

const HOSTS: { readonly [platform: string]: string | undefined } = { linux: "lin", darwin: "mac" };

const INSTALL = `Install the Moddable SDK ${VERIFIED_SDK} or newer and build its tools:
  git clone https://github.com/Moddable-OpenSource/moddable
  export MODDABLE=$PWD/moddable
  on Linux: apt-get install gcc make pkg-config libglib2.0-dev libncurses-dev libasound2-dev
            cd $MODDABLE/build/makefiles/lin && make
See https://www.moddable.com/documentation/Moddable%20SDK%20-%20Getting%20Started`;

export type Sdk = {
  readonly root: string;
  readonly version: string;
  /** Environment for its tools: they and our TypeScript are on the PATH. */
  readonly environment: NodeJS.ProcessEnv;
};

/** @throws {CommandError} that says what to install */
export function findSdk(environment: NodeJS.ProcessEnv = process.env): Sdk {
  const root = environment["MODDABLE"];
  if (root === undefined || root === "")
    throw couldNotRun(`argand build needs the Moddable SDK, but MODDABLE is not set.\n${INSTALL}`);
  if (!existsSync(`${root}/xs/includes/xs.h`))
    throw couldNotRun(`MODDABLE is ${root}, but that is no Moddable SDK.\n${INSTALL}`);
  const host = HOSTS[process.platform];
  if (host === undefined) throw couldNotRun("argand build runs the Moddable SDK on Linux and on macOS only.");
  const tools = `${root}/build/bin/${host}/release`;
  if (!existsSync(`${tools}/mcconfig`))
    throw couldNotRun(`The tools of the Moddable SDK are not built: ${tools}/mcconfig is missing.\n${INSTALL}`);
  const path = [tools, `${REPOSITORY}/node_modules/.bin`, environment["PATH"]].join(delimiter);
  return { root, version: sdkVersion(root), environment: { ...environment, PATH: path } };
}

function sdkVersion(root: string): string {
  const file = `${root}/tools/VERSION`;
  return existsSync(file) ? readFileSync(file, "utf8").trim() : "of unknown version";
}

export type SdkRun = {
  readonly sdk: Sdk;
  readonly target: Target;
  /** Folder with the manifest. */
  readonly folder: string;
  readonly out: string;
  /** `key=value` for the SDK's `mc/config`. */
  readonly config: readonly string[];
  /** Told each line that the tools print. */
  readonly onLine: (line: string) => void;
};

/** Everything: the program, or the image where ESP-IDF is there. */
export async function runWholeBuild(run: SdkRun): Promise<void> {
  const arguments_ = ["-m", "-p", run.target.platform, "-t", "build", "-o", run.out, ...run.config];
  await runTool(run, "mcconfig", arguments_, run.sdk.environment);
}

/**
 * The JavaScript part of an ESP32 build, up to the C source that holds all of it. The SDK's makefile asks the git checkout
 * of ESP-IDF for its version before it makes anything, so an empty repository stands in for it; `sdkconfig.h` is declared
 * to be up to date, because ESP-IDF would make it.
 */
export async function runJavaScriptBuild(run: SdkRun): Promise<void> {
  const standIn = `${run.out}/no-esp-idf`;
  makeStandIn(standIn);
  const environment = { ...run.sdk.environment, IDF_PATH: standIn };
  await runTool(run, "mcconfig", ["-p", run.target.platform, "-o", run.out, ...run.config], environment);
  const temporary = temporaryFolder(run.out, run.target);
  const sdkconfig = `${temporary}/${run.target.idfProject}/build/config/sdkconfig.h`;
  await runTool(run, "make", ["-f", `${temporary}/makefile`, "-o", sdkconfig, `${temporary}/mc.xs.c`], environment);
}

function makeStandIn(folder: string): void {
  if (existsSync(`${folder}/.git`)) return;
  mkdirSync(folder, { recursive: true });
  const git = (...arguments_: string[]) => execFileSync("git", ["-C", folder, ...arguments_], { stdio: "ignore" });
  const author = ["-c", "user.name=argand", "-c", "user.email=argand@localhost", "-c", "commit.gpgsign=false"];
  try {
    git("init", "-q");
    git(...author, "commit", "-q", "--allow-empty", "-m", "stands in for ESP-IDF");
    git("tag", "v6.0");
  } catch (error) {
    throw couldNotRun(`argand build without ESP-IDF needs git, which did not run: ${(error as Error).message}`);
  }
}

const LINES_KEPT = 30;

async function runTool(
  run: SdkRun,
  program: string,
  arguments_: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  const kept: string[] = [];
  let missing: string | undefined;
  const take = (line: string) => {
    if (line.trim() === "") return;
    run.onLine(line);
    kept.push(line);
    if (kept.length > LINES_KEPT) kept.shift();
    // The SDK only warns, and the firmware would end at its first import of that module.
    if (line.includes("no modules match")) missing = line;
  };
  const code = await new Promise<number | null>((done, failed) => {
    const child = spawn(program, arguments_, { cwd: run.folder, env: environment, stdio: ["ignore", "pipe", "pipe"] });
    child.on("error", failed);
    child.on("close", done);
    splitLines(child.stdout, take);
    splitLines(child.stderr, take);
  }).catch((error: Error) => {
    throw couldNotRun(`${program} did not start: ${error.message}`);
  });
  if (missing !== undefined) throw couldNotRun(`${program}: a source of the build is missing: ${missing}`);
  if (code !== 0) throw couldNotRun(`${program} failed (${code}):\n${kept.join("\n")}`);
}

function splitLines(stream: NodeJS.ReadableStream, take: (line: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) take(line);
  });
  stream.on("end", () => take(rest));
}

export function temporaryFolder(out: string, target: Target): string {
  return `${out}/tmp/${target.output}/release/${BUILD_NAME}`;
}

export function programFolder(out: string, target: Target): string {
  return `${out}/bin/${target.output}/release/${BUILD_NAME}`;
}

export type Sizes = {
  /** Slots of the preloaded machine, which lie in flash. */
  readonly romSlots: number;
  readonly byteCodeFiles: number;
  readonly byteCodeBytes: number;
};

export function measure(out: string, target: Target): Sizes {
  const folder = temporaryFolder(out, target);
  const source = readFileSync(`${folder}/mc.xs.c`, "utf8");
  const slots = /#define mxHeapCount (\d+)/.exec(source);
  const byteCode = filesBelow(`${folder}/modules`).filter((path) => path.endsWith(".xsb"));
  return {
    romSlots: slots === null ? 0 : Number(slots[1]),
    byteCodeFiles: byteCode.length,
    byteCodeBytes: byteCode.reduce((sum, path) => sum + statSync(path).size, 0),
  };
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`);
}
