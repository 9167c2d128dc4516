/**
 * Reads of 16 registers inside XS: called with what to do and how often, in the gateway's machine, whose memory and units count
 * alone (bench/modbus.ts).
 */
import type { Framing } from "../drivers/modbus/framing";
import { MbapFraming } from "../drivers/modbus/mbap-framing";
import { ReadRequest } from "../drivers/modbus/read-request";
import { openRtuLane } from "../drivers/modbus/rtu-client";
import { RtuFraming } from "../drivers/modbus/rtu-framing";
import { openTcpLane } from "../drivers/modbus/tcp-client";
import type { Clock } from "../hal/clock";
import type { ByteBuffer, SerialConstructor, TCPConstructor } from "../hal/io";

declare const host: { onCall(answer: (what: number, turns: number) => void): void };

const REGISTERS = 16;
const DATA_BYTES = 2 * REGISTERS;

/** Answers that were made once: RTU with its checksum, TCP with the number of the request, which is put in. */
function answers() {
  const rtu = new Uint8Array(64);
  rtu.set([1, 3, DATA_BYTES]);
  for (let i = 0; i < DATA_BYTES; i++) rtu[3 + i] = (i * 37) & 0xff;
  let crc = 0xffff;
  for (let i = 0; i < 3 + DATA_BYTES; i++) {
    crc ^= rtu[i];
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  rtu[3 + DATA_BYTES] = crc & 0xff;
  rtu[4 + DATA_BYTES] = crc >> 8;
  const tcp = new Uint8Array(64);
  tcp.set([0, 0, 0, 0, 0, 3 + DATA_BYTES, 1, 3, DATA_BYTES]);
  tcp.set(rtu.subarray(3, 3 + DATA_BYTES), 9);
  return { rtu, rtuBytes: 5 + DATA_BYTES, tcp, tcpBytes: 9 + DATA_BYTES };
}

/** Both IO classes at once: what is written is dropped, what is read was made before. */
class Wire {
  readonly options: {
    readonly target?: unknown;
    onReadable(this: Wire, count: number): void;
    onWritable?(this: Wire, count: number): void;
  };
  readonly target: unknown;
  readonly chunk: Uint8Array;
  count = 0;
  frame: Uint8Array | undefined;

  /** @param chunkBytes what the lane reads at once */
  constructor(options: Wire["options"], chunkBytes: number) {
    this.options = options;
    this.target = options.target;
    this.chunk = new Uint8Array(chunkBytes);
  }

  write(frame: Uint8Array): number {
    this.frame = frame;
    return 4096;
  }

  read(into: ByteBuffer): number {
    const { count } = this;
    if (count > 0) (into as Uint8Array).set(this.chunk);
    this.count = 0;
    return count;
  }

  close(): void {}
}

class Now implements Clock {
  us = 1_000_000;
  nowUs(): number {
    return this.us;
  }
  wallMs(): number {
    return Number.NaN;
  }
  wallQuality(): 0 {
    return 0;
  }
  timer() {
    return { arm() {}, disarm() {} };
  }
}

function codec(framing: Framing, answer: Uint8Array, bytes: number, numbered: boolean): () => void {
  const request = new ReadRequest({ unit: 1, functionCode: 3, address: 100, count: REGISTERS });
  framing.bytes.set(answer);
  return () => {
    const frame = framing.frame(request);
    if (numbered) {
      framing.bytes[0] = frame[0];
      framing.bytes[1] = frame[1];
    }
    framing.clear();
    // What a socket or a line does: it fills an empty buffer itself. The copy is the wire's, and is not counted.
    if (!framing.isEmpty) throw new Error("something is left");
    framing.filled(bytes);
    if (!framing.next(request)) throw new Error("the answer was not taken");
    request.settle(framing.view, framing.pduAt);
  };
}

function lane(numbered: boolean): () => void {
  const { rtu, rtuBytes, tcp, tcpBytes } = answers();
  const clock = new Now();
  const log = { info() {}, warn() {} };
  let wire: Wire | undefined;
  class Io extends Wire {
    constructor(options: Wire["options"]) {
      super(options, numbered ? 256 : 64);
      wire = this;
      this.chunk.set(numbered ? tcp : rtu);
    }
  }
  const opened = numbered
    ? openTcpLane({ io: Io as unknown as TCPConstructor, address: "x", clock, log, random: { uint32: () => 0 } })
    : openRtuLane({ io: Io as unknown as SerialConstructor, serialOptions: { port: 1, baud: 9600 }, clock, log });
  const request = new ReadRequest({ unit: 1, functionCode: 3, address: 100, count: REGISTERS });
  let done = 0;
  request.whenDone = () => {
    done++;
  };
  let turns = 0;
  return () => {
    clock.us += 100_000;
    opened.submit(request);
    if (numbered && turns === 0) wire!.options.onWritable!.call(wire!, 4096);
    if (numbered) {
      wire!.chunk[0] = wire!.frame![0];
      wire!.chunk[1] = wire!.frame![1];
    }
    wire!.count = numbered ? tcpBytes : rtuBytes;
    wire!.options.onReadable.call(wire!, wire!.count);
    turns++;
    if (done !== turns || request.outcome !== 2) throw new Error("the read did not end");
  };
}

function work(what: number): () => void {
  const { rtu, rtuBytes, tcp, tcpBytes } = answers();
  if (what === 0) return () => {};
  if (what === 1) return codec(new MbapFraming(false), tcp, tcpBytes, true);
  if (what === 2) return codec(new RtuFraming(), rtu, rtuBytes, false);
  return lane(what === 3);
}

(globalThis as { main?: () => void }).main = () => {
  const works: (() => void)[] = [];
  host.onCall((what, turns) => {
    works[what] ??= work(what);
    const turn = works[what];
    for (let i = 0; i < turns; i++) turn();
  });
};
