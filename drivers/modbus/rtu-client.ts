/**
 * Modbus RTU over an ECMA-419 Serial. Frame: unit(1) PDU CRC(2, low byte first); at least 3.5 characters of silence before
 * each (MODBUS over Serial Line V1.02, section 2.5.1.1).
 */
import type { Serial, SerialConstructor, SerialOptions } from "../../hal/io";
import type { Log } from "../../hal/log";
import { crc16 } from "./crc16";
import { Lane, type LaneOptions, type ModbusLane } from "./lane";
import { REQUEST_PDU_BYTES, writeRequest } from "./pdu";
import type { ReadRequest } from "./read-request";
import { RtuReceiver } from "./rtu-receiver";
import { type LaneTransport, UNREACHABLE } from "./transport";

export type RtuLaneOptions = LaneOptions & {
  readonly io: SerialConstructor;
  /** Options of the Serial class: port or pins, baud, data, parity, stop. */
  readonly serialOptions: SerialOptions;
  readonly log: Log;
  /** The adapter hears its own frames (RS-485 with the receiver always on). Default false. */
  readonly localEcho?: boolean;
};

const REQUEST_FRAME_BYTES = REQUEST_PDU_BYTES + 3;
/** Above 19200 baud the silence is a fixed time. */
const FAST_BAUD = 19_200;
const FAST_SILENCE_US = 1_750;
/** A late answer gets at least this time before the next frame. */
const LATE_GUARD_US = 50_000;
/** A port that failed is opened again after this time. */
const REOPEN_US = 5_000_000;
const READ_BYTES = 64;

export class RtuLane implements ModbusLane, LaneTransport {
  readonly guardUs: number;
  readonly receiver = new RtuReceiver();
  readonly #options: RtuLaneOptions;
  readonly #lane: Lane;
  readonly #frame = new Uint8Array(REQUEST_FRAME_BYTES);
  readonly #incoming = new Uint8Array(READ_BYTES);
  readonly #characterUs: number;
  readonly #silenceUs: number;
  #io: Serial | undefined;
  /** The line has been silent since then. */
  #quietSinceUs = 0;
  #reopenUs = 0;
  #closed = false;

  /** Opens the port. @throws what the Serial class throws: the port is missing, in use, or cannot do these settings */
  constructor(options: RtuLaneOptions) {
    const { baud, data = 8, parity = "none", stop = 1 } = options.serialOptions;
    this.#options = options;
    this.#characterUs = ((1 + data + (parity === "none" ? 0 : 1) + stop) * 1_000_000) / baud;
    this.#silenceUs = baud > FAST_BAUD ? FAST_SILENCE_US : Math.ceil(3.5 * this.#characterUs);
    this.guardUs = Math.max(LATE_GUARD_US, 2 * this.#silenceUs);
    this.#open();
    this.#quietSinceUs = options.clock.nowUs();
    this.#lane = new Lane(this, options);
  }

  get counters() {
    return this.#lane.counters;
  }

  submit(request: ReadRequest): boolean {
    return this.#lane.submit(request);
  }

  /** Called by the lane as well, which this closes. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#lane.close();
    this.#io?.close();
    this.#io = undefined;
  }

  // hot path
  readyAtUs(nowUs: number): number {
    if (this.#io === undefined && !this.#reopen(nowUs)) return UNREACHABLE;
    const quietUs = this.#quietSinceUs + this.#silenceUs;
    return quietUs > nowUs ? quietUs : nowUs;
  }

  // hot path
  send(request: ReadRequest): number {
    const frame = this.#frame;
    frame[0] = request.unit;
    writeRequest(frame, 1, request.functionCode, request.address, request.count);
    const crc = crc16(frame, 0, REQUEST_FRAME_BYTES - 2);
    frame[REQUEST_FRAME_BYTES - 2] = crc & 0xff;
    frame[REQUEST_FRAME_BYTES - 1] = crc >> 8;
    const wireUs = Math.ceil(REQUEST_FRAME_BYTES * this.#characterUs);
    this.#quietSinceUs = this.#options.clock.nowUs() + wireUs;
    if (this.#options.localEcho === true) this.receiver.expectEcho(frame);
    this.#io!.write(frame);
    return wireUs;
  }

  discard(): void {
    this.receiver.clear();
  }

  timedOut(): void {
    // What is late is thrown away when the next frame is sent.
  }

  // hot path
  #readable(port: Serial): void {
    const nowUs = this.#options.clock.nowUs();
    if (nowUs > this.#quietSinceUs) this.#quietSinceUs = nowUs;
    for (;;) {
      const count = port.read(this.#incoming) ?? 0;
      for (let i = 0; i < count; i++) this.receiver.push(this.#incoming[i]);
      if (count < READ_BYTES) break;
    }
    const { awaited } = this.#lane;
    if (awaited === undefined || !this.receiver.next(awaited)) return;
    awaited.take(this.receiver.bytes, this.receiver.pduAt, this.receiver.pduLength);
    this.#lane.answered();
  }

  #open(): void {
    const lane = this;
    this.#io = new this.#options.io({
      ...this.#options.serialOptions,
      format: "buffer",
      onReadable() {
        if (lane.#io === this) lane.#readable(this);
      },
      onError(error?: unknown) {
        if (lane.#io === this) lane.#broke(error);
      },
    });
  }

  /** The port is gone, an adapter was pulled out perhaps: it is opened again when somebody wants to send. */
  #broke(error: unknown): void {
    this.#options.log.warn(`the Modbus line failed: ${error instanceof Error ? error.message : String(error)}`);
    this.#io?.close();
    this.#io = undefined;
    this.#reopenUs = this.#options.clock.nowUs() + REOPEN_US;
    this.#lane.changed(true);
  }

  #reopen(nowUs: number): boolean {
    if (nowUs < this.#reopenUs || this.#closed) return false;
    try {
      this.#open();
      this.#quietSinceUs = nowUs;
      return true;
    } catch {
      this.#reopenUs = nowUs + REOPEN_US;
      return false;
    }
  }
}

export function openRtuLane(options: RtuLaneOptions): RtuLane {
  return new RtuLane(options);
}
