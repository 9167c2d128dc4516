/**
 * Modbus TCP over an ECMA-419 TCP. Frame (MBAP): transaction(2) protocol = 0 (2) length(2) unit(1) PDU; the length counts
 * unit and PDU (MODBUS Messaging on TCP/IP V1.0b, section 3.1.3).
 *
 *   offline -> connecting -> online          each step fails back to offline, with a pause that doubles from 1 s to 60 s
 */
import type { TCP, TCPConstructor } from "../../hal/io";
import type { Log } from "../../hal/log";
import type { Random } from "../../hal/random";
import { Lane, type LaneOptions, type ModbusLane } from "./lane";
import { MAX_PDU_BYTES, REQUEST_PDU_BYTES, writeRequest } from "./pdu";
import type { ReadRequest } from "./read-request";
import { type LaneTransport, UNREACHABLE } from "./transport";

export type TcpLaneOptions = LaneOptions & {
  readonly io: TCPConstructor;
  /** Numeric address. */
  readonly address: string;
  /** Default 502. */
  readonly port?: number;
  readonly random: Random;
  readonly log: Log;
};

export const MODBUS_TCP_PORT = 502;
const HEADER_BYTES = 7;
const REQUEST_BYTES = HEADER_BYTES + REQUEST_PDU_BYTES;
/** Two of the longest frames: a whole one behind one that is skipped. */
const CAPACITY = 2 * (HEADER_BYTES + MAX_PDU_BYTES);
const CONNECT_TIMEOUT_US = 5_000_000;
const BACKOFF_BASE_US = 1_000_000;
const BACKOFF_CAP_US = 60_000_000;
/**
 * Time-outs in a row after which the connection itself is in doubt. More than a silent unit behind a gateway causes before
 * it is asked more rarely: its neighbours on the same connection are well.
 */
const DOUBT_AFTER = 8;
/** Transaction numbers tell late answers apart: no silence is needed. */
const GUARD_US = 0;

const State = { offline: 0, connecting: 1, online: 2, closed: 3 } as const;
type State = (typeof State)[keyof typeof State];

export class TcpLane implements ModbusLane, LaneTransport {
  readonly guardUs: number = GUARD_US;
  /** Frames that answered nothing that was awaited: late ones, as a rule. */
  strangers = 0;
  connects = 0;
  readonly #options: TcpLaneOptions;
  readonly #lane: Lane;
  readonly #frame = new Uint8Array(REQUEST_BYTES);
  readonly #incoming = new Uint8Array(CAPACITY);
  readonly #chunk = new Uint8Array(CAPACITY);
  #length = 0;
  #io: TCP | undefined;
  #state: State = State.offline;
  #writable = 0;
  #transaction = 0;
  /** End of the connection attempt, or of the pause before the next one. */
  #untilUs = 0;
  #attempts = 0;
  #timeouts = 0;

  constructor(options: TcpLaneOptions) {
    this.#options = options;
    this.#lane = new Lane(this, options);
  }

  get counters() {
    return this.#lane.counters;
  }

  submit(request: ReadRequest): boolean {
    return this.#lane.submit(request);
  }

