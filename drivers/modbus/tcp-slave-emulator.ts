/**
 * Modbus TCP in the world's network: a device of its own, or a gateway with several units behind it on one serial line, which it
 * asks one after another; each may be silent, slow or broken in its own way.
 */
import type { Clock, Timer } from "../../hal/clock";
import type { Listener, ListenerConstructor, TCP, TCPConstructor } from "../../hal/io";
import { MAX_PDU_BYTES, ModbusException } from "./pdu";
import type { SlaveFaults } from "./slave-faults";
import { UnitEmulator, type UnitTables } from "./unit-emulator";

const HEADER_BYTES = 7;
const MAX_FRAME_BYTES = HEADER_BYTES + MAX_PDU_BYTES;
/** Requests that wait in a gateway; what comes then is answered with "busy". */
const QUEUE = 16;
/** Distance of the segments of an answer that is split. */
const SEGMENT_US = 2_000;

export type TcpUnit = UnitTables & {
  /** From the request, or from the end of the one before, to the answer. */
  readonly turnaroundUs: number;
  readonly faults?: SlaveFaults;
};

export type TcpSlaveOptions = {
  readonly Listener: ListenerConstructor;
  readonly TCP: TCPConstructor;
  readonly port: number;
  readonly clock: Clock;
  /** By number; more can be added. */
  readonly units?: ReadonlyMap<number, TcpUnit>;
  /** Answers to any unit number: a device of its own that looks at none. Default: the units are all there are. */
  readonly own?: TcpUnit;
  /** How long a gateway waits for a unit that is silent, before it says so (0B); default 1 s. */
  readonly patienceUs?: number;
};

type Pending = { readonly socket: TCP; readonly frame: Uint8Array };
type Outgoing = { readonly socket: TCP; readonly bytes: Uint8Array; readonly atUs: number };

const DEFAULT_PATIENCE_US = 1_000_000;

export class TcpSlave {
  /** Requests that were answered, exceptions included. */
  answered = 0;
  connections = 0;
  readonly #options: TcpSlaveOptions;
  readonly #listener: Listener;
  readonly #timer: Timer;
  readonly #units: Map<number, TcpUnit>;
  readonly #own: TcpUnit | undefined;
  readonly #emulators = new Map<TcpUnit, UnitEmulator>();
  readonly #open = new Set<TCP>();
  readonly #pending: Pending[] = [];
  readonly #outgoing: Outgoing[] = [];
  /** The line behind is taken until then. */
  #busyUntilUs = 0;

