/**
 * A lane on an ECMA-419 TCP: MBAP frames, or RTU frames through a serial server that passes bytes.
 *
 *   offline -> connecting -> online          each step fails back to offline, with a pause that doubles from 1 s to 60 s
 */
import type { TCP, TCPConstructor } from "../../hal/io";
import type { Log } from "../../hal/log";
import type { Random } from "../../hal/random";
import type { Framing } from "./framing";
import { Lane, type LaneOptions, type ModbusLane } from "./lane";
import type { ModbusRequest } from "./request";
import { type LaneTransport, UNREACHABLE } from "./transport";

export type SocketLaneOptions = LaneOptions & {
  readonly io: TCPConstructor;
  /** Numeric address. */
  readonly address: string;
  /** Default 502. */
  readonly port?: number;
  readonly random: Random;
  readonly log: Log;
  /** Least silence before a frame, for serial servers and gateways that drop what comes too soon. Default 0. */
  readonly interFrameMs?: number;
};

/** What a socket adds to a way of framing. */
export interface SocketFraming extends Framing {
  /** A new connection stands: nothing of the old one counts. */
  reset(): void;
  /** What was received cannot be read any further. */
  readonly lost: boolean;
  /** Frames that answered nothing that was awaited: late ones, as a rule. */
  strangers: number;
  /** Nothing is awaited: drops what is whole. */
  skip(): void;
}

export const MODBUS_TCP_PORT = 502;
const CHUNK_BYTES = 256;
/** Longest frame of all, ASCII excepted. */
const MAX_FRAME_BYTES = 260;
const CONNECT_TIMEOUT_US = 5_000_000;
const BACKOFF_BASE_US = 1_000_000;
const BACKOFF_CAP_US = 60_000_000;
/**
 * Time-outs in a row after which the connection itself is in doubt. More than a silent unit behind a gateway causes before
 * it is asked more rarely: its neighbours on the same connection are well.
 */
const DOUBT_AFTER = 8;
/** A serial server delivers in pieces: a broken answer is over when nothing came for so long. */
const SPOILED_QUIET_US = 100_000;

const State = { offline: 0, connecting: 1, online: 2, closed: 3 } as const;
type State = (typeof State)[keyof typeof State];

export class SocketLane implements ModbusLane, LaneTransport {
  readonly guardUs: number;
  connects = 0;
  readonly framing: SocketFraming;
  readonly #options: SocketLaneOptions;
  readonly #lane: LaneCore;
  readonly #chunk = new Uint8Array(CHUNK_BYTES);
  #io: TCP | undefined;
  #state: State = State.offline;
  #writable = 0;
  /** End of the connection attempt, or of the pause before the next one. */
  #untilUs = 0;
  #attempts = 0;
  #timeouts = 0;
  #quietSinceUs = 0;

  /**
   * @param guardUs least silence after a time-out, 0 where frames are numbered
   * @param make a lane with more than one request on its way, instead of the usual
   */
  constructor(
    options: SocketLaneOptions,
    framing: SocketFraming,
    guardUs: number,
    make?: (transport: LaneTransport) => LaneCore,
  ) {
    this.#options = options;
    this.framing = framing;
    this.guardUs = guardUs;
    this.#lane = make === undefined ? new NarrowLane(this, options, framing) : make(this);
  }

  get counters() {
    return this.#lane.counters;
  }

  get strangers(): number {
    return this.framing.strangers;
  }

  submit(request: ModbusRequest): boolean {
    return this.#lane.submit(request);
  }

