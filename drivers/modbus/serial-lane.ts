/**
 * A lane on an ECMA-419 Serial: RTU or ASCII frames, at least 3.5 characters of silence before each (MODBUS over Serial Line
 * V1.02, section 2.5.1.1), and the driver of an RS-485 line where the hardware does not switch it by itself.
 */
import type { Timer } from "../../hal/clock";
import type { Digital, DigitalConstructor, PinSpecifier, Serial, SerialConstructor, SerialOptions } from "../../hal/io";
import type { Log } from "../../hal/log";
import { CHUNK_BYTES, type Framing } from "./framing";
import { Lane, type LaneOptions, type ModbusLane } from "./lane";
import type { ModbusRequest } from "./request";
import { type LaneTransport, UNREACHABLE } from "./transport";

export type SerialLaneOptions = LaneOptions & {
  readonly io: SerialConstructor;
  /** Options of the Serial class: port or pins, baud, data, parity, stop. */
  readonly serialOptions: SerialOptions;
  readonly log: Log;
  /** The adapter hears its own frames (RS-485 with the receiver always on). Default false. */
  readonly localEcho?: boolean;
  /** Least silence before a frame, where 3.5 characters are too few for a slave. */
  readonly interFrameMs?: number;
  /** The pin that enables the RS-485 driver, for a transceiver that does not do it alone. */
  readonly driverEnable?: { readonly io: DigitalConstructor; readonly pin: PinSpecifier; readonly activeLow?: boolean };
};

/** Above 19200 baud the silence is a fixed time. */
const FAST_BAUD = 19_200;
const FAST_SILENCE_US = 1_750;
/** A late answer gets at least this time before the next frame. */
const LATE_GUARD_US = 50_000;
/** A port that failed is opened again after this time. */
const REOPEN_US = 5_000_000;
/**
 * A broken answer is over when nothing came for so long, at least: adapters on USB hand over every 16 ms (FTDI's latency
 * timer), and an operating system takes its time.
 */
const SPOILED_QUIET_US = 50_000;
/** Characters that may be missing in the middle of a frame that will still go on. */
const SPOILED_CHARACTERS = 8;

export class SerialLane implements ModbusLane, LaneTransport {
  readonly guardUs: number;
  readonly framing: Framing;
  readonly #options: SerialLaneOptions;
  readonly #lane: Lane;
  readonly #incoming = new Uint8Array(CHUNK_BYTES);
  readonly #characterUs: number;
  readonly #silenceUs: number;
  readonly #spoiledUs: number;
  #io: Serial | undefined;
  #enable: Digital | undefined;
  /** Lets go of the line when the last stop bit is out. */
  readonly #release: Timer | undefined;
  /** The line has been silent since then. */
  #quietSinceUs = 0;
  #reopenUs = 0;
  #closed = false;

