/**
 * One TCP connection of the world: two ends and a pipe in each direction.
 *
 * Bytes wait in the sender's buffer, travel as segments, lie in the receiver's buffer until they are read, and stay
 * charged to the sender until the acknowledgement is back. So a slow reader, a slow line and a dead peer all show as a
 * full send buffer, as they do on a device.
 */
import { ByteQueue } from "../../hal/byte-queue";
import { IOError } from "../../hal/io-error";
import { type Kernel, WorldEvent } from "./kernel";
import type { Network, NetworkHost } from "./network";

/** Segments and acknowledgements of one direction that are under way. */
const MOST_UNDER_WAY = 64;
/** Retransmission after a stall takes this long to come round (RFC 6298: the RTO is at least 1 s). */
const RETRANSMIT_US = 1_000_000;
/** Length of the segment that says that no more will come. */
const FIN = 0;

/** What an end tells the socket that owns it. Called from the kernel only, never from a method of the socket. */
export interface EndpointOwner {
  connected(): void;
  readable(): void;
  writable(): void;
  failed(error: IOError): void;
}

export class Connection {
  readonly network: Network;
  readonly client: Endpoint;
  readonly server: Endpoint;

  constructor(client: Endpoint, server: Endpoint) {
    this.network = client.host.network;
    this.client = client;
    this.server = server;
    client.join(this, server);
    server.join(this, client);
    this.network.add(this);
  }

  reset(by: string): void {
    const error = new IOError("reset", `${by} reset the connection`);
    this.client.fail(error);
    this.server.fail(error);
  }

  recover(): void {
    this.client.pipe.recover();
    this.server.pipe.recover();
  }

  /** Forgets the connection when neither end has anything left to do. */
  settle(): void {
    if (this.client.done && this.server.done) this.network.remove(this);
  }
}

/**
 * One end. States: opening (until `joined` and told), open, closed (its script let go; what was written is still sent),
 * gone (failed, vanished or finished).
 */
export class Endpoint {
  readonly host: NetworkHost;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly received: ByteQueue;
  readonly pipe: Pipe;
  owner: EndpointOwner | undefined;
  failure: IOError | undefined;
  #connection: Connection | undefined;
  #closed = false;
  #gone = false;

  constructor(host: NetworkHost, remoteAddress: string, remotePort: number) {
    this.host = host;
    this.remoteAddress = remoteAddress;
    this.remotePort = remotePort;
    this.received = new ByteQueue(host.network.options.bufferBytes);
    this.pipe = new Pipe(this, host.network);
  }

  join(connection: Connection, peer: Endpoint): void {
    this.#connection = connection;
    this.pipe.peer = peer;
  }

  get joined(): boolean {
    return this.#connection !== undefined;
  }

  /** Takes nothing more: its script closed it, it failed, or its host lost power. */
  get deaf(): boolean {
    return this.#closed || this.#gone;
  }

  /** Has nothing left to send and nobody to tell. */
  get done(): boolean {
    return this.#gone;
  }

  /** The script lets go. What it wrote is still sent, then the end of the stream. */
  close(): void {
    if (this.deaf) return;
    this.#closed = true;
    this.owner = undefined;
    if (this.joined) this.pipe.finish();
    else this.#leave();
  }

  /** The script read: the peer may send more. */
  drained(): void {
    this.pipe.peer?.pipe.windowOpened();
  }

  fail(error: IOError): void {
    if (this.#gone) return;
    this.failure = error;
    const owner = this.owner;
    this.#leave();
    owner?.failed(error);
  }

  /** Power is gone: no callback, no segment. */
  vanish(): void {
    this.owner = undefined;
    this.#leave();
  }

  /** Everything that was to be sent is sent. */
  finished(): void {
    if (this.#closed) this.#leave();
  }

  #leave(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.pipe.stop();
    this.#connection?.settle();
  }
}

/** What is on its way in one direction, oldest first: when it is due and how many bytes it stands for. */
class UnderWay {
  readonly #dueUs = new Float64Array(MOST_UNDER_WAY);
  readonly #bytes = new Int32Array(MOST_UNDER_WAY);
  #head = 0;
  count = 0;

  get dueUs(): number {
    return this.#dueUs[this.#head];
  }

  get bytes(): number {
    return this.#bytes[this.#head];
  }

  push(dueUs: number, bytes: number): void {
    const tail = (this.#head + this.count) % MOST_UNDER_WAY;
    this.#dueUs[tail] = dueUs;
    this.#bytes[tail] = bytes;
    this.count++;
  }

  shift(): void {
    this.#head = (this.#head + 1) % MOST_UNDER_WAY;
    this.count--;
  }
}

/** One direction: from its endpoint to the peer. */
export class Pipe {
  peer: Endpoint | undefined;
  readonly #from: Endpoint;
  readonly #network: Network;
  readonly #kernel: Kernel;
  /** Written, not yet on the line. */
  readonly #waiting: ByteQueue;
  /** On the line. */
  readonly #flight: ByteQueue;
  readonly #segments = new UnderWay();
  readonly #acknowledgements = new UnderWay();
  readonly #segment: Uint8Array;
  readonly #depart = new WorldEvent(() => this.#send());
  readonly #arrive = new WorldEvent(() => this.#arrival());
  readonly #acknowledge = new WorldEvent(() => this.#acknowledged());
  readonly #giveUp = new WorldEvent(() => this.#gaveUp());
  #unacknowledged = 0;
  #lineFreeUs = 0;
  #finishing = false;
  #finSent = false;
  #stalled = false;
  #stopped = false;