  close(): void {
    if (this.#state === State.closed) return;
    this.#state = State.closed;
    this.#lane.close();
    this.#io?.close();
    this.#io = undefined;
  }

  readyAtUs(nowUs: number): number {
    if (this.#state === State.connecting && nowUs >= this.#untilUs) this.#fail("no answer to the connection attempt");
    if (this.#state === State.offline && nowUs >= this.#untilUs) this.#connect(nowUs);
    if (this.#state === State.connecting) return this.#untilUs;
    if (this.#state !== State.online) return UNREACHABLE;
    if (this.#writable >= REQUEST_BYTES) return nowUs;
    // The socket's buffer is full, which two dozen bytes a time never do to a peer that reads.
    this.#untilUs = nowUs + CONNECT_TIMEOUT_US;
    return this.#untilUs;
  }

  // hot path
  send(request: ReadRequest): number {
    const frame = this.#frame;
    this.#transaction = (this.#transaction + 1) & 0xffff;
    frame[0] = this.#transaction >> 8;
    frame[1] = this.#transaction & 0xff;
    frame[4] = 0;
    frame[5] = 1 + REQUEST_PDU_BYTES;
    frame[6] = request.unit;
    writeRequest(frame, HEADER_BYTES, request.functionCode, request.address, request.count);
    this.#writable = this.#io!.write(frame);
    return 0;
  }

  discard(): void {
    // A stream must be read in order: what is late is told by its transaction number.
  }

  timedOut(): void {
    this.#timeouts++;
    if (this.#timeouts >= DOUBT_AFTER) this.#fail("it accepts connections and does not answer");
  }

  #connect(nowUs: number): void {
    const lane = this;
    this.#state = State.connecting;
    this.#untilUs = nowUs + CONNECT_TIMEOUT_US;
    this.#length = this.#writable = this.#timeouts = 0;
    try {
      this.#io = new this.#options.io({
        address: this.#options.address,
        port: this.#options.port ?? MODBUS_TCP_PORT,
        noDelay: true,
        onReadable() {
          if (lane.#io === this) lane.#readable(this);
        },
        onWritable(bytes: number) {
          if (lane.#io === this) lane.#canWrite(bytes);
        },
        onError(error?: unknown) {
          if (lane.#io === this) lane.#fail(error instanceof Error ? error.message : "the connection ended");
        },
      });
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error));
    }
  }

  #canWrite(bytes: number): void {
    this.#writable = bytes;
    if (this.#state === State.connecting) {
      this.#state = State.online;
      this.connects++;
    }
    this.#lane.changed(false);
  }

  /** Hangs up and waits before the next attempt; says so once for each outage. */
  #fail(reason: string): void {
    if (this.#attempts === 0)
      this.#options.log.warn(`Modbus TCP ${this.#options.address}: ${reason}; trying again with growing pauses`);
    this.#io?.close();
    this.#io = undefined;
    this.#state = State.offline;
    const pauseUs = Math.min(BACKOFF_CAP_US, BACKOFF_BASE_US * 2 ** Math.min(this.#attempts, 6));
    // Half of it by chance, so that gateways that lost their peer together do not come back together.
    const half = pauseUs / 2;
    this.#untilUs =
      this.#options.clock.nowUs() + Math.floor(half + (this.#options.random.uint32() / 4_294_967_296) * half);
    this.#attempts++;
    this.#lane.changed(true);
  }

  // hot path
  #readable(socket: TCP): void {
    for (;;) {
      const count = socket.read(this.#chunk) ?? 0;
      for (let i = 0; i < count; i++) if (!this.#push(this.#chunk[i])) return;
      // An owner may have closed the lane meanwhile.
      if (count < CAPACITY || this.#io !== socket) return;
    }
  }

  // hot path
  /** False: the stream has lost its frames, and with it the connection. */
  #push(byte: number): boolean {
    const bytes = this.#incoming;
    bytes[this.#length++] = byte;
    if (this.#length < HEADER_BYTES) return true;
    const length = (bytes[4] << 8) | bytes[5];
    if (bytes[2] !== 0 || bytes[3] !== 0 || length < 2 || length > 1 + MAX_PDU_BYTES) {
      this.#fail("what it sends is not Modbus TCP");
      return false;
    }
    if (this.#length < HEADER_BYTES - 1 + length) return true;
    this.#length = 0;
    this.#take(length - 1);
    return true;
  }

  // hot path
  #take(pduLength: number): void {
    const bytes = this.#incoming;
    const { awaited } = this.#lane;
    const mine =
      awaited !== undefined && ((bytes[0] << 8) | bytes[1]) === this.#transaction && bytes[6] === awaited.unit;
    if (!mine || !awaited.take(bytes, HEADER_BYTES, pduLength)) {
      this.strangers++;
      return;
    }
    this.#timeouts = 0;
    this.#attempts = 0;
    this.#lane.answered();
  }
}

export function openTcpLane(options: TcpLaneOptions): TcpLane {
  return new TcpLane(options);
}