  close(): void {
    if (this.#state === State.closed) return;
    this.#state = State.closed;
    this.#lane.close();
    this.#io?.close();
    this.#io = undefined;
  }

  // hot path
  readyAtUs(nowUs: number): number {
    if (this.#state === State.online && this.#writable >= MAX_FRAME_BYTES) return this.pausedUntilUs(nowUs);
    return this.openedAtUs(nowUs);
  }

  // hot path
  send(request: ModbusRequest): number {
    this.#writable = this.#io!.write(this.framing.frame(request));
    return 0;
  }

  // hot path
  discard(): void {
    this.framing.clear();
  }

  timedOut(): void {
    this.#timeouts++;
    if (this.#timeouts >= DOUBT_AFTER) this.hangUp("it accepts connections and does not answer");
  }

  // hot path
  private pausedUntilUs(nowUs: number): number {
    const { interFrameMs } = this.#options;
    if (interFrameMs === undefined) return nowUs;
    const quietUs = this.#quietSinceUs + interFrameMs * 1000;
    return quietUs > nowUs ? quietUs : nowUs;
  }

  private openedAtUs(nowUs: number): number {
    if (this.#state === State.connecting && nowUs >= this.#untilUs) this.hangUp("no answer to the connection attempt");
    if (this.#state === State.offline && nowUs >= this.#untilUs) this.connect(nowUs);
    if (this.#state === State.connecting) return this.#untilUs;
    // The socket's buffer is full, which two dozen bytes a time never do to a peer that reads.
    return this.#state === State.online ? nowUs + CONNECT_TIMEOUT_US : UNREACHABLE;
  }

  private connect(nowUs: number): void {
    this.#state = State.connecting;
    this.#untilUs = nowUs + CONNECT_TIMEOUT_US;
    this.#writable = this.#timeouts = 0;
    this.framing.reset();
    try {
      this.#io = new this.#options.io({
        address: this.#options.address,
        port: this.#options.port ?? MODBUS_TCP_PORT,
        noDelay: true,
        target: this,
        onReadable,
        onWritable,
        onError,
      });
    } catch (error) {
      this.hangUp(error instanceof Error ? error.message : String(error));
    }
  }

  // hot path
  /** For the socket, which may be an old one. */
  canWrite(socket: TCP, bytes: number): void {
    if (this.#io !== socket) return;
    this.#writable = bytes;
    if (this.#state === State.connecting) {
      this.#state = State.online;
      this.connects++;
    }
    this.#lane.changed(false);
  }

  /** Waits before the next attempt; says so once for each outage. */
  private hangUp(reason: string): void {
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

  /** For the socket, which may be an old one. */
  failed(socket: TCP, error: unknown): void {
    if (this.#io === socket) this.hangUp(error instanceof Error ? error.message : "the connection ended");
  }

  // hot path
  /** For the socket, which may be an old one. */
  readable(socket: TCP): void {
    if (this.#io !== socket) return;
    const { framing } = this;
    if (this.#options.interFrameMs !== undefined) this.#quietSinceUs = this.#options.clock.nowUs();
    for (;;) {
      // As a rule a whole answer comes at once, into an empty buffer: then it is not copied.
      const isEmpty = framing.isEmpty;
      const count = socket.read(isEmpty ? framing.bytes : this.#chunk) ?? 0;
      if (count > 0 && !(isEmpty ? framing.filled(count) : framing.push(this.#chunk, count))) break;
      this.takeAnswers();
      // An owner may have closed the lane meanwhile.
      if (this.#io !== socket) return;
      if (count < CHUNK_BYTES) break;
    }
    if (framing.lost) this.hangUp("what it sends is not Modbus TCP");
  }

  // hot path
  private takeAnswers(): void {
    if (this.#lane.receive() === 0) return;
    this.#timeouts = 0;
    this.#attempts = 0;
  }
}

// For all sockets of all lanes: on a board they lie in flash, where three closures of each socket would be 27 slots.

function onReadable(this: TCP): void {
  (this.target as SocketLane).readable(this);
}

function onWritable(this: TCP, bytes: number): void {
  (this.target as SocketLane).canWrite(this, bytes);
}

function onError(this: TCP, error?: unknown): void {
  (this.target as SocketLane).failed(this, error);
}

/** What a socket needs of the lane behind it. */
export interface LaneCore extends ModbusLane {
  /** The socket can be written, or has broken. */
  changed(broken: boolean): void;
  /** Takes what has come; how many answers there were. */
  receive(): number;
}

/** One request on its way. */
class NarrowLane extends Lane implements LaneCore {
  readonly #framing: SocketFraming;
  readonly #now: SocketLaneOptions["clock"];

  constructor(transport: LaneTransport, options: SocketLaneOptions, framing: SocketFraming) {
    super(transport, options);
    this.#framing = framing;
    this.#now = options.clock;
  }

  // hot path
  receive(): number {
    const framing = this.#framing;
    let answers = 0;
    let { awaited } = this;
    while (awaited !== undefined && framing.next(awaited)) {
      awaited.settle(framing.view, framing.pduAt);
      answers++;
      this.answered();
      awaited = this.awaited;
    }
    if (awaited === undefined) framing.skip();
    else if (framing.spoiled) this.spoiled(this.#now.nowUs() + SPOILED_QUIET_US);
    return answers;
  }
}
