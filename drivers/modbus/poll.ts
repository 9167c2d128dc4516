/**
 * Reads the blocks of a unit one after another, and learns which reads it refuses.
 *
 *   idle -> start -> reading block 0 .. n -> idle       every block ends by its outcome, so a poll ends
 *
 * A block that is refused with exception 02 or 03 is split and both parts are read at once; one that cannot be split any further
 * is left out from then on. After an hour the plan is tried as it was: a panel that was being programmed refuses everything for
 * a while. A time-out splits nothing: it says nothing about addresses.
 */
import type { Clock } from "../../hal/clock";
import { type Block, type Span, splitBlock } from "./blocks";
import type { ModbusLane } from "./lane";
import { ModbusException, type ReadFunction } from "./pdu";
import { ReadRequest } from "./read-request";
import { Outcome, type Priority } from "./request";

/** One read of a poll, and where each of its values stands in it. */
export class PollBlock implements Block {
  readonly address: number;
  readonly count: number;
  readonly spans: readonly number[];
  readonly request: ReadRequest;
  /** Offset of each of `spans` in `request.words`. */
  readonly offsets: Uint16Array;
  /** The unit has no such addresses: not asked any more. */
  refused = false;

  constructor(block: Block, offsets: readonly number[], request: ReadRequest) {
    this.address = block.address;
    this.count = block.count;
    this.spans = block.spans;
    this.request = request;
    this.offsets = Uint16Array.from(offsets);
  }
}

/** Is told what becomes of each block. */
export interface PollListener {
  /** The answer stands in `block.request.words`. */
  blockRead(block: PollBlock): void;
  /** No values: time-out, no way, an overloaded lane (`outcome` idle), an exception that is not about addresses. */
  blockFailed(block: PollBlock, outcome: Outcome): void;
  /** The unit does not have these addresses; told once. */
  blockRefused(block: PollBlock): void;
  pollDone(): void;
}

export type PollOptions = {
  readonly lane: ModbusLane;
  readonly clock: Clock;
  readonly unit: number;
  readonly functionCode: ReadFunction;
  readonly priority: Priority;
  readonly spans: readonly Span[];
  readonly blocks: readonly Block[];
  readonly listener: PollListener;
};

/** How long what a unit refused is remembered. */
const REMEMBER_US = 3_600_000_000;

export class Poll {
  readonly #options: PollOptions;
  #blocks: PollBlock[];
  /** Position of the block that is being read; -1: no poll is running. */
  #at = -1;
  #closed = false;
  /** When the plan is tried as it was; 0: it is as it was. */
  #retryUs = 0;

  constructor(options: PollOptions) {
    this.#options = options;
    this.#blocks = options.blocks.map((block) => this.make(block));
  }

  get isRunning(): boolean {
    return this.#at >= 0;
  }

  /** As they are read at present. */
  get blocks(): readonly PollBlock[] {
    return this.#blocks;
  }

  // hot path
  /** @returns false when the poll before is still running */
  start(nowUs: number): boolean {
    if (this.#at >= 0 || this.#closed) return false;
    if (this.#retryUs !== 0 && nowUs >= this.#retryUs) this.forget();
    this.#at = 0;
    this.readOn();
    return true;
  }

  /** Nothing is told any more; the lane may serve others. */
  close(): void {
    this.#closed = true;
  }

  // hot path
  private readOn(): void {
    while (this.#at < this.#blocks.length && this.#blocks[this.#at].refused) this.#at++;
    if (this.#at === this.#blocks.length) {
      this.#at = -1;
      this.#options.listener.pollDone();
      return;
    }
    const block = this.#blocks[this.#at];
    if (this.#options.lane.submit(block.request)) return;
    this.#options.listener.blockFailed(block, Outcome.idle);
    this.#at++;
    this.readOn();
  }

  // hot path
  private done(request: ReadRequest): void {
    if (this.#closed) return;
    const block = this.#blocks[this.#at];
    if (block === undefined || block.request !== request) return;
    const { outcome } = request;
    if (outcome === Outcome.done) this.#options.listener.blockRead(block);
    else if (outcome === Outcome.exception && isAboutAddresses(request.exceptionCode)) {
      this.refused(block);
      return;
    } else this.#options.listener.blockFailed(block, outcome);
    this.#at++;
    this.readOn();
  }

  private refused(block: PollBlock): void {
    this.#retryUs = this.#options.clock.nowUs() + REMEMBER_US;
    const parts = splitBlock(block, this.#options.spans);
    if (parts === undefined) {
      block.refused = true;
      this.#options.listener.blockRefused(block);
    } else this.#blocks.splice(this.#at, 1, this.make(parts[0]), this.make(parts[1]));
    this.readOn();
  }

  private forget(): void {
    this.#retryUs = 0;
    this.#blocks = this.#options.blocks.map((block) => this.make(block));
  }

  private make(block: Block): PollBlock {
    const { unit, functionCode, priority, spans } = this.#options;
    const { address, count } = block;
    const request = new ReadRequest({ unit, functionCode, address, count, priority });
    request.whenDone = () => this.done(request);
    const offsets = block.spans.map((index) => spans[index].address - address);
    return new PollBlock(block, offsets, request);
  }
}

function isAboutAddresses(exceptionCode: number): boolean {
  return exceptionCode === ModbusException.illegalDataAddress || exceptionCode === ModbusException.illegalDataValue;
}
