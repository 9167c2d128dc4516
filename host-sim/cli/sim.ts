/**
 * `argand sim SITE`: a site in a simulated world, in real time or in virtual time. What only some runs need (sockets, brokers, XS) is
 * loaded by those.
 */
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command, Option } from "commander";
import type { Plan } from "../../firmware/plan";
import { encodeDeterministic } from "../../firmware/uplink/cbor/encode";
import type { FirmataProvider } from "../../hal/firmata/provider";
import { formatDiagnostics, type LoadedSite, loadScenario, loadSite } from "../../manifests/load";
import { pemOf } from "../collect/key-ring";
import { type EngineRun, runInV8 } from "../engine-v8";
import type { LiveOptions } from "../live/live";
import { type GatewayState, openState } from "../live/state";
import { simulatedSigner } from "../simulated-key";
import { DEFAULT_EPOCH_MS } from "../world/clock";
import { simulatedSecrets } from "../world/gateway-box";
import type { ScenarioPlan } from "../world/scenario-plan";
import type { SimulationInput } from "../world/simulation";
import { XsError } from "../xs/error";
import { parseBrokerUrl } from "./broker-url";
import { secretsFor } from "./credentials";
import type { Detection, Recorded } from "./detection";
import { describeDetection } from "./detection-report";
import { formatSeconds, parseDurationUs } from "./duration";
import { couldNotRun, ExitCode, wrongInput } from "./exit";
import { parseFirmataAddress } from "./firmata-address";
import { loadLabel, loadReplay, type ReplayInput } from "./replay-file";
import { describeRun } from "./run-report";
import { Progress, printJson, say, useColour } from "./terminal";

const DEFAULT_SITE = fileURLToPath(new URL("../../manifests/examples/first-light.yaml", import.meta.url));
const DEFAULT_SEED = "1";

export type SimOptions = {
  virtual?: boolean;
  for?: string;
  engine: "v8" | "xs";
  seed: string;
  scenario?: string;
  replay?: string;
  map: string[];
  label?: string;
  seam?: string;
  broker?: string;
  firmata?: string;
  credentials?: string;
  state?: string;
  out?: string;
  json?: boolean;
};

export function simCommand(): Command {
  return new Command("sim")
    .description("Run a site in a simulated world: real time with a live view, or virtual time as fast as it goes.")
    .argument("[site]", "site manifest; the first-light example when left out")
    .option("--virtual", "virtual time: as fast as the engine goes, then exit")
    .option("--for <duration>", "how long to sample, for example 10m; a recording's length, or until Ctrl-C")
    .addOption(new Option("--engine <engine>", "JavaScript engine").choices(["v8", "xs"]).default("v8"))
    .option("--seed <number>", "seed of all chance in the world", DEFAULT_SEED)
    .option("--scenario <file>", "what happens in the world; the one that the site names when left out")
    .option("--replay <file>", "drive the sensors from a recorded CSV (also .gz), one row a second")
    .option("--map <column=device.quantity>", "which column drives what; may be given often", collect, [])
    .option(
      "--label <column>",
      "hold the alarms against this column of the recording, 0 or 1: true, false, missed, delay",
    )
    .option("--seam <column=step>", "a larger step between two rows is where two pieces of the recording meet")
    .option("--broker <url>", "publish to this broker, for example mqtt://127.0.0.1:1883")
    .option(
      "--credentials <file>",
      "users and passwords by name, as YAML; for a site that names one (uplink: { mqtt: { credential } })",
    )
    .option(
      "--state <folder>",
      "what the gateway keeps over a restart lies there: its store in flash, boots, key; real time",
    )
    .option(
      "--firmata <port>",
      "read real parts on an Arduino: /dev/ttyACM0, COM3 or host:port (hal/firmata/README.md)",
    )
    .option(
      "--out <folder>",
      "write uplink.bin: every topic and payload, length-prefixed; gateway-key.pem where the site signs",
    )
    .option("--json", "one JSON object on stdout; people's output goes to stderr")
    .addHelpText(
      "after",
      `
Examples:
  argand sim manifests/examples/first-light.yaml
  argand sim manifests/examples/first-light.yaml --virtual --for 10m --seed 7 --json
  argand sim manifests/examples/first-light.yaml --firmata /dev/ttyACM0
  argand sim manifests/examples/harbour-warehouse.yaml --state state --broker mqtt://127.0.0.1:1883
  argand sim --virtual --replay recording.csv.gz --map "Temperature[C]=hall-climate.temperature" --out out
  argand sim manifests/examples/smoke-detection.yaml --virtual --replay recording.csv.gz \\
    --map "Temperature[C]=hall-climate.temperature" --label "Fire Alarm" --seam "Temperature[C]=1"`,
    )
    .action(async (path: string | undefined, options: SimOptions, command: Command) => {
      command.setOptionValue("exitCode", await sim(path ?? DEFAULT_SITE, options));
    });
}

