/**
 * The thread that holds the link to an Arduino: johnny-five's Board over firmata-io over a socket or a serial port.
 *
 * Firmata answers no write and reports when it likes. Both are put in order by a pin state query, which it answers in the order of
 * the line: behind a write the answer says that it is done; around a report it says which one is newer than the question.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";
import { IOError } from "../io-error";
import type { Board, FirmataIO } from "./packages";
import { boardPackages } from "./packages";
import {
  type BoardDescription,
  type BoardEvent,
  type FirmataAddress,
  SERIAL_BAUD,
  SET_DIGITAL_PIN_VALUE,
} from "./protocol";
import { answerCalls } from "./thread-call";

/** An Arduino resets when its serial port is opened, and its boot loader takes a few seconds. */
const READY_MS = 12_000;
/** A board that says nothing by itself is asked for its version: after its reset, or soon where there was none. */
const RESET_MS = 3_000;
const ASK_MS = 300;
const ANSWER_MS = 1_500;
/** Not one that is ever opened: firmata-io takes the pin's mode from the answer. It is the serial line's own. */
const FENCE_PIN = 0;

const SERIAL_BRIDGE = fileURLToPath(new URL("./serial-bridge.mjs", import.meta.url));

let transport: Duplex | undefined;
let io: FirmataIO | undefined;
let board: Board | undefined;
let lost: string | undefined;
/** Last level that was told, of the pins that are watched. */
const watched = new Map<number, number>();

const tell = answerCalls({
  open,
  close,
  pinMode,
  setPin,
  watch,
  readDigital,
  readAnalog,
  writePwm,
  writeI2C,
  readI2C,
}) as (event: BoardEvent) => void;

async function open(address: FirmataAddress): Promise<BoardDescription> {
  const { Firmata, JohnnyFive } = boardPackages();
  transport = await openTransport(address);
  transport.on("error", (error: Error) => lose(error.message));
  transport.on("close", () => lose("the connection was closed"));
  const asking = new Firmata(transport, { reportVersionTimeout: "path" in address ? RESET_MS : ASK_MS });
  // A board that has been reset tells its firmware by itself; one that ran already, behind a socket, does not.
  asking.on("error", (error: Error) => lose(error.message));
  asking.once("reportversion", () => asking.queryFirmware(() => {}));
  io = asking;
  await within(READY_MS, once(io, "ready"), "nothing there speaks Firmata");
  board = new JohnnyFive.Board({ io, repl: false, debug: false, sigint: false });
  board.on("error", (error: Error) => lose(error.message));
  await within(ANSWER_MS, once(board, "ready"), "johnny-five is not ready");
  board.i2cConfig({ delay: 0 });
  io.on("digital-read", ({ pin, value }: { pin: number; value: number }) => changed(pin, value));
  const { firmware, pins, RESOLUTION } = io;
  return {
    firmware: `${firmware.name ?? "firmware without a name"} ${firmware.version?.major ?? "?"}.${firmware.version?.minor ?? "?"}`,
    pins: pins.map(({ supportedModes, analogChannel }) => ({ modes: supportedModes, analogChannel })),
    analogBits: bitsOf(RESOLUTION.ADC ?? 1023),
    pwmBits: bitsOf(RESOLUTION.PWM ?? 255),
  };
}

async function openTransport(address: FirmataAddress): Promise<Duplex> {
  if ("path" in address) return openSerial(address.path);
  const socket = connect({ host: address.host, port: address.port, noDelay: true });
  try {
    await within(READY_MS, once(socket, "connect"), `${address.host}:${address.port} does not answer`);
  } catch (error) {
    socket.destroy();
    throw error instanceof IOError ? error : new IOError("refused", (error as Error).message);
  }
  return socket;
}

/** In a process of its own, see there. */
async function openSerial(path: string): Promise<Duplex> {
  const bridge = spawn(process.execPath, [SERIAL_BRIDGE, path, `${SERIAL_BAUD}`], { stdio: "pipe" });
  const [said] = (await within(READY_MS, once(bridge.stderr, "data"), `${path} does not open`)) as [Buffer];
  const word = said.toString("utf8").trim();
  if (word === "open") return Duplex.from({ readable: bridge.stdout, writable: bridge.stdin });
  throw new IOError("no-resource", word);
}

