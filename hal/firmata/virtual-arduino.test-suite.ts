/**
 * A virtual Arduino Uno that speaks Firmata 2.6 over a socket: the firmware's side of the protocol, written from protocol.md and the
 * behaviour of StandardFirmata, with wires that a test can hold and a world's I2C bus where emulators hang. Runs as a thread of
 * its own, because whoever reads from it stands still meanwhile.
 */
import { createServer, type Socket } from "node:net";
import { type I2CTarget, QUIET_AIR, type Quantity } from "../../drivers/emulation";
import { SHT3xEmulator } from "../../drivers/sht3x/emulator";
import { WorldBoard } from "../../host-sim/world/board";
import { WorldClock } from "../../host-sim/world/clock";
import { Kernel } from "../../host-sim/world/kernel";
import { RandomBranch } from "../../host-sim/world/random";
import { answerCalls } from "./thread-call";

const PINS = 20;
const FIRST_ANALOG = 14;
const PWM_PINS = [3, 5, 6, 9, 10, 11];
const Mode = { input: 0, output: 1, analog: 2, pwm: 3, i2c: 6, pullUp: 11 } as const;
const STORE_ADDRESS = 0x20;
const SHT3X_ADDRESS = 0x44;
const HZ = 100_000;
const SAMPLING_MS = 19;

const kernel = new Kernel();
const clock = new WorldClock(kernel);
const random = new RandomBranch(5);
const bus = new WorldBoard(kernel, random.branch("board")).i2c(18, 19);
const air: Record<Quantity, number> = { ...QUIET_AIR };
const startedMs = performance.now();

const mode = new Uint8Array(PINS).fill(Mode.input);
const output = new Uint16Array(PINS);
const held: (0 | 1 | undefined)[] = new Array(PINS).fill(undefined);
const share = new Float64Array(PINS);
const analogReports = new Set<number>();
const digitalReports = new Set<number>();
const lastPort = new Int16Array(3).fill(-1);
const heard: number[][] = [];
let client: Socket | undefined;
let mute = false;
/** How much longer a write to I2C is under way than anything else. */
let writeLagMs = 0;
let arrived: Promise<void> = Promise.resolve();
let message: number[] = [];

attach();
setInterval(() => {
  for (const channel of analogReports) reportAnalog(channel);
}, SAMPLING_MS).unref();

const server = createServer((socket) => {
  client = socket;
  socket.setNoDelay(true);
  socket.on("error", () => {});
  socket.on("data", (bytes) => {
    const isWrite = bytes[0] === 0xf0 && bytes[1] === 0x76 && (bytes[3] >> 3) % 4 === 0;
    const lagMs = isWrite ? writeLagMs : 0;
    arrived = arrived.then(async () => {
      if (lagMs > 0) await new Promise((resolve) => setTimeout(resolve, lagMs));
      for (const byte of bytes) hear(byte);
    });
  });
  // StandardFirmata tells its version by itself after a reset.
  send(0xf9, 2, 6);
});

answerCalls({
  listen: () =>
    new Promise<number>((resolve) => {
      server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
    }),
  drive: (pin: number, level: 0 | 1 | undefined) => {
    held[pin] = level;
    checkInputs();
  },
  level,
  apply: (pin: number, value: number) => void (share[pin] = value),
  duty: (pin: number) => (mode[pin] === Mode.pwm ? output[pin] : -1),
  modeOf: (pin: number) => mode[pin],
  setAir: (name: Quantity, value: number) => void (air[name] = value),
  nack: (count: number) => bus.nackNext(count),
  messages: () => heard.splice(0),
  /** The board hangs: it hears and says nothing. */
  hang: (now: boolean) => void (mute = now),
  lagWrites: (ms: number) => void (writeLagMs = ms),
  unplug: () => void client?.destroy(),
});

function attach(): void {
  let stored = new Uint8Array(0);
  const store: I2CTarget = {
    write: (bytes) => {
      stored = bytes.slice();
      return true;
    },
    read: (into) => {
      for (let i = 0; i < into.length; i++) into[i] = stored[i] ?? 0xff;
      return true;
    },
  };
  bus.attach(STORE_ADDRESS, store);
  const context = {
    clock,
    random: random.branch("part"),
    quantity: (name: Quantity) => air[name],
    recorded: () => true,
  };
  bus.attach(SHT3X_ADDRESS, new SHT3xEmulator({} as never, context));
}

function level(pin: number): number {
  if (mode[pin] === Mode.output) return output[pin];
  return held[pin] ?? (mode[pin] === Mode.pullUp ? 1 : 0);
}

/** Collects one message: a system exclusive one to its end, others by their length. */
function hear(byte: number): void {
  if (mute) return;
  message.push(byte);
  const [command] = message;
  if (command === 0xf0 ? byte !== 0xf7 : message.length < lengthOf(command)) return;
  const whole = message;
  message = [];
  heard.push(whole);
  if (command === 0xf0) systemExclusive(whole[1], whole.slice(2, -1));
  else simple(whole);
}

function lengthOf(command: number): number {
  if (command === 0xf9 || command === 0xff) return 1;
  const kind = command & 0xf0;
  return kind === 0xc0 || kind === 0xd0 ? 2 : 3;
}