function collect(value: string, list: string[]): string[] {
  return [...list, value];
}

async function sim(path: string, options: SimOptions): Promise<number> {
  const site = await load(path);
  const scenario = await scenarioOf(site, options);
  const seed = parseSeed(options.seed);
  const broker = options.broker === undefined ? undefined : parseBrokerUrl(options.broker);
  if (options.virtual === true && options.firmata !== undefined)
    throw wrongInput("--firmata reads real parts, in real time: leave --virtual out");
  const simulatedKey = site.plan.uplink.sign !== undefined && options.state === undefined;
  if (options.out !== undefined && simulatedKey) writeKey(options.out, seed);
  if (options.virtual === true && options.state !== undefined)
    throw wrongInput("--state is kept in real time: leave --virtual out");
  if (options.virtual === true) return virtual(site, scenario, seed, options);
  if (options.engine === "xs") throw wrongInput("--engine xs runs in virtual time: add --virtual");
  if (options.replay !== undefined) throw wrongInput("--replay runs in virtual time: add --virtual");
  if (options.label !== undefined) throw wrongInput("--label is a column of a recording: add --replay");
  const pins = options.firmata === undefined ? undefined : await openPins(options.firmata);
  const state = options.state === undefined ? undefined : openStateFolder(options.state, site.plan);
  return live({
    ...(state === undefined ? {} : { state }),
    ...(pins === undefined ? {} : { pins }),
    plan: site.plan,
    ...(scenario === undefined ? {} : { scenario }),
    seed,
    // The embedded broker asks nobody who he is.
    secrets: broker === undefined ? simulatedSecrets : secretsFor(site.plan, options.credentials),
    ...(broker === undefined ? {} : { broker }),
    ...(options.for === undefined ? {} : { durationUs: parseDurationUs(options.for, "--for") }),
    ...(options.out === undefined ? {} : { outputFolder: options.out }),
    json: options.json === true,
  });
}

async function live(options: LiveOptions): Promise<number> {
  try {
    const { runLive } = await import("../live/live");
    return await runLive(options);
  } catch (error) {
    throw explainEngine(error);
  } finally {
    await options.pins?.close();
    options.state?.close();
  }
}

function openStateFolder(folder: string, plan: Plan): GatewayState {
  try {
    const state = openState(folder, plan);
    say(`state in ${folder}: start ${state.boot}`);
    if (plan.uplink.store.flash === undefined)
      say("the site keeps its messages in memory (uplink: { store: { flash: outbox } } would keep them there too)");
    return state;
  } catch (error) {
    throw couldNotRun(`--state ${folder}: ${(error as Error).message}`);
  }
}

async function openPins(text: string): Promise<FirmataProvider> {
  const address = parseFirmataAddress(text);
  try {
    const { openFirmata } = await import("../../hal/firmata/provider");
    return await openFirmata(address);
  } catch (error) {
    throw couldNotRun(`--firmata ${text}: ${(error as Error).message}`);
  }
}

async function load(path: string): Promise<LoadedSite> {
  const result = await loadSite(path);
  if (!result.ok) throw wrongInput(formatDiagnostics(result.diagnostics, { colour: useColour }));
  return result;
}

/** A recording is a world of its own: the site's scenario joins it only when asked for by name. */
async function scenarioOf(site: LoadedSite, options: SimOptions): Promise<ScenarioPlan | undefined> {
  const file = options.scenario ?? (options.replay === undefined ? site.scenarioFile : undefined);
  if (file === undefined) return undefined;
  const result = await loadScenario(file, site);
  if (!result.ok) throw wrongInput(formatDiagnostics(result.diagnostics, { colour: useColour }));
  return result.scenario;
}

function parseSeed(text: string): number {
  const seed = Number(text);
  if (!/^\d+$/.test(text) || seed > 0xffffffff)
    throw wrongInput(`--seed: "${text}" is not a whole number from 0 to 4294967295`);
  return seed;
}

