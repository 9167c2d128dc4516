/**
 * An RS-485 line of the world: one pair of wires, half duplex, any number of stations.
 *
 * A character is on the wires for its start, data, parity and stop bits and is heard when its last stop bit ends. Two
 * stations that talk at once garble each other. A station does not hear while it talks; with `echo` the gateway hears
 * itself, as on an adapter whose receiver stays enabled. The whole line has one speed: the one that the gateway chose.
 *
 * Characters that move nobody are not events of their own: while one station talks on a good line, as many of them as all
 * that hear take quietly are one run, which ends with a character that may move somebody, at its own time. Whatever looks
 * into a run (a station that talks into it, a counter that is read) first has what it brought so far passed on (`settle`).
 * Nobody can tell that from a line with an event for each character, but where two things meet in one microsecond: the end of
 * a run was scheduled when the run began.
 */
import type { SerialPort, SerialTarget } from "../../drivers/emulation";
import { copyBytes } from "../../hal/byte-queue";
import { IOError } from "../../hal/io-error";
import type { Random } from "../../hal/random";
import { type Kernel, WorldEvent } from "./kernel";

const DEFAULT_BAUD = 9600;
/** Start bit, eight data bits, one stop bit. */
const DEFAULT_BITS = 10;
/** What a device may have to send; a Modbus RTU frame has at most 256 bytes. */
const TARGET_QUEUE_BYTES = 1024;
/** A FIFO that is not full hands over after this much silence, in characters. */
const FIFO_IDLE_CHARACTERS = 2;

export class SerialLine {
  readonly kernel: Kernel;
  readonly #random: Random;
  readonly #stations: Station[] = [];
  /** A character as those who hear get it. */
  readonly #wire = new Uint8Array(1);
  #baud = DEFAULT_BAUD;
  #bits = DEFAULT_BITS;
  #characterUs = charactersUs(1, DEFAULT_BITS, DEFAULT_BAUD);
  #owned = false;
  #echo = false;
  #noise = 0;
  #bytes = 0;
  #busyUs = 0;
  #collisions = 0;
  #noisyBytes = 0;

  constructor(kernel: Kernel, random: Random) {
    this.kernel = kernel;
    this.#random = random;
  }

  get baud(): number {
    return this.#baud;
  }

  /** The gateway hears its own bytes. */
  get echo(): boolean {
    return this.#echo;
  }

  set echo(value: boolean) {
    this.#interrupt();
    this.#echo = value;
  }

  /** Probability that a character arrives with one bit flipped, 0 to 1. */
  get noise(): number {
    return this.#noise;
  }

  set noise(value: number) {
    this.#interrupt();
    this.#noise = value;
  }

  /** Characters that were sent, good or not. */
  get bytes(): number {
    this.#settle(this.kernel.nowUs() + 1);
    return this.#bytes;
  }

  get busyUs(): number {
    this.#settle(this.kernel.nowUs() + 1);
    return this.#busyUs;
  }

  /** Characters that began while another station talked. */
  get collisions(): number {
    return this.#collisions;
  }

  /** Characters that `noise` changed. */
  get noisyBytes(): number {
    return this.#noisyBytes;
  }

