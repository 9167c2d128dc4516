/**
 * Commissioning of a serial line: listen first whether another master talks, then find out how fast and with which parity the
 * units do. One request and one silence at a time, without a lane: what came is looked at as a whole, so that wrong settings,
 * wrong wiring and nobody there are told apart.
 */

import { ReadRequest } from "../../drivers/modbus/read-request";
import { RtuFraming } from "../../drivers/modbus/rtu-framing";
import type { SerialConstructor } from "../../hal/io";

export type LineSettings = {
  readonly baud: number;
  readonly data: 7 | 8;
  readonly parity: "none" | "even" | "odd";
  readonly stop: 1 | 2;
};

/** What came back to a request. */
export const Finding = {
  silence: "silence",
  /** A good answer or an exception: the settings are right. */
  answer: "answer",
  /** Bytes that are no answer: the speed or the parity is another. */
  noise: "bytes but no good checksum",
  /** The request itself: the adapter hears what it sends, or the transmitter does not let go of the line. */
  echo: "only the request's own echo",
} as const;
export type Finding = (typeof Finding)[keyof typeof Finding];

export type SearchOptions = {
  readonly Serial: SerialConstructor;
  readonly port: number | string;
  readonly wait: (ms: number) => Promise<void>;
  /** Asked for one register of it. */
  readonly unit: number;
  readonly register: number;
  readonly timeoutMs: number;
  readonly onTry?: (settings: LineSettings, finding: Finding) => void;
};

/** Most frequent first. */
export const BAUD_RATES = [9600, 19_200, 38_400, 115_200, 4800, 2400, 57_600, 1200] as const;
const MODES: readonly Omit<LineSettings, "baud">[] = [
  { data: 8, parity: "none", stop: 1 },
  { data: 8, parity: "even", stop: 1 },
  { data: 8, parity: "none", stop: 2 },
  { data: 8, parity: "odd", stop: 1 },
];
/** Request and the longest answer to it, in characters of at most twelve bits. */
const EXCHANGE_BITS = (8 + 7) * 12;
const OPEN_MS = 1000;
const OPEN_STEP_MS = 5;

/** `8N1` and the like. */
export function modeName({ data, parity, stop }: Omit<LineSettings, "baud">): string {
  return `${data}${parity[0].toUpperCase()}${stop}`;
}

/** Bytes that came in so long, with nothing sent. @throws what the port throws or reports: it is missing, or in use */
export async function listen(
  options: Pick<SearchOptions, "Serial" | "port" | "wait">,
  settings: LineSettings,
  ms: number,
): Promise<number> {
  return (await exchange(options, settings, undefined, ms)).length;
}

/** Opens the port, sends, waits, closes. @returns what came */
async function exchange(
  { Serial, port, wait }: Pick<SearchOptions, "Serial" | "port" | "wait">,
  settings: LineSettings,
  frame: Uint8Array | undefined,
  ms: number,
): Promise<number[]> {
  const received: number[] = [];
  let failure: unknown;
  let isOpen = false;
  const io = new Serial({
    port,
    ...settings,
    format: "buffer",
    onReadable() {
      received.push(...new Uint8Array((this.read() as ArrayBuffer | undefined) ?? new ArrayBuffer(0)));
    },
    onWritable() {
      isOpen = true;
    },
    onError(error?: unknown) {
      failure = error ?? new Error("the port failed");
    },
  });
  try {
    // A PC opens a port in its own time.
    for (let waitedMs = 0; !isOpen && failure === undefined && waitedMs < OPEN_MS; waitedMs += OPEN_STEP_MS)
      await wait(OPEN_STEP_MS);
    if (failure === undefined && frame !== undefined) io.write(frame);
    if (failure === undefined) await wait(ms);
    if (failure !== undefined) throw failure;
  } finally {
    io.close();
  }
  return received;
}

/** Tries settings until one is answered. */
export async function searchLine(options: SearchOptions): Promise<LineSettings | undefined> {
  for (const baud of BAUD_RATES)
    for (const mode of MODES) {
      const settings = { baud, ...mode };
      const finding = await tryLine(options, settings);
      options.onTry?.(settings, finding);
      if (finding === Finding.answer) return settings;
    }
  return undefined;
}

export async function tryLine(options: SearchOptions, settings: LineSettings): Promise<Finding> {
  const { unit, register, timeoutMs } = options;
  const request = new ReadRequest({ unit, functionCode: 3, address: register, count: 1 });
  const framing = new RtuFraming();
  const frame = framing.frame(request);
  const received = await exchange(options, settings, frame, timeoutMs + (EXCHANGE_BITS * 1000) / settings.baud);
  return judge(framing, request, frame, received);
}

function judge(framing: RtuFraming, request: ReadRequest, frame: Uint8Array, received: readonly number[]): Finding {
  if (received.length === 0) return Finding.silence;
  const isEcho = frame.every((byte, i) => received[i] === byte);
  if (isEcho) framing.expectEcho();
  for (const byte of received) framing.push(Uint8Array.of(byte), 1);
  if (framing.next(request)) return Finding.answer;
  return isEcho && received.length === frame.length ? Finding.echo : Finding.noise;
}