  constructor(options: TcpSlaveOptions) {
    this.#options = options;
    this.#units = new Map(options.units ?? []);
    this.#own = options.own;
    this.#timer = options.clock.timer(() => this.due());
    const slave = this;
    this.#listener = new options.Listener({
      port: options.port,
      onReadable(count) {
        for (let i = 0; i < count; i++) {
          const from = this.read();
          if (from !== undefined) slave.accept(from);
        }
      },
    });
  }

  /** Hangs another unit behind it. */
  add(number: number, unit: TcpUnit): void {
    this.#units.set(number, unit);
  }

  /** Breaks all connections; new ones are taken. */
  hangUp(): void {
    for (const socket of [...this.#open]) this.drop(socket);
  }

  close(): void {
    this.#listener.close();
    this.hangUp();
    this.#timer.disarm();
  }

  private accept(from: TCP): void {
    const slave = this;
    this.connections++;
    let buffer = new Uint8Array(0);
    const socket: TCP = new this.#options.TCP({
      from,
      onReadable() {
        const more = new Uint8Array((this.read() as ArrayBuffer | undefined) ?? new ArrayBuffer(0));
        const joined = new Uint8Array(buffer.length + more.length);
        joined.set(buffer);
        joined.set(more, buffer.length);
        buffer = slave.takeFrames(socket, joined);
      },
      onError() {
        slave.drop(socket);
      },
    });
    this.#open.add(socket);
  }

  /** @returns what is not whole yet */
  private takeFrames(socket: TCP, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    let at = 0;
    while (bytes.length - at >= HEADER_BYTES && this.#open.has(socket)) {
      const length = (bytes[at + 4] << 8) | bytes[at + 5];
      if (bytes[at + 2] !== 0 || bytes[at + 3] !== 0 || length < 2 || length > 1 + MAX_PDU_BYTES) {
        this.drop(socket);
        break;
      }
      const end = at + 6 + length;
      if (end > bytes.length) break;
      this.asked(socket, bytes.slice(at, end));
      at = end;
    }
    return bytes.slice(at);
  }

  private asked(socket: TCP, frame: Uint8Array): void {
    if (this.#pending.length >= QUEUE) {
      const nowUs = this.#options.clock.nowUs();
      const unit = this.unitOf(frame[6]);
      this.send(socket, this.refusal(frame, ModbusException.busy), nowUs, unit?.faults);
      return;
    }
    this.#pending.push({ socket, frame });
    this.due();
  }

  private unitOf(number: number): TcpUnit | undefined {
    return this.#units.get(number) ?? this.#own;
  }

  /** Sends what is due, then asks the next unit when the line behind is free. */
  private due(): void {
    const nowUs = this.#options.clock.nowUs();
    this.flush(nowUs);
    while (this.#pending.length > 0 && this.#busyUntilUs <= nowUs) this.serve(this.#pending.shift()!, nowUs);
    this.flush(nowUs);
    let nextUs = this.#pending.length > 0 ? this.#busyUntilUs : Number.POSITIVE_INFINITY;
    for (const { atUs } of this.#outgoing) if (atUs < nextUs) nextUs = atUs;
    if (nextUs < Number.POSITIVE_INFINITY) this.#timer.arm(nextUs);
  }

  private flush(nowUs: number): void {
    for (let i = 0; i < this.#outgoing.length; ) {
      const { socket, bytes, atUs } = this.#outgoing[i];
      if (atUs > nowUs) {
        i++;
        continue;
      }
      this.#outgoing.splice(i, 1);
      if (this.#open.has(socket)) socket.write(bytes);
    }
  }

  private serve({ socket, frame }: Pending, nowUs: number): void {
    const unit = this.unitOf(frame[6]);
    const patienceUs = this.#options.patienceUs ?? DEFAULT_PATIENCE_US;
    const faults = unit?.faults;
    if (unit === undefined || faults?.hits(faults.silent)) {
      this.#busyUntilUs = nowUs + patienceUs;
      // Behind a gateway somebody notices; a device of its own says nothing.
      if (this.#own === undefined)
        this.send(socket, this.refusal(frame, ModbusException.gatewayTargetSilent), this.#busyUntilUs, undefined);
      return;
    }
    const late = faults?.hits(faults.late) ? faults.lateUs : 0;
    this.#busyUntilUs = nowUs + unit.turnaroundUs;
    this.send(socket, this.answerOf(unit, frame), nowUs + unit.turnaroundUs + late, faults);
  }

  private answerOf(unit: TcpUnit, frame: Uint8Array): Uint8Array {
    const { faults } = unit;
    if (faults?.hits(faults.busy)) return this.refusal(frame, ModbusException.busy);
    if (faults?.hits(faults.failed)) return this.refusal(frame, ModbusException.deviceFailure);
    let emulator = this.#emulators.get(unit);
    if (emulator === undefined) {
      emulator = new UnitEmulator(unit);
      this.#emulators.set(unit, emulator);
    }
    const answer = new Uint8Array(MAX_FRAME_BYTES);
    const end = emulator.answer(frame, HEADER_BYTES, frame.length - HEADER_BYTES, answer, HEADER_BYTES);
    return this.headed(frame, answer.slice(0, end));
  }

  private refusal(frame: Uint8Array, exception: number): Uint8Array {
    const answer = new Uint8Array(HEADER_BYTES + 2);
    UnitEmulator.refuse(frame[HEADER_BYTES], exception, answer, HEADER_BYTES);
    return this.headed(frame, answer);
  }

  private headed(frame: Uint8Array, answer: Uint8Array): Uint8Array {
    answer[0] = frame[0];
    answer[1] = frame[1];
    answer[4] = (answer.length - 6) >> 8;
    answer[5] = (answer.length - 6) & 0xff;
    answer[6] = frame[6];
    return answer;
  }

  private send(socket: TCP, answer: Uint8Array, atUs: number, faults: SlaveFaults | undefined): void {
    this.answered++;
    if (faults === undefined) {
      this.#outgoing.push({ socket, bytes: answer, atUs });
      return;
    }
    if (faults.hits(faults.hangUp)) {
      this.drop(socket);
      return;
    }
    if (faults.hits(faults.wrongUnit)) answer[6] = (answer[6] + 1) & 0xff;
    if (faults.hits(faults.merged)) {
      const old = answer.slice();
      old[0] ^= 0x40;
      const both = new Uint8Array(2 * answer.length);
      both.set(old);
      both.set(answer, old.length);
      this.#outgoing.push({ socket, bytes: both, atUs });
    } else if (faults.hits(faults.split)) {
      const cut = 1 + faults.below(answer.length - 1);
      this.#outgoing.push({ socket, bytes: answer.slice(0, cut), atUs });
      this.#outgoing.push({ socket, bytes: answer.slice(cut), atUs: atUs + SEGMENT_US });
    } else this.#outgoing.push({ socket, bytes: answer, atUs });
  }

  private drop(socket: TCP): void {
    this.#open.delete(socket);
    socket.close();
  }
}
