/**
 * An RS-485 line of the world: one pair of wires, half duplex, any number of stations.
 *
 * A character is on the wires for its start, data, parity and stop bits and is heard when its last stop bit ends. Two
 * stations that talk at once garble each other. A station does not hear while it talks; with `echo` the gateway hears
 * itself, as on an adapter whose receiver stays enabled. The whole line has one speed: the one that the gateway chose.
 */
import type { SerialPort, SerialTarget } from "../../drivers/emulation";
import { ByteQueue } from "../../hal/byte-queue";
import { IOError } from "../../hal/io-error";
import type { Random } from "../../hal/random";
import { type Kernel, WorldEvent } from "./kernel";

const DEFAULT_BAUD = 9600;
/** Start bit, eight data bits, one stop bit. */
const DEFAULT_BITS = 10;
/** A device hears each byte as it ends; a real slave's UART interrupts for each. */
const TARGET_FIFO_BYTES = 1;
/** What a device may have to send; a Modbus RTU frame has at most 256 bytes. */
const TARGET_QUEUE_BYTES = 1024;
/** A FIFO that is not full hands over after this much silence, in characters. */
const FIFO_IDLE_CHARACTERS = 2;

export class SerialLine {
  /** The gateway hears its own bytes. */
  echo = false;
  /** Probability that a character arrives with one bit flipped, 0 to 1. */
  noise = 0;
  /** Characters that were sent, good or not. */
  bytes = 0;
  busyUs = 0;
  /** Characters that began while another station talked. */
  collisions = 0;
  /** Characters that `noise` changed. */
  noisyBytes = 0;
  readonly kernel: Kernel;
  readonly #random: Random;
  readonly #stations: Station[] = [];
  #baud = DEFAULT_BAUD;
  #bits = DEFAULT_BITS;
  #owned = false;

  constructor(kernel: Kernel, random: Random) {
    this.kernel = kernel;
    this.#random = random;
  }

  get baud(): number {
    return this.#baud;
  }

  /** Hangs a device on the line. */
  attach(make: (port: SerialPort) => SerialTarget): SerialTarget {
    let target: SerialTarget | undefined;
    const station = new Station(this, TARGET_FIFO_BYTES, TARGET_QUEUE_BYTES, {
      heard: (bytes, count) => target!.receive(count === bytes.length ? bytes : bytes.subarray(0, count)),
      sent: nothing,
    });
    target = make({ transmit: (bytes, delayUs) => station.transmit(bytes, delayUs) });
    this.#stations.push(station);
    return target;
  }