function simple([command, first, second]: number[]): void {
  const at = command & 0x0f;
  if (command === 0xf9) send(0xf9, 2, 6);
  else if (command === 0xf4) setMode(first, second);
  else if (command === 0xf5) {
    if (mode[first] === Mode.output) output[first] = second;
  } else if ((command & 0xf0) === 0xe0) setDuty(at, first | (second << 7));
  else if ((command & 0xf0) === 0xc0) setReport(analogReports, at, first, () => reportAnalog(at));
  else if ((command & 0xf0) === 0xd0) setReport(digitalReports, at, first, () => reportPort(at));
  else if ((command & 0xf0) === 0x90) writePort(at, first | (second << 7));
}

function systemExclusive(kind: number, data: number[]): void {
  if (kind === 0x79) sysex(0x79, 2, 6, ...[..."VirtualFirmata.ino"].flatMap((c) => septets(c.charCodeAt(0))));
  else if (kind === 0x6b) sysex(0x6c, ...capabilities());
  else if (kind === 0x69)
    sysex(0x6a, ...Array.from({ length: PINS }, (_, pin) => (pin < FIRST_ANALOG ? 127 : pin - FIRST_ANALOG)));
  else if (kind === 0x6d) sysex(0x6e, data[0], mode[data[0]], output[data[0]] & 0x7f, output[data[0]] >> 7);
  else if (kind === 0x6f) setDuty(data[0], data[1] | (data[2] << 7));
  else if (kind === 0x76) i2c(data);
}

function capabilities(): number[] {
  return Array.from({ length: PINS }, (_, pin) => {
    if (pin < 2) return [127];
    const digital = [Mode.input, 1, Mode.pullUp, 1, Mode.output, 1];
    const pwm = PWM_PINS.includes(pin) ? [Mode.pwm, 8] : [];
    const analog = pin >= FIRST_ANALOG ? [Mode.analog, 10] : [];
    return [...digital, ...pwm, ...analog, ...(pin >= 18 ? [Mode.i2c, 1] : []), 127];
  }).flat();
}

/** An output begins low (setPinModeCallback). */
function setMode(pin: number, next: number): void {
  mode[pin] = next;
  if (next === Mode.output || next === Mode.pwm) output[pin] = 0;
  checkInputs();
}

function setDuty(pin: number, value: number): void {
  if (mode[pin] === Mode.pwm) output[pin] = value;
}

/** A 1 for a pin that is an input turns its pull-up on, for old programs (digitalWriteCallback). */
function writePort(port: number, bits: number): void {
  for (let i = 0; i < 8 && 8 * port + i < PINS; i++) {
    const pin = 8 * port + i;
    if (mode[pin] === Mode.output) output[pin] = (bits >> i) & 1;
    else if (mode[pin] === Mode.input && (bits >> i) & 1) mode[pin] = Mode.pullUp;
  }
}

/** What is enabled is reported at once (reportAnalogCallback, reportDigitalCallback). */
function setReport(reports: Set<number>, at: number, on: number, report: () => void): void {
  if (on === 0) {
    reports.delete(at);
    return;
  }
  reports.add(at);
  report();
}

function reportAnalog(channel: number): void {
  const counts = Math.round(Math.min(1, Math.max(0, share[FIRST_ANALOG + channel])) * 1023);
  send(0xe0 | channel, ...septets(counts));
}

function reportPort(port: number): void {
  let bits = 0;
  for (let i = 0; i < 8 && 8 * port + i < PINS; i++)
    if (mode[8 * port + i] !== Mode.output) bits |= level(8 * port + i) << i;
  lastPort[port] = bits;
  send(0x90 | port, ...septets(bits));
}

function checkInputs(): void {
  for (const port of digitalReports) {
    const before = lastPort[port];
    let bits = 0;
    for (let i = 0; i < 8 && 8 * port + i < PINS; i++)
      if (mode[8 * port + i] !== Mode.output) bits |= level(8 * port + i) << i;
    if (bits !== before) reportPort(port);
  }
}

/** A request (protocol.md, "I2C request"): address, mode, then bytes to write, or an optional register and a length to read. */
function i2c([address, control, ...rest]: number[]): void {
  const values = pairs(rest);
  kernel.runUntil(Math.floor((performance.now() - startedMs) * 1000));
  if ((control >> 3) % 4 === 0) {
    attempt(() => bus.write(address, Uint8Array.from(values), HZ));
    return;
  }
  const byteLength = values[values.length - 1];
  const register = values.length > 1 ? values[0] : 0;
  if (values.length > 1) attempt(() => bus.write(address, Uint8Array.of(register), HZ));
  const into = new Uint8Array(byteLength);
  const answered = attempt(() => bus.read(address, into, HZ));
  if (!answered) sysex(0x71, ...[..."I2C: Too few bytes received"].flatMap((c) => septets(c.charCodeAt(0))));
  sysex(0x77, ...septets(address), ...septets(register), ...(answered ? [...into].flatMap(septets) : []));
}

/** Wire tells the firmware when nobody acknowledges; of a write the firmware tells nobody. */
function attempt(transfer: () => void): boolean {
  try {
    transfer();
    return true;
  } catch {
    return false;
  }
}

function pairs(values: number[]): number[] {
  return Array.from({ length: values.length >> 1 }, (_, i) => values[2 * i] | (values[2 * i + 1] << 7));
}

function septets(value: number): [number, number] {
  return [value & 0x7f, (value >> 7) & 0x7f];
}

function sysex(...bytes: number[]): void {
  send(0xf0, ...bytes, 0xf7);
}

function send(...bytes: number[]): void {
  if (!mute) client?.write(Uint8Array.from(bytes));
}
