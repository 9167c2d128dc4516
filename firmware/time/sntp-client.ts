/**
 * Asks time servers over an ECMA-419 UDP socket, all of them at once, and hands on the median of those that agree.
 *
 *   waiting --round--> asking --all answered, or 1 s--> waiting ...        closed: from anywhere
 *
 * One socket for life; a round allocates what ECMA-419 allocates for a packet and nothing else.
 */
import type { Clock, Timer } from "../../hal/clock";
import type { UDP, UDPConstructor } from "../../hal/io";
import type { Log } from "../../hal/log";
import type { Random } from "../../hal/random";
import { FAULTS, LONGEST_TRIP_MS, NtpReply, PACKET_BYTES, ReplyFault, readReply, writeRequest } from "./ntp-packet";
import type { TimeSample } from "./synced-clock";

export type SntpOptions = {
  readonly UDP: UDPConstructor;
  /** Numeric addresses; at most 8. */
  readonly servers: readonly { readonly address: string; readonly port: number }[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly onSample: (sample: TimeSample) => void;
};

export const SntpState = { waiting: 0, asking: 1, closed: 2 } as const;
export type SntpState = (typeof SntpState)[keyof typeof SntpState];

/** RFC 4330 section 10 forbids polls of less than 15 s; RFC 5905 polls between 2^6 and 2^10 s. */
const FIRST_RETRY_S = 15;
const SHORTEST_POLL_S = 64;
const LONGEST_POLL_S = 1024;
const SECOND_US = 1_000_000;
/** Shares of the wait by which chance makes it longer. */
const SPREAD = 8;
const RANDOM_RANGE = 4_294_967_296;
/** A packet that is longer carries extensions or authentication that nobody asked for. */
const LARGEST_REPLY_BYTES = 512;

class Server {
  readonly address: string;
  readonly port: number;
  /** Random bits of the request that is under way. */
  high = 0;
  low = 0;
  sentUs = 0;
  asked = false;
  answered = false;
  /** It said DENY or RSTR: never asked again in this boot. */
  refused = false;
  /** Of the answer: UTC less monotonic time. */
  offsetMs = 0;
  uncertaintyMs = 0;

  constructor(address: string, port: number) {
    this.address = address;
    this.port = port;
  }
}

export class SntpClient {
  /** Replies by `ReplyFault`; `none` counts the good ones. */
  readonly replies: readonly number[];
  /** Rounds without a majority that agrees. */
  disagreements = 0;
  readonly #options: SntpOptions;
  readonly #servers: readonly Server[];
  readonly #timer: Timer;
  readonly #counts: number[];
  readonly #packet = new Uint8Array(LARGEST_REPLY_BYTES);
  readonly #view = new DataView(this.#packet.buffer);
  readonly #reply = new NtpReply();
  #socket: UDP | undefined;
  #state: SntpState = SntpState.waiting;
  /** The wait before the round that is under way; 0 before the first. */
  #waitS = 0;
  #succeeded = false;
  #slower = false;

  constructor(options: SntpOptions) {
    this.#options = options;
    this.#servers = options.servers.map(({ address, port }) => new Server(address, port));
    this.#counts = new Array<number>(FAULTS).fill(0);
    this.replies = this.#counts;
    this.#timer = options.clock.timer(this.due, this);
  }

  get state(): SntpState {
    return this.#state;
  }

  start(): void {
    this.ask();
  }

  close(): void {
    this.#state = SntpState.closed;
    this.#timer.disarm();
    this.#socket?.close();
    this.#socket = undefined;
  }

  private due(): void {
    if (this.#state === SntpState.asking) this.finish();
    else if (this.#state === SntpState.waiting) this.ask();
  }

  private ask(): void {
    const { clock, random } = this.#options;
    this.#state = SntpState.asking;
    this.#timer.arm(clock.nowUs() + LONGEST_TRIP_MS * 1000);
    for (const server of this.#servers) {
      server.asked = server.answered = false;
      if (server.refused) continue;
      server.high = random.uint32();
      server.low = random.uint32();
      writeRequest(this.#packet, this.#view, server.high, server.low);
      server.sentUs = clock.nowUs();
      server.asked = this.send(server);
    }
  }

  private send(server: Server): boolean {
    try {
      this.#socket ??= this.open();
      this.#socket.write(this.#packet.subarray(0, PACKET_BYTES), server.address, server.port);
      return true;
    } catch (error) {
      // A network that is down refuses sockets and packets alike; the next round tries anew.
      this.#options.log.warn(
        `time server ${server.address}: ${error instanceof Error ? error.message : String(error)}`,
      );
      return false;
    }
  }

  private open(): UDP {
    const client = this;
    return new this.#options.UDP({
      onReadable() {
        client.receive(this);
      },
      onError() {
        this.close();
        client.#socket = undefined;
      },
    });
  }

  private receive(socket: UDP): void {
    while (this.#state !== SntpState.closed) {
      const packet = socket.read();
      if (packet === undefined) return;
      this.take(packet, this.#options.clock.nowUs());
    }
  }

  private take(packet: ArrayBuffer & { address: string; port: number }, nowUs: number): void {
    const server = this.#servers.find(({ address, port }) => address === packet.address && port === packet.port);
    // Late, twice, or from somebody who was not asked.
    if (this.#state !== SntpState.asking || server === undefined || !server.asked || server.answered) {
      this.#counts[ReplyFault.origin]++;
      return;
    }
    const reply = this.#reply;
    const view = new DataView(packet);
    readReply(view, packet.byteLength, server.sentUs / 1000, nowUs / 1000, server.high, server.low, reply);
    this.#counts[reply.fault]++;
    // Somebody else's packet under the server's address must not keep the server's own from counting.
    if (reply.fault === ReplyFault.origin || reply.fault === ReplyFault.form) return;
    server.answered = true;
    if (reply.fault === ReplyFault.denied) this.refuse(server);
    else if (reply.fault === ReplyFault.rate) this.#slower = true;
    if (reply.fault === ReplyFault.none) {
      server.offsetMs = reply.utcMs - (server.sentUs + nowUs) / 2000;
      server.uncertaintyMs = reply.uncertaintyMs;
    } else server.asked = false;
    if (this.#servers.every(({ asked, answered }) => !asked || answered)) this.finish();
  }

  private refuse(server: Server): void {
    server.refused = true;
    this.#options.log.warn(`time server ${server.address} does not want to be asked; it is not asked again`);
  }

  /** The round is over: all have answered, or have had their time. */
  private finish(): void {
    const good = this.#servers.filter(({ asked, answered }) => asked && answered);
    good.sort((a, b) => a.offsetMs - b.offsetMs);
    const median = good[good.length >> 1];
    let agreeing = 0;
    for (const server of good)
      if (Math.abs(server.offsetMs - median.offsetMs) <= server.uncertaintyMs + median.uncertaintyMs) agreeing++;
    const succeeded = agreeing > 0 && agreeing * 2 > good.length;
    if (good.length > 0 && !succeeded) this.disagreements++;
    this.wait(succeeded);
    if (!succeeded) return;
    const atUs = this.#options.clock.nowUs();
    this.#options.onSample({
      atUs,
      utcMs: median.offsetMs + atUs / 1000,
      uncertaintyMs: median.uncertaintyMs,
      agreed: agreeing >= 2,
    });
  }

  /** The wait doubles from round to round, and begins anew when failure turns into success or success into failure. */
  private wait(succeeded: boolean): void {
    const { clock, random } = this.#options;
    this.#state = SntpState.waiting;
    if (this.#servers.every(({ refused }) => refused)) {
      this.#timer.disarm();
      return;
    }
    const changed = this.#waitS === 0 || succeeded !== this.#succeeded;
    const nextS = changed ? (succeeded ? SHORTEST_POLL_S : FIRST_RETRY_S) : this.#waitS * 2;
    this.#waitS = Math.min(LONGEST_POLL_S, this.#slower ? nextS * 2 : nextS);
    this.#succeeded = succeeded;
    this.#slower = false;
    const spreadS = (this.#waitS * random.uint32()) / RANDOM_RANGE / SPREAD;
    this.#timer.arm(clock.nowUs() + Math.floor((this.#waitS + spreadS) * SECOND_US));
  }
}