  /** Opens the port. @throws what the Serial class throws: the port is missing, in use, or cannot do these settings */
  constructor(options: SerialLaneOptions, framing: Framing) {
    const { baud, data = 8, parity = "none", stop = 1 } = options.serialOptions;
    const { interFrameMs = 0, driverEnable } = options;
    this.#options = options;
    this.framing = framing;
    this.#characterUs = ((1 + data + (parity === "none" ? 0 : 1) + stop) * 1_000_000) / baud;
    const leastUs = baud > FAST_BAUD ? FAST_SILENCE_US : Math.ceil(3.5 * this.#characterUs);
    this.#silenceUs = Math.max(leastUs, interFrameMs * 1000);
    this.guardUs = Math.max(LATE_GUARD_US, 2 * this.#silenceUs);
    this.#spoiledUs = Math.max(SPOILED_QUIET_US, SPOILED_CHARACTERS * this.#characterUs);
    if (driverEnable !== undefined) {
      const { io, pin, activeLow = false } = driverEnable;
      this.#enable = new io({ pin, mode: io.Output, activeLow, initialValue: 0 });
      this.#release = options.clock.timer(() => this.#enable?.write(0));
    }
    this.open();
    this.#quietSinceUs = options.clock.nowUs();
    this.#lane = new Lane(this, options);
  }

  get counters() {
    return this.#lane.counters;
  }

  submit(request: ModbusRequest): boolean {
    return this.#lane.submit(request);
  }

  /** Called by the lane as well, which this closes. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#lane.close();
    this.#io?.close();
    this.#io = undefined;
    this.#release?.disarm();
    this.#enable?.close();
    this.#enable = undefined;
  }

  // hot path
  readyAtUs(nowUs: number): number {
    if (this.#io === undefined && !this.reopen(nowUs)) return UNREACHABLE;
    const quietUs = this.#quietSinceUs + this.#silenceUs;
    return quietUs > nowUs ? quietUs : nowUs;
  }

  // hot path
  send(request: ModbusRequest): number {
    const frame = this.framing.frame(request);
    const nowUs = this.#options.clock.nowUs();
    const wireUs = Math.ceil(frame.length * this.#characterUs);
    this.#quietSinceUs = nowUs + wireUs;
    if (this.#options.localEcho === true) this.framing.expectEcho();
    if (this.#enable !== undefined) {
      this.#enable.write(1);
      // Half a character more than the frame: the line must not be let go within the stop bit.
      this.#release!.arm(nowUs + wireUs + (this.#characterUs >> 1));
    }
    this.#io!.write(frame);
    return wireUs;
  }

  // hot path
  discard(): void {
    this.framing.clear();
  }

  timedOut(): void {
    // What is late is thrown away when the next frame is sent.
  }

  // hot path
  /** For the port, which may be an old one. */
  readable(port: Serial): void {
    if (this.#io !== port) return;
    const nowUs = this.#options.clock.nowUs();
    const { framing } = this;
    const incoming = this.#incoming;
    if (nowUs > this.#quietSinceUs) this.#quietSinceUs = nowUs;
    // As a rule a whole answer comes at once, into an empty buffer: then it is not copied.
    let count = framing.isEmpty ? (port.read(framing.bytes) ?? 0) : 0;
    if (count > 0) framing.filled(count);
    else count = CHUNK_BYTES;
    while (count >= CHUNK_BYTES) {
      count = port.read(incoming) ?? 0;
      if (count > 0) framing.push(incoming, count);
    }
    const { awaited } = this.#lane;
    if (awaited === undefined) return;
    if (framing.next(awaited)) {
      awaited.settle(framing.view, framing.pduAt);
      this.#lane.answered();
    } else if (framing.spoiled) this.#lane.spoiled(nowUs + this.#spoiledUs);
  }

  private open(): void {
    this.#io = new this.#options.io({
      ...this.#options.serialOptions,
      format: "buffer",
      target: this,
      onReadable,
      onError,
    });
  }

  /** The port is gone, an adapter was pulled out perhaps: it is opened again when somebody wants to send. */
  broke(port: Serial, error: unknown): void {
    if (this.#io !== port) return;
    this.#options.log.warn(`the Modbus line failed: ${error instanceof Error ? error.message : String(error)}`);
    this.#io?.close();
    this.#io = undefined;
    this.#reopenUs = this.#options.clock.nowUs() + REOPEN_US;
    this.#lane.changed(true);
  }

  private reopen(nowUs: number): boolean {
    if (nowUs < this.#reopenUs || this.#closed) return false;
    try {
      this.open();
      this.#quietSinceUs = nowUs;
      return true;
    } catch {
      this.#reopenUs = nowUs + REOPEN_US;
      return false;
    }
  }
}

// For all ports of all lanes: on a board they lie in flash.

function onReadable(this: Serial): void {
  (this.target as SerialLane).readable(this);
}

function onError(this: Serial, error?: unknown): void {
  (this.target as SerialLane).broke(this, error);
}
