/** `argand modbus scan | read | identify`: what an installer asks a bus, on a serial port or a host of this machine. */
import { Command, Option } from "commander";
import { openAsciiLane } from "../../drivers/modbus/ascii-client";
import type { ModbusLane } from "../../drivers/modbus/lane";
import type { ReadFunction } from "../../drivers/modbus/pdu";
import { ModbusRequestError, ReadRequest } from "../../drivers/modbus/read-request";
import { Outcome } from "../../drivers/modbus/request";
import { openRtuLane } from "../../drivers/modbus/rtu-client";
import { openRtuOverTcpLane } from "../../drivers/modbus/rtu-tcp-client";
import { openTcpLane } from "../../drivers/modbus/tcp-client";
import {
  parseOrder,
  registersOf,
  VALUE_TYPES,
  ValueCodec,
  ValueType,
  type ValueTypeName,
} from "../../drivers/modbus/values";
import type { SerialConstructor, SerialOptions } from "../../hal/io";
import { NodeClock } from "../../hal/node/clock";
import { NodeRandom } from "../../hal/node/random";
import { serialClass } from "../../hal/node/serial";
import { TCP } from "../../hal/node/tcp";
import { Finding, type LineSettings, listen, modeName, searchLine } from "../modbus/line-search";
import { ask, type Identity, identify, scanUnits } from "../modbus/unit-scan";
import { parseDurationUs } from "./duration";
import { couldNotRun, wrongInput } from "./exit";
import { bold, dim, printJson, say } from "./terminal";

type BusOptions = {
  port?: string;
  baud?: string;
  mode?: string;
  ascii?: boolean;
  echo?: boolean;
  host?: string;
  tcpPort: string;
  rtu?: boolean;
  timeout?: string;
  json?: boolean;
};
type ScanOptions = BusOptions & { units?: string; unit: string; register: string; listen: string; force?: boolean };
type ReadOptions = BusOptions & { unit: string; count: string; type?: ValueTypeName; order?: string };

const TABLES: { readonly [name: string]: ReadFunction } = { coil: 1, discrete: 2, holding: 3, input: 4 };
const DEFAULT_BAUD = "9600";
const DEFAULT_MODE = "8N1";
const EXAMPLES = `
Examples:
  argand modbus scan --port /dev/ttyUSB0
  argand modbus scan --host 192.0.2.20 --units 1-8,255
  argand modbus read --port /dev/ttyUSB0 --baud 19200 --mode 8E1 --unit 5 holding 0 --count 10
  argand modbus read --host 192.0.2.20 --unit 5 input 12 --type f32 --order CDAB
  argand modbus identify --host 192.0.2.20 --unit 255`;

export function modbusCommand(): Command {
  const modbus = new Command("modbus").description("Ask the units on a Modbus line or host. Nothing is ever written.");
  modbus.addHelpText("after", EXAMPLES);
  modbus.addCommand(
    bus(new Command("scan").description("Find the line's speed and parity, the units on it, and who they are."))
      .option("--units <list>", "units to ask, such as 1-247 or 1,5,9-12 (default: 1-247, on a host 1-16,255)")
      .option("--unit <number>", "unit to find the line's settings with", "1")
      .option("--register <address>", "holding register to ask for, counted from 0", "0")
      .option("--listen <duration>", "listen so long whether another master talks", "2s")
      .option("--force", "ask even though somebody talks")
      .action((options: ScanOptions) => scan(options)),
  );
  modbus.addCommand(
    bus(new Command("read").description("Read registers or bits of one unit."))
      .argument("<table>", `one of ${Object.keys(TABLES).join(", ")}`)
      .argument("<address>", "first address as it goes over the wire, counted from 0: a manual's 40001 is holding 0")
      .option("--unit <number>", "Modbus unit", "1")
      .option("--count <values>", "so many values", "1")
      .addOption(new Option("--type <type>", "what stands there (default: u16, bit)").choices([...VALUE_TYPES]))
      .option("--order <letters>", "bytes on the wire, A the most significant: ABCD, CDAB, BADC, DCBA")
      .action((table: string, address: string, options: ReadOptions) => read(table, address, options)),
  );
  modbus.addCommand(
    bus(new Command("identify").description("Ask a unit who it is: function code 43/14."))
      .option("--unit <number>", "Modbus unit", "1")
      .action((options: BusOptions & { unit: string }) => tell(options)),
  );
  for (const command of modbus.commands) command.exitOverride();
  return modbus;
}

function bus(command: Command): Command {
  return command
    .option("--port <device>", "serial port, such as /dev/ttyUSB0")
    .option("--baud <rate>", `bits a second (default: ${DEFAULT_BAUD}; scan searches)`)
    .option("--mode <mode>", `data bits, parity, stop bits (default: ${DEFAULT_MODE}; scan searches)`)
    .option("--ascii", "ASCII frames on the line")
    .option("--echo", "the adapter hears what it sends")
    .option("--host <address>", "device or gateway on TCP")
    .option("--tcp-port <port>", "its port", "502")
    .option("--rtu", "RTU frames through a serial server on TCP")
    .option("--timeout <duration>", "how long a unit may take (default: 1s, scanning 150ms on a line, 500ms on TCP)")
    .option("--json", "one JSON object on stdout");
}

