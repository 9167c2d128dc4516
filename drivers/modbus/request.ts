/** What every request has: whom it asks, how urgent it is, what became of it. Made once, submitted as often as wanted. */
import { Linked } from "../linked";
import { viewOf } from "./crc16";
import { EXCEPTION_FLAG, EXCEPTION_PDU_BYTES, exceptionText } from "./pdu";
import type { UnitState } from "./unit-state";

export const Outcome = {
  /** Never submitted. */
  idle: 0,
  /** Queued or on its way. */
  pending: 1,
  /** The answer is here. */
  done: 2,
  /** The unit answered with `exceptionCode`. */
  exception: 3,
  /** The unit did not answer, or not in words that could be read. A write may have been carried out all the same. */
  timeout: 4,
  /** There is no way to the unit at present: no connection, no port. */
  unreachable: 5,
  /** The lane was closed. */
  closed: 6,
} as const;
export type Outcome = (typeof Outcome)[keyof typeof Outcome];

/**
 * Of requests that wait, the lower number goes first. Every eighth turn goes to a `fast` or `slow` one that was passed over,
 * so that no class starves. Requests to silent units wait in `probe`, whatever they asked for.
 */
export const Priority = { command: 0, alarm: 1, fast: 2, slow: 3, probe: 4 } as const;
export type Priority = (typeof Priority)[keyof typeof Priority];
export const PRIORITIES = 5;

/** The fault of the caller: a request that no unit could answer. */
export class ModbusRequestError extends Error {
  readonly code = "modbus-request";
}

/** The retries of the lane, not of the request. */
export const LANE_RETRIES = -1;
/** `answerBytes`: what is there may become an answer, but does not say yet how long it is. */
export const HEAD_INCOMPLETE = -1;
/** `answerBytes`: this is no answer. */
export const NO_ANSWER = 0;

export abstract class ModbusRequest {
  readonly unit: number;
  functionCode: number;
  readonly priority: Priority;
  /** Tries after the first, or `LANE_RETRIES`. */
  readonly retries: number;
  outcome: Outcome = Outcome.idle;
  /** Of the last exception; also where a gateway says that the unit does not answer it, which is a `timeout`. */
  exceptionCode = 0;
  /**
   * For who makes no class of its own. Not `onDone` itself: a method of a class in ROM cannot be covered by a property of its instance.
   * Absent until it is wanted.
   */
  declare whenDone: (() => void) | undefined;
  /** When `outcome` was decided, monotonic. */
  completedUs = 0;
  /** RTU's: the CRC of its frame, which never changes; -1 before it was computed. */
  crc = -1;
  /** The lane's: tries that are left after this one. */
  triesLeft = 0;
  /** The lane's: the one behind it in its queue. */
  next: ModbusRequest | undefined;
  /** The lane's: what it knows of the unit. */
  state: UnitState | undefined;

  constructor(unit: number, functionCode: number, priority: Priority, retries: number) {
    check(unit, 0, 255, "unit");
    this.unit = unit;
    this.functionCode = functionCode;
    this.priority = priority;
    this.retries = retries;
  }

  /** Called by the lane once for each time that it was submitted with success. A class of its own overrides it, others set `whenDone`. */
  onDone(): void {
    if (this.whenDone !== undefined) this.whenDone();
  }

  /** Bytes of its PDU. */
  abstract readonly pduBytes: number;
  /** Bytes of the PDU of a good answer; 0 where that is not known before. */
  abstract readonly expectedBytes: number;
  /** Writes its PDU at `at`; returns where it ends. */
  abstract write(into: Uint8Array, at: number): number;
  /**
   * Length of the PDU of the good answer that begins at `bytes[at]`, of which `available` bytes are there, the function code
   * among them. `NO_ANSWER` when it cannot be one, `HEAD_INCOMPLETE` when more must come first.
   */
  abstract answerBytes(bytes: Uint8Array, at: number, available: number): number;
  /** Takes the data of an answer that `answerBytes` found good and whole. */
  protected abstract accept(view: DataView, at: number): void;

  // hot path
  /** Takes the answer whose PDU begins at `at`, and of which a framing knows that it is one. */
  settle(view: DataView, at: number): void {
    if (view.getUint8(at) < EXCEPTION_FLAG) {
      this.accept(view, at);
      this.outcome = Outcome.done;
      return;
    }
    this.outcome = Outcome.exception;
    this.exceptionCode = view.getUint8(at + 1);
  }

  // hot path
  /** Whether the PDU at `bytes[at .. at + length)` answers this request, if with an exception. */
  isAnswer(bytes: Uint8Array, at: number, length: number): boolean {
    if (bytes[at] === this.functionCode) return this.answerBytes(bytes, at, length) === length;
    return bytes[at] === (this.functionCode | EXCEPTION_FLAG) && length === EXCEPTION_PDU_BYTES;
  }

  /**
   * Takes the PDU at `bytes[at .. at + length)` if it answers this request.
   * @returns false when it does not: another function, another count of bytes
   */
  take(bytes: Uint8Array, at: number, length: number): boolean {
    if (!this.isAnswer(bytes, at, length)) return false;
    this.settle(viewOf(bytes), at);
    return true;
  }

  /** What became of it, for people. */
  get text(): string {
    if (this.outcome === Outcome.exception) return `unit ${this.unit}: ${exceptionText(this.exceptionCode)}`;
    const texts = ["not asked yet", "waiting", "answered", "", "did not answer", "cannot be reached", "lane closed"];
    return `unit ${this.unit}: ${texts[this.outcome]}`;
  }
}

/** @throws ModbusRequestError */
export function check(value: number, least: number, most: number, what: string): void {
  if (Linked.checks && (!Number.isInteger(value) || value < least || value > most))
    throw new ModbusRequestError(`${what} must be a whole number from ${least} to ${most}, not ${value}`);
}

/** @throws ModbusRequestError when `count` addresses from `address` on are not all in the table */
export function checkRange(address: number, count: number, most: number, verb: string): void {
  check(address, 0, 65_535, "address");
  check(count, 1, most, "count");
  if (Linked.checks && address + count > 65_536)
    throw new ModbusRequestError(`a ${verb} of ${count} from address ${address} goes beyond address 65535`);
}

// hot path
/** `bytes[at + i]` of the answer repeats `bytes[from + i]` of the request, as far as it is there. */
export function repeats(bytes: Uint8Array, at: number, pdu: Uint8Array, length: number): boolean {
  for (let i = 0; i < length; i++) if (bytes[at + i] !== pdu[i]) return false;
  return true;
}