async function virtual(
  site: LoadedSite,
  scenario: ScenarioPlan | undefined,
  seed: number,
  options: SimOptions,
): Promise<number> {
  const replay = options.replay === undefined ? null : loadReplay(options.replay, options.map, site.plan);
  if (options.for === undefined && replay === null)
    throw wrongInput("virtual time needs an end: add --for, for example --for 10m");
  const recorded = recordedLabel(replay, options);
  const input: SimulationInput = {
    plan: encodeDeterministic(site.plan),
    scenario: scenario ?? null,
    seed,
    durationUs: options.for === undefined ? 0 : parseDurationUs(options.for, "--for"),
    replay,
  };
  const startedMs = performance.now();
  const run = await runEngine(options.engine, encodeDeterministic(input));
  const wallSeconds = Math.round(performance.now() - startedMs) / 1000;
  if (options.out !== undefined) write(options.out, run.uplink);
  if (options.broker !== undefined) {
    const { relay } = await import("./relay");
    await relay(run.uplink, parseBrokerUrl(options.broker));
  }
  const { expectations, ...summary } = run.summary;
  const result = {
    engine: options.engine,
    seed,
    wallSeconds,
    ...summary,
    expectations,
    uplinkSha256: digest(run.uplink),
    ...(recorded === undefined ? {} : { detection: await detect(recorded, site.plan, run) }),
  };
  describeRun(result);
  if (result.detection !== undefined) describeDetection(result.detection, options.seam);
  if (options.json === true) printJson(result);
  return expectations.every((expectation) => expectation.met) ? ExitCode.done : ExitCode.notAsExpected;
}

function recordedLabel(replay: ReplayInput | null, options: SimOptions): Recorded | undefined {
  if (options.label === undefined) {
    if (options.seam !== undefined) throw wrongInput("--seam says where --label may not look: add --label");
    return undefined;
  }
  if (replay === null) throw wrongInput("--label is a column of a recording: add --replay");
  return loadLabel(options.replay!, replay, options.label, options.seam);
}

/** Only the rows that the run has sampled count. */
async function detect({ label, seams }: Recorded, plan: Plan, run: EngineRun): Promise<Detection> {
  const { alarmSpans, judgeDetection, rulesOf } = await import("./detection");
  const sampled = { label: Array.from(label).slice(0, Math.floor(run.summary.virtualSeconds)), seams };
  const rules = rulesOf(plan);
  return judgeDetection(sampled, alarmSpans(run.uplink, rules, DEFAULT_EPOCH_MS), rules);
}

async function runEngine(engine: "v8" | "xs", input: Uint8Array): Promise<EngineRun> {
  const progress = new Progress();
  const options = {
    input,
    say: (text: string) => {
      progress.clear();
      say(text);
    },
    onProgress: (nowUs: number, durationUs: number) =>
      progress.show(`${formatSeconds(nowUs / 1e6)} of ${formatSeconds(durationUs / 1e6)} virtual`),
  };
  try {
    if (engine === "v8") return await runInV8(options);
    const { runInXs } = await import("../engine-xs");
    return await runInXs(options, (text) => progress.show(text));
  } catch (error) {
    throw explainEngine(error);
  } finally {
    progress.clear();
  }
}

/** Scenario and recording mistakes that only show while running are the user's; a missing compiler is the machine's. */
function explainEngine(error: unknown): unknown {
  if (error instanceof XsError) return couldNotRun(`XS: ${error.message}`);
  const code = (error as { code?: unknown }).code;
  if (error instanceof Error && (code === "scenario" || code === "replay"))
    return wrongInput(`${code}: ${error.message}`);
  return error;
}

/** The public key of a simulated gateway: whoever collects what it sends can verify it. */
function writeKey(folder: string, seed: number): void {
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "gateway-key.pem"), pemOf(simulatedSigner(seed).publicKey));
  } catch (error) {
    throw couldNotRun(`--out: ${folder} cannot be written: ${(error as Error).message}`);
  }
}

function write(folder: string, uplink: readonly Uint8Array[]): void {
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "uplink.bin"), Buffer.concat(uplink));
  } catch (error) {
    throw couldNotRun(`--out: ${folder} cannot be written: ${(error as Error).message}`);
  }
}

function digest(uplink: readonly Uint8Array[]): string {
  const hash = createHash("sha256");
  for (const piece of uplink) hash.update(piece);
  return hash.digest("hex");
}
