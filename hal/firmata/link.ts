/** The link to one Arduino: who uses which pin, and what its classes ask of the thread. */
import { IOError } from "../io-error";
import type { BoardDescription, BoardEvent, FirmataAddress } from "./protocol";
import { CallableThread } from "./thread-call";

/** The thread gives up an answer after 1.5 s, and two of its steps to open a link after 12 s each; these are a little more. */
const CALL_MS = 4_000;
const OPEN_MS = 30_000;
const BOARD_THREAD = new URL("./board-thread.ts", import.meta.url);

export class FirmataLink {
  readonly board: BoardDescription;
  readonly #thread: CallableThread;
  readonly #taken = new Set<string>();
  readonly #watchers: Map<number, (level: 0 | 1) => void>;

  private constructor(thread: CallableThread, board: BoardDescription, watchers: Map<number, (level: 0 | 1) => void>) {
    this.#thread = thread;
    this.board = board;
    this.#watchers = watchers;
  }

  /**
   * @param onLost told once when the link has ended; every read throws then
   * @throws IOError `no-resource` without the packages, `refused` or `timeout` when nothing there speaks Firmata
   */
  static async open(address: FirmataAddress, onLost: (reason: string) => void): Promise<FirmataLink> {
    const watchers = new Map<number, (level: 0 | 1) => void>();
    const thread = await CallableThread.start(BOARD_THREAD, CALL_MS, (event) => {
      const told = event as BoardEvent | { kind?: undefined; failed: Error };
      if (told.kind === "digital") watchers.get(told.pin)?.(told.level);
      else onLost(told.kind === "lost" ? told.reason : told.failed.message);
    });
    try {
      return new FirmataLink(thread, thread.callWithin(OPEN_MS, "open", address) as BoardDescription, watchers);
    } catch (error) {
      await thread.end();
      throw error;
    }
  }

  call(name: string, ...values: readonly unknown[]): unknown {
    return this.#thread.call(name, ...values);
  }

  take(resource: string): void {
    if (this.#taken.has(resource)) throw new IOError("in-use", `${resource} is in use by another IO`);
    this.#taken.add(resource);
  }

  release(resource: string): void {
    this.#taken.delete(resource);
  }

  watch(pin: number, callback: (level: 0 | 1) => void): 0 | 1 {
    this.#watchers.set(pin, callback);
    return this.call("watch", pin, true) === 0 ? 0 : 1;
  }

  unwatch(pin: number): void {
    if (this.#watchers.delete(pin)) this.call("watch", pin, false);
  }

  /** The pin's number. Names are those of the board: 13, "13", "A0". @throws IOError `no-resource` */
  find(specifier: number | string, mode: number, what: string): number {
    const pin = this.#number(specifier);
    const known = this.board.pins[pin];
    if (known === undefined) throw new IOError("no-resource", `this Arduino has no pin ${specifier}`);
    if (!known.modes.includes(mode)) throw new IOError("no-resource", `pin ${specifier} of this Arduino is no ${what}`);
    return pin;
  }

  #number(specifier: number | string): number {
    if (typeof specifier === "number") return specifier;
    if (/^\d+$/.test(specifier)) return Number(specifier);
    const channel = /^A(\d+)$/.exec(specifier);
    return channel === null ? -1 : this.board.pins.findIndex((pin) => pin.analogChannel === Number(channel[1]));
  }

  async close(): Promise<void> {
    try {
      this.#thread.call("close");
    } catch {
      // A link that does not close in time ends with its thread.
    }
    await this.#thread.end();
  }
}