async function scan(options: ScanOptions): Promise<void> {
  const register = whole(options.register, "--register", 0, 65_535);
  const units = unitList(options.units ?? (options.host === undefined ? "1-247" : "1-16,255"));
  const settings = options.host === undefined ? await lineOf(options, register) : undefined;
  const timeout = options.timeout ?? (options.host === undefined ? "150ms" : "500ms");
  await withLane({ ...options, timeout }, settings, 0, async (lane) => {
    const found = await scanUnits(lane, units, register, (unit, one) => {
      if (options.json === true) return;
      if (one === undefined) return;
      process.stdout.write(`${bold(`unit ${unit}`)}  ${one.answer}${identityText(one.identity)}\n`);
    });
    if (options.json === true) printJson({ line: settings ?? null, units: found });
    else say(dim(`${found.length} of ${units.length} units answer`));
  });
}

/** The line's settings: given, or searched for after listening. */
async function lineOf(options: ScanOptions, register: number): Promise<LineSettings> {
  const { port } = options;
  if (port === undefined) throw wrongInput("say which bus: --port /dev/ttyUSB0, or --host 192.0.2.20");
  const line = { Serial: serialClass(), port, wait: pause };
  const given = settingsOf(options);
  const listenMs = parseDurationUs(options.listen, "--listen") / 1000;
  const heard = await portTrouble(port, () => listen(line, given, listenMs));
  if (heard > 0 && options.force !== true)
    throw couldNotRun(
      `${heard} bytes came while nothing was asked: another master talks on this line. Stop it, or ask all the same with --force`,
    );
  if (options.ascii === true || (options.baud !== undefined && options.mode !== undefined)) return given;
  const unit = whole(options.unit, "--unit", 1, 247);
  const seen = new Set<Finding>();
  const timeoutMs = options.timeout === undefined ? 150 : parseDurationUs(options.timeout, "--timeout") / 1000;
  const settings = await portTrouble(port, () =>
    searchLine({
      ...line,
      unit,
      register,
      timeoutMs,
      onTry: (tried, finding) => {
        seen.add(finding);
        if (options.json !== true && finding !== Finding.silence)
          say(dim(`${tried.baud} ${modeName(tried)}: ${finding}`));
      },
    }),
  );
  if (settings !== undefined) {
    if (options.json !== true) say(`the line runs at ${settings.baud} baud, ${modeName(settings)}`);
    return settings;
  }
  throw couldNotRun(`unit ${unit} answers at no usual speed: ${adviceFor(seen)}`);
}

function adviceFor(seen: ReadonlySet<Finding>): string {
  if (seen.has(Finding.noise))
    return "bytes came, but with no good checksum; an unusual speed, or two units with one number";
  if (seen.has(Finding.echo))
    return "only what was sent came back; look at the transceiver's direction (DE) and its wiring";
  return "nothing came back; look at A and B, at the unit's number (--unit), at its power";
}

async function read(table: string, address: string, options: ReadOptions): Promise<void> {
  const functionCode = Object.hasOwn(TABLES, table) ? TABLES[table] : undefined;
  if (functionCode === undefined)
    throw wrongInput(`there is no table "${table}"; use one of ${Object.keys(TABLES).join(", ")}`);
  const first = whole(address, "address", 0, 65_535);
  const count = whole(options.count, "--count", 1, 2000);
  const type = ValueType[options.type ?? (functionCode <= 2 ? "bit" : "u16")];
  const size = registersOf(type);
  const letters = options.order ?? "ABCDEFGH".slice(0, 2 * size);
  const order = parseOrder(letters, type);
  if (order === undefined) throw wrongInput(`--order: "${letters}" is no order of ${2 * size} bytes`);
  const request = requestFor({ unit: options.unit, functionCode, address: first, count: count * size });
  await withLane(options, undefined, 2, async (lane) => {
    await ask(lane, request);
    if (request.outcome !== Outcome.done) throw couldNotRun(request.text);
    const codec = new ValueCodec();
    const values = Array.from({ length: count }, (_, i) => ({
      address: first + i * size,
      raw: [...request.words.subarray(i * size, (i + 1) * size)],
      value: codec.decode(request.words, i * size, type, order),
    }));
    if (options.json === true) printJson({ unit: request.unit, table, values });
    else
      for (const { address: at, raw, value } of values) {
        const hex = raw.map((word) => word.toString(16).toUpperCase().padStart(4, "0")).join(" ");
        process.stdout.write(`${bold(`${table} ${at}`)}  ${value}${functionCode <= 2 ? "" : dim(`  ${hex}`)}\n`);
      }
  });
}