  constructor(from: Endpoint, network: Network) {
    this.#from = from;
    this.#network = network;
    this.#kernel = network.kernel;
    const { bufferBytes, segmentBytes } = network.options;
    this.#waiting = new ByteQueue(bufferBytes);
    this.#flight = new ByteQueue(bufferBytes);
    this.#segment = new Uint8Array(Math.min(segmentBytes, bufferBytes));
  }

  /** Bytes that may be written now. */
  get writable(): number {
    return this.#waiting.free - this.#unacknowledged;
  }

  write(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    this.#wake();
  }

  finish(): void {
    this.#finishing = true;
    this.#kernel.schedule(this.#giveUp, this.#kernel.nowUs() + this.#network.options.giveUpUs);
    this.#wake();
  }

  /** The news of the reader's free buffer needs a trip to get here. */
  windowOpened(): void {
    if (this.#waiting.length > 0 && this.#depart.slot < 0)
      this.#kernel.schedule(this.#depart, this.#kernel.nowUs() + this.#network.travelUs());
  }

  recover(): void {
    if (!this.#stalled) return;
    this.#stalled = false;
    const againUs = this.#kernel.nowUs() + RETRANSMIT_US + this.#network.travelUs();
    if (this.#segments.count > 0) this.#kernel.schedule(this.#arrive, againUs);
    if (this.#acknowledgements.count > 0) this.#kernel.schedule(this.#acknowledge, againUs);
  }

  stop(): void {
    this.#stopped = true;
    this.#kernel.cancel(this.#depart);
    this.#kernel.cancel(this.#arrive);
    this.#kernel.cancel(this.#acknowledge);
    this.#kernel.cancel(this.#giveUp);
  }

  /** Soon: what is written in one go travels together. */
  #wake(): void {
    if (this.#depart.slot < 0 && !this.#stopped)
      this.#kernel.schedule(this.#depart, Math.max(this.#kernel.nowUs(), this.#lineFreeUs));
  }

  #send(): void {
    const room = this.peer!.received.free - this.#flight.length;
    const count = Math.min(this.#waiting.length, this.#segment.length, room);
    if (this.#full) return;
    if (count > 0) this.#sendSegment(count);
    else if (this.#finishing && this.#waiting.length === 0 && !this.#finSent) {
      this.#finSent = true;
      this.#launch(FIN);
    }
    const more = this.#waiting.length > 0 ? room > count : this.#finishing && !this.#finSent;
    if (more && !this.#full) this.#kernel.schedule(this.#depart, this.#lineFreeUs);
  }

  get #full(): boolean {
    return this.#segments.count + this.#acknowledgements.count >= MOST_UNDER_WAY;
  }

  #sendSegment(count: number): void {
    this.#waiting.fill(this.#segment, count);
    this.#flight.push(this.#segment, 0, count);
    if (this.#unacknowledged === 0)
      this.#kernel.schedule(this.#giveUp, this.#kernel.nowUs() + this.#network.options.giveUpUs);
    this.#unacknowledged += count;
    this.#network.counters.segments++;
    this.#launch(count);
  }

  /** Puts a segment on the line. One that would overtake another arrives with it: the oldest is always handled first. */
  #launch(count: number): void {
    const nowUs = this.#kernel.nowUs();
    this.#lineFreeUs = nowUs + Math.ceil((count * 1_000_000) / this.#network.options.bytesPerSecond);
    const dueUs = this.#lineFreeUs + this.#network.travelUs();
    this.#segments.push(dueUs, count);
    if (this.#segments.count === 1 && !this.#stalled) this.#kernel.schedule(this.#arrive, dueUs);
  }

  #arrival(): void {
    const peer = this.peer!;
    if (!this.#from.host.reaches(peer.host)) {
      this.#stalled = true;
      return;
    }
    const count = this.#segments.bytes;
    this.#segments.shift();
    if (this.#segments.count > 0) this.#kernel.schedule(this.#arrive, this.#segments.dueUs);
    if (count === FIN) this.#finArrived(peer);
    else if (peer.deaf) this.#refused();
    else this.#deliver(peer, count);
  }

  #deliver(peer: Endpoint, count: number): void {
    this.#flight.fill(this.#segment, count);
    peer.received.push(this.#segment, 0, count);
    this.#acknowledgements.push(this.#kernel.nowUs() + this.#network.travelUs(), count);
    if (this.#acknowledgements.count === 1) this.#kernel.schedule(this.#acknowledge, this.#acknowledgements.dueUs);
    peer.owner?.readable();
  }

  #finArrived(peer: Endpoint): void {
    this.#from.finished();
    peer.fail(new IOError("ended", "the peer closed the connection"));
  }

  /** Data for an end that is no more: its host answers with a reset. */
  #refused(): void {
    this.#kernel.after(this.#network.travelUs(), () => {
      this.#network.counters.resets++;
      this.#from.fail(new IOError("reset", "the peer reset the connection"));
    });
  }

  #acknowledged(): void {
    if (!this.#from.host.reaches(this.peer!.host)) {
      this.#stalled = true;
      return;
    }
    this.#unacknowledged -= this.#acknowledgements.bytes;
    this.#acknowledgements.shift();
    if (this.#acknowledgements.count > 0) this.#kernel.schedule(this.#acknowledge, this.#acknowledgements.dueUs);
    if (this.#unacknowledged === 0 && !this.#finishing) this.#kernel.cancel(this.#giveUp);
    else this.#kernel.schedule(this.#giveUp, this.#kernel.nowUs() + this.#network.options.giveUpUs);
    if (this.#waiting.length > 0 || (this.#finishing && !this.#finSent)) this.#wake();
    this.#from.owner?.writable();
  }

  #gaveUp(): void {
    this.#network.counters.timeouts++;
    this.#from.fail(new IOError("timeout", "the peer has not acknowledged for too long"));
  }
}