  /** The gateway's end, of which there is one. */
  open(
    settings: {
      readonly baud: number;
      readonly bitsPerCharacter: number;
      readonly fifoBytes: number;
      readonly queueBytes: number;
    },
    ear: StationEvents,
  ): Station {
    if (this.#owned) throw new IOError("in-use", "this serial port is in use by another Serial");
    this.#owned = true;
    this.#baud = settings.baud;
    this.#bits = settings.bitsPerCharacter;
    const station = new Station(this, settings.fifoBytes, settings.queueBytes, ear);
    station.gateway = true;
    this.#stations.push(station);
    return station;
  }

  close(station: Station): void {
    const index = this.#stations.indexOf(station);
    if (index < 0) return;
    this.#stations.splice(index, 1);
    station.silence();
    this.#owned = false;
  }

  /** Time of `count` characters, in whole microseconds. */
  charactersUs(count: number): number {
    return Math.floor((count * this.#bits * 1_000_000) / this.#baud);
  }

  /** A character begins. Whoever talks at the same time is garbled, and so is it. */
  begin(station: Station): void {
    const nowUs = this.kernel.nowUs();
    for (let i = 0; i < this.#stations.length; i++) {
      const other = this.#stations[i];
      if (other === station || !other.talking || other.characterEndUs <= nowUs) continue;
      if (!station.garbled) this.collisions++;
      station.garbled = true;
      other.garbled = true;
    }
  }

  /** A character's last stop bit ends: everybody hears it. */
  end(station: Station, byte: number): void {
    const nowUs = this.kernel.nowUs();
    this.bytes++;
    this.busyUs += this.charactersUs(1);
    const heard = this.#disturb(station.garbled ? this.#random.uint32() & 0xff : byte);
    for (let i = 0; i < this.#stations.length; ) {
      const other = this.#stations[i];
      // Who begins at this very instant has heard the character.
      const deaf = other.talking && other.characterStartUs < nowUs;
      if (other === station ? this.echo && station.gateway : !deaf) other.hear(heard);
      // Whoever heard may have left the line.
      if (this.#stations[i] === other) i++;
    }
  }

  #disturb(byte: number): number {
    if (this.noise <= 0 || this.#random.uint32() >= this.noise * 4_294_967_296) return byte;
    this.noisyBytes++;
    return byte ^ (1 << (this.#random.uint32() & 7));
  }
}

/** What a station tells its owner. */
export interface StationEvents {
  /** `count` characters arrived, at the start of `bytes`, which is used again. */
  heard(bytes: Uint8Array, count: number): void;
  /** The last character that was queued is out. */
  sent(): void;
}

/** A transceiver on the line with a send queue and a receive FIFO. States: silent, waiting to begin, talking. */
export class Station {
  gateway = false;
  talking = false;
  garbled = false;
  characterStartUs = 0;
  characterEndUs = 0;
  readonly #line: SerialLine;
  readonly #kernel: Kernel;
  readonly #events: StationEvents;
  readonly #outgoing: ByteQueue;
  readonly #fifo: Uint8Array;
  readonly #step: WorldEvent;
  readonly #idle: WorldEvent;
  #fifoCount = 0;
  #byte = 0;
  /** Anchor of the running transmission, so that characters of fractional microseconds do not drift. */
  #startUs = 0;
  #characters = 0;
  #waiting = false;

  constructor(line: SerialLine, fifoBytes: number, queueBytes: number, events: StationEvents) {
    this.#line = line;
    this.#kernel = line.kernel;
    this.#events = events;
    this.#outgoing = new ByteQueue(queueBytes);
    this.#fifo = new Uint8Array(fifoBytes);
    this.#step = new WorldEvent(() => this.#advance());
    this.#idle = new WorldEvent(() => this.#handOver());
  }

  /** Bytes that may be queued now. */
  get free(): number {
    return this.#outgoing.free;
  }

  /**
   * Queues bytes; they begin after `delayUs`, or follow at once when the station already talks. Listens to nobody: a line
   * that is busy then means a collision.
   */
  transmit(bytes: Uint8Array, delayUs: number): void {
    if (bytes.length > this.#outgoing.free)
      throw new IOError("buffer-full", `a station cannot queue ${bytes.length} bytes more`);
    if (bytes.length === 0) return;
    this.#outgoing.push(bytes);
    if (this.talking || this.#waiting) return;
    this.#waiting = true;
    this.#characters = 0;
    this.#startUs = this.#kernel.nowUs() + delayUs;
    this.#kernel.schedule(this.#step, this.#startUs);
  }

  hear(byte: number): void {
    this.#fifo[this.#fifoCount++] = byte;
    if (this.#fifoCount === this.#fifo.length) this.#handOver();
    else this.#kernel.schedule(this.#idle, this.#kernel.nowUs() + this.#line.charactersUs(FIFO_IDLE_CHARACTERS));
  }

  /** Drops what has not begun. The character on the wires ends as it must. */
  dropOutgoing(): number {
    const dropped = this.#outgoing.length;
    this.#outgoing.clear();
    if (this.#waiting) {
      this.#waiting = false;
      this.#kernel.cancel(this.#step);
    }
    return dropped;
  }

  dropFifo(): void {
    this.#fifoCount = 0;
    this.#kernel.cancel(this.#idle);
  }

  /** Leaves the line at once. */
  silence(): void {
    this.dropOutgoing();
    this.dropFifo();
    this.talking = false;
    this.#kernel.cancel(this.#step);
  }

  #advance(): void {
    if (this.talking) {
      this.#line.end(this, this.#byte);
      this.talking = false;
    }
    this.#waiting = false;
    if (this.#outgoing.length > 0) this.#begin();
    else this.#events.sent();
  }

  #begin(): void {
    this.#byte = this.#outgoing.shift();
    this.garbled = false;
    this.talking = true;
    this.#characters++;
    this.characterStartUs = this.#kernel.nowUs();
    this.characterEndUs = this.#startUs + this.#line.charactersUs(this.#characters);
    this.#line.begin(this);
    this.#kernel.schedule(this.#step, this.characterEndUs);
  }

  #handOver(): void {
    const count = this.#fifoCount;
    this.#fifoCount = 0;
    this.#kernel.cancel(this.#idle);
    if (count > 0) this.#events.heard(this.#fifo, count);
  }
}

function nothing(): void {}