  /** Hangs a device on the line. */
  attach(make: (port: SerialPort) => SerialTarget): SerialTarget {
    this.#interrupt();
    let target: SerialTarget | undefined;
    const station = new Station(this, 0, TARGET_QUEUE_BYTES, {
      // A device hears each byte as it ends, unless it says how many leave it where it is; a real slave's UART interrupts for each.
      heard: (bytes, from, count) => target!.receive(bytes.subarray(from, from + count)),
      quietFor: () => target?.quietFor?.() ?? 1,
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
    this.#interrupt();
    this.#owned = true;
    this.#baud = settings.baud;
    this.#bits = settings.bitsPerCharacter;
    this.#characterUs = this.charactersUs(1);
    const station = new Station(this, settings.fifoBytes, settings.queueBytes, ear);
    station.gateway = true;
    this.#stations.push(station);
    return station;
  }

  close(station: Station): void {
    this.settle();
    const index = this.#stations.indexOf(station);
    if (index < 0) return;
    this.#stations.splice(index, 1);
    station.silence();
    this.#owned = false;
  }

  /** Time of `count` characters, in whole microseconds. */
  charactersUs(count: number): number {
    return charactersUs(count, this.#bits, this.#baud);
  }

  /** Passes on what a run brought before this instant: a character that ends now has its turn behind whoever asks. */
  settle(): void {
    this.#settle(this.kernel.nowUs());
  }

  /**
   * A character begins. Whoever talks at the same time is garbled, and so is it.
   * @param queued characters that wait behind it
   * @returns how many characters, it included, end before one that may move anybody, and that one
   */
  begin(station: Station, queued: number): number {
    const nowUs = this.kernel.nowUs();
    const stations = this.#stations;
    let alone = !this.#echo && this.#noise <= 0;
    for (let i = 0; i < stations.length; i++) {
      const other = stations[i];
      if (other === station || !other.talking) continue;
      alone = false;
      other.interrupt(nowUs);
      if (other.characterEndUs <= nowUs) continue;
      if (!station.garbled) this.#collisions++;
      station.garbled = true;
      other.garbled = true;
    }
    let run = alone ? queued + 1 : 1;
    for (let i = 0; i < stations.length && run > 1; i++) {
      if (stations[i] === station) continue;
      const quiet = stations[i].quietFor();
      if (quiet < run) run = quiet;
    }
    return run;
  }

  /** The last stop bit of the last of `count` characters ended at `endUs`: everybody hears them. */
  end(station: Station, bytes: Uint8Array, from: number, count: number, endUs: number): void {
    this.#bytes += count;
    this.#busyUs += count * this.#characterUs;
    // What several characters say is what was sent: those that are disturbed, or garbled, come one by one.
    const isOne = count === 1;
    const said = isOne ? this.#wire : bytes;
    const at = isOne ? 0 : from;
    if (isOne) said[0] = this.#disturb(station.garbled ? this.#random.uint32() & 0xff : bytes[from]);
    const stations = this.#stations;
    for (let i = 0; i < stations.length; ) {
      const other = stations[i];
      // Who begins at this very instant has heard the character.
      const deaf = other.talking && other.characterStartUs < endUs;
      if (other === station ? this.#echo && station.gateway : !deaf) other.hear(said, at, count, endUs);
      // Whoever heard may have left the line.
      if (stations[i] === other) i++;
    }
  }

  #settle(untilUs: number): void {
    const stations = this.#stations;
    for (let i = 0; i < stations.length; i++) if (stations[i].run > 1) stations[i].catchUp(untilUs);
  }

  /** Ends a run with the character that is on the wires. */
  #interrupt(): void {
    const nowUs = this.kernel.nowUs();
    for (let i = 0; i < this.#stations.length; i++) this.#stations[i].interrupt(nowUs);
  }

  #disturb(byte: number): number {
    if (this.#noise <= 0 || this.#random.uint32() >= this.#noise * 4_294_967_296) return byte;
    this.#noisyBytes++;
    return byte ^ (1 << (this.#random.uint32() & 7));
  }
}

/** What a station tells its owner. */
export interface StationEvents {
  /** `count` characters arrived: `bytes` from `from` on, which is used again. */
  heard(bytes: Uint8Array, from: number, count: number): void;
  /** Of a station without a FIFO: as `SerialTarget.quietFor`. */
  quietFor?(): number;
  /** The last character that was queued is out. */
  sent(): void;
}

/** A transceiver on the line with a send queue and a receive FIFO. States: silent, waiting to begin, talking. */
export class Station {
  gateway = false;
  talking = false;
  garbled = false;
  /** Of the character on the wires. */
  characterStartUs = 0;
  characterEndUs = 0;
  /** Characters from the one on the wires to the next whose end is an event. */
  run = 0;
  readonly #line: SerialLine;
  readonly #kernel: Kernel;
  readonly #events: StationEvents;
  /** To send: `#outgoing[#head .. #tail)`. The character on the wires stands before them. */
  readonly #outgoing: Uint8Array;
  #head = 0;
  #tail = 0;
  readonly #fifo: Uint8Array;
  readonly #step: WorldEvent;
  readonly #idle: WorldEvent;
  #fifoCount = 0;
  /** Anchor of the running transmission, so that characters of fractional microseconds do not drift. */
  #startUs = 0;
  #characters = 0;
  #waiting = false;

  /** @param fifoBytes 0: what is heard is passed on at once */
  constructor(line: SerialLine, fifoBytes: number, queueBytes: number, events: StationEvents) {
    this.#line = line;
    this.#kernel = line.kernel;
    this.#events = events;
    this.#outgoing = new Uint8Array(queueBytes + 1);
    this.#fifo = new Uint8Array(fifoBytes);
    this.#step = new WorldEvent(() => this.#advance());
    this.#idle = new WorldEvent(() => this.#fallSilent());
  }

  /** Bytes that may be queued now. */
  get free(): number {
    this.#line.settle();
    return this.#outgoing.length - 1 - (this.#tail - this.#head);
  }

  /**
   * Queues bytes; they begin after `delayUs`, or follow at once when the station already talks. Listens to nobody: a line
   * that is busy then means a collision.
   */
  transmit(bytes: Uint8Array, delayUs: number): void {
    if (bytes.length > this.free) throw new IOError("buffer-full", `a station cannot queue ${bytes.length} bytes more`);
    if (bytes.length === 0) return;
    this.#queue(bytes);
    if (this.talking || this.#waiting) return;
    this.#waiting = true;
    this.#characters = 0;
    this.#startUs = this.#kernel.nowUs() + delayUs;
    this.#kernel.schedule(this.#step, this.#startUs);
  }

  /** Characters that may come before it does anything, the one with which it may included. */
  quietFor(): number {
    return this.#fifo.length > 0 ? this.#fifo.length - this.#fifoCount : (this.#events.quietFor?.() ?? 1);
  }

  hear(bytes: Uint8Array, from: number, count: number, endUs: number): void {
    const fifo = this.#fifo;
    if (fifo.length === 0) {
      this.#events.heard(bytes, from, count);
      return;
    }
    if (count === fifo.length) {
      // It was empty, and is full: nothing of it need be kept.
      this.#kernel.cancel(this.#idle);
      this.#events.heard(bytes, from, count);
      return;
    }
    copyBytes(bytes, from, count, fifo, this.#fifoCount);
    this.#fifoCount += count;
    if (this.#fifoCount === fifo.length) this.#handOver();
    else this.#kernel.schedule(this.#idle, endUs + this.#line.charactersUs(FIFO_IDLE_CHARACTERS));
  }

  /** Passes on the characters of a run that ended before `untilUs`. The last one is an event and never among them. */
  catchUp(untilUs: number): void {
    const first = this.#head - 1;
    let endUs = 0;
    while (this.run > 1 && this.characterEndUs < untilUs) {
      endUs = this.characterEndUs;
      this.run--;
      this.#head++;
      this.#nextCharacter(endUs);
    }
    const count = this.#head - 1 - first;
    if (count > 0) this.#line.end(this, this.#outgoing, first, count, endUs);
  }

  /** Its run ends with the character on the wires. */
  interrupt(untilUs: number): void {
    if (this.run <= 1) return;
    this.catchUp(untilUs);
    this.run = 1;
    this.#kernel.schedule(this.#step, this.characterEndUs);
  }

  /** Drops what has not begun. The character on the wires ends as it must. */
  dropOutgoing(): number {
    this.interrupt(this.#kernel.nowUs());
    const dropped = this.#tail - this.#head;
    this.#tail = this.#head;
    if (this.#waiting) {
      this.#waiting = false;
      this.#kernel.cancel(this.#step);
    }
    return dropped;
  }

  dropFifo(): void {
    this.#line.settle();
    this.#fifoCount = 0;
    this.#kernel.cancel(this.#idle);
  }

  /** Leaves the line at once. */
  silence(): void {
    this.dropOutgoing();
    this.dropFifo();
    this.talking = false;
    this.run = 0;
    this.#kernel.cancel(this.#step);
  }

  #queue(bytes: Uint8Array): void {
    const outgoing = this.#outgoing;
    if (this.#tail + bytes.length > outgoing.length) {
      // The character on the wires moves along.
      const kept = this.talking ? this.#head - 1 : this.#head;
      outgoing.copyWithin(0, kept, this.#tail);
      this.#head -= kept;
      this.#tail -= kept;
    }
    outgoing.set(bytes, this.#tail);
    this.#tail += bytes.length;
  }

  #advance(): void {
    if (this.talking) {
      const first = this.#head - 1;
      if (this.run > 1) {
        this.#head += this.run - 1;
        this.#characters += this.run - 2;
        this.run = 1;
        this.#nextCharacter(this.#startUs + this.#line.charactersUs(this.#characters));
      }
      this.#line.end(this, this.#outgoing, first, this.#head - first, this.characterEndUs);
      this.talking = false;
      this.run = 0;
    }
    this.#waiting = false;
    if (this.#head < this.#tail) this.#begin();
    else this.#events.sent();
  }

  #begin(): void {
    this.#head++;
    this.garbled = false;
    this.talking = true;
    this.#nextCharacter(this.#kernel.nowUs());
    this.run = this.#line.begin(this, this.#tail - this.#head);
    this.#kernel.schedule(this.#step, this.#startUs + this.#line.charactersUs(this.#characters + this.run - 1));
  }

  #nextCharacter(startUs: number): void {
    this.#characters++;
    this.characterStartUs = startUs;
    this.characterEndUs = this.#startUs + this.#line.charactersUs(this.#characters);
  }

  /** A run may have brought more since the event was scheduled; `hear` has scheduled it anew then. */
  #fallSilent(): void {
    this.#line.settle();
    if (this.#idle.slot < 0) this.#handOver();
  }

  #handOver(): void {
    const count = this.#fifoCount;
    this.#fifoCount = 0;
    this.#kernel.cancel(this.#idle);
    if (count > 0) this.#events.heard(this.#fifo, 0, count);
  }
}

function charactersUs(count: number, bits: number, baud: number): number {
  return Math.floor((count * bits * 1_000_000) / baud);
}

function nothing(): void {}