/** So that a serial port is free again when this has returned. */
async function close(): Promise<void> {
  lost ??= "closed";
  if (transport === undefined || transport.destroyed) return;
  const closed = once(transport, "close");
  transport.destroy();
  await within(ANSWER_MS, closed, "the link does not close");
}

/** An analog pin goes by its channel here. Like every write it returns when the board has done it. */
async function pinMode(pin: number, mode: number): Promise<void> {
  linked().board.pinMode(pin, mode);
  await fence();
}

/** By its own message: firmata-io's writes a whole port, and a 1 for a neighbour that is an input turns its pull-up on. */
async function setPin(pin: number, level: number): Promise<void> {
  const { io } = linked();
  io.pins[pin].value = level;
  io.transport.write(Buffer.from([SET_DIGITAL_PIN_VALUE, pin, level]));
  await fence();
}

/** Levels of a pin are told from now on, or no longer. */
async function watch(pin: number, on: boolean): Promise<number> {
  const level = on ? await readDigital(pin) : 0;
  if (on) watched.set(pin, level);
  else watched.delete(pin);
  return level;
}

function changed(pin: number, value: number): void {
  const before = watched.get(pin);
  if (before === undefined || before === value) return;
  watched.set(pin, value);
  tell({ kind: "digital", pin, level: value === 0 ? 0 : 1 });
}

/** The report comes before the answer to the query, so it is there when that has come. */
async function readDigital(pin: number): Promise<number> {
  const { io } = linked();
  io.reportDigitalPin(pin, 1);
  await fence();
  return io.pins[pin].value;
}

/** Reports that come before the answer to the query may be older than the question; the first behind it is not. */
async function readAnalog(pin: number, channel: number): Promise<number> {
  const { board, io } = linked();
  const reported = new Promise<number>((resolve) =>
    board.queryPinState(FENCE_PIN, () => io.once(`analog-read-${channel}`, resolve)),
  );
  io.reportAnalogPin(channel, 1);
  const value = await within(ANSWER_MS, reported, `pin ${pin} was not reported`);
  io.reportAnalogPin(channel, 0);
  return value;
}

/** Returns when the board has done all that was sent to it. Any pin serves. */
async function fence(): Promise<void> {
  const { board } = linked();
  const answered = new Promise<void>((resolve) => board.queryPinState(FENCE_PIN, resolve));
  await within(ANSWER_MS, answered, "the board does not answer");
}

async function writePwm(pin: number, value: number): Promise<void> {
  linked().board.pwmWrite(pin, value);
  await fence();
}

async function writeI2C(address: number, bytes: readonly number[]): Promise<void> {
  linked().board.i2cWrite(address, [...bytes]);
  await fence();
}

/** Fewer bytes than were asked for: the part did not acknowledge, or the board's buffer is smaller. */
async function readI2C(address: number, byteLength: number): Promise<readonly number[]> {
  const { board } = linked();
  const answered = new Promise<number[]>((resolve) => board.i2cReadOnce(address, byteLength, resolve));
  return within(ANSWER_MS, answered, `no answer about I2C address ${address}`);
}

function linked(): { board: Board; io: FirmataIO } {
  if (lost !== undefined) throw new IOError("device", `the link to the Arduino is lost: ${lost}`);
  if (board === undefined || io === undefined) throw new IOError("not-connected", "there is no link to an Arduino yet");
  return { board, io };
}

function lose(reason: string): void {
  if (lost !== undefined || board === undefined) return;
  lost = reason;
  tell({ kind: "lost", reason });
}

async function within<T>(ms: number, promise: Promise<T>, otherwise: string): Promise<T> {
  let late: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    late = setTimeout(() => reject(new IOError("timeout", otherwise)), ms);
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(late);
  }
}

function bitsOf(largest: number): number {
  return Math.round(Math.log2(largest + 1));
}