function requestFor(options: {
  unit: string;
  functionCode: ReadFunction;
  address: number;
  count: number;
}): ReadRequest {
  try {
    return new ReadRequest({ ...options, unit: whole(options.unit, "--unit", 0, 255) });
  } catch (error) {
    if (error instanceof ModbusRequestError) throw wrongInput(error.message);
    throw error;
  }
}

async function tell(options: BusOptions & { unit: string }): Promise<void> {
  const unit = whole(options.unit, "--unit", 0, 255);
  await withLane(options, undefined, 1, async (lane) => {
    const identity = await identify(lane, unit);
    if (identity === undefined)
      throw couldNotRun(`unit ${unit} does not answer 43/14; many do not: try argand modbus read`);
    if (options.json === true) printJson({ unit, identity });
    else for (const [name, text] of Object.entries(identity)) process.stdout.write(`${bold(name)}  ${text}\n`);
  });
}

async function withLane(
  options: BusOptions,
  settings: LineSettings | undefined,
  retries: number,
  use: (lane: ModbusLane) => Promise<void>,
): Promise<void> {
  const timeoutMs = parseDurationUs(options.timeout ?? "1s", "--timeout") / 1000;
  const common = { clock: new NodeClock(), log: { info: say, warn: say }, responseTimeoutMs: timeoutMs, retries };
  const lane =
    options.host === undefined
      ? await openLine(options, settings ?? settingsOf(options), common)
      : openHost(options, common);
  try {
    await use(lane);
  } finally {
    lane.close();
  }
}

type Common = {
  clock: NodeClock;
  log: { info: typeof say; warn: typeof say };
  responseTimeoutMs: number;
  retries: number;
};

function openHost({ host, tcpPort, rtu }: BusOptions, common: Common): ModbusLane {
  const port = whole(tcpPort, "--tcp-port", 1, 65_535);
  const options = { ...common, io: TCP, address: host!, port, random: new NodeRandom() };
  return rtu === true ? openRtuOverTcpLane(options) : openTcpLane(options);
}

/** Open when it returns: a PC takes its time, and the first request must not be lost to that. */
async function openLine({ port, ascii, echo }: BusOptions, serial: LineSettings, common: Common): Promise<ModbusLane> {
  if (port === undefined) throw wrongInput("say which bus: --port /dev/ttyUSB0, or --host 192.0.2.20");
  const open = ascii === true ? openAsciiLane : openRtuLane;
  return portTrouble(port, async () => {
    const { io, opened } = waiting(serialClass());
    const lane = open({ ...common, io, serialOptions: { port, ...serial }, localEcho: echo === true });
    try {
      await opened;
    } catch (error) {
      lane.close();
      throw error;
    }
    return lane;
  });
}

/** The same class, and when its first instance is open. */
function waiting(Serial: SerialConstructor): { readonly io: SerialConstructor; readonly opened: Promise<void> } {
  let done: () => void;
  let failed: (error: unknown) => void;
  const opened = new Promise<void>((resolve, reject) => {
    done = resolve;
    failed = reject;
  });
  const io = class extends Serial {
    constructor(options: SerialOptions) {
      super({
        ...options,
        onWritable: () => done(),
        onError(error?: unknown) {
          failed(error);
          options.onError?.call(this, error);
        },
      });
    }
  };
  return { io, opened };
}

/** A port that cannot be opened is the user's to mend. */
async function portTrouble<T>(port: string, use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (error) {
    throw couldNotRun(`${port}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function settingsOf({ baud, mode }: BusOptions): LineSettings {
  const text = (mode ?? DEFAULT_MODE).toUpperCase();
  const match = /^([78])([NEO])([12])$/.exec(text);
  if (match === null)
    throw wrongInput(`--mode: "${text}" is no mode; write data bits, parity and stop bits, as in 8N1 or 8E1`);
  return {
    baud: whole(baud ?? DEFAULT_BAUD, "--baud", 300, 1_000_000),
    data: Number(match[1]) as 7 | 8,
    parity: ({ N: "none", E: "even", O: "odd" } as const)[match[2] as "N" | "E" | "O"],
    stop: Number(match[3]) as 1 | 2,
  };
}

function whole(text: string, name: string, least: number, most: number): number {
  const value = /^(0x[0-9a-f]+|[0-9]+)$/i.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) throw wrongInput(`${name}: "${text}" is no number from ${least} to ${most}`);
  return value;
}

/** `1-4,9`. */
function unitList(text: string): number[] {
  const units = new Set<number>();
  for (const piece of text.split(",")) {
    const [first, last = first] = piece.split("-");
    const [from, to] = [whole(first, "--units", 0, 255), whole(last, "--units", 0, 255)];
    for (let unit = from; unit <= to; unit++) units.add(unit);
  }
  return [...units];
}

function identityText(identity: Identity): string {
  const texts = Object.entries(identity).map(([name, text]) => `${name} ${text}`);
  return texts.length === 0 ? "" : dim(`  ${texts.join(", ")}`);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
