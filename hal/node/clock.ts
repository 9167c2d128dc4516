/** Real time on a PC. */
import { type Clock, TimeQuality, type Timer } from "../clock";

/** `setTimeout` takes no longer delay than this; a longer one is armed in stages. */
const LONGEST_DELAY_MS = 2_147_483_647;

export type NodeClockOptions = {
  /** What the operator knows of this machine's clock. Whether NTP disciplines it cannot be asked portably. */
  readonly wallQuality?: TimeQuality;
  /** The process may end while only timers of this clock wait. */
  readonly unref?: boolean;
};

export class NodeClock implements Clock {
  readonly #start = process.hrtime();
  readonly #quality: TimeQuality;
  readonly #unref: boolean;

  constructor(options: NodeClockOptions = {}) {
    this.#quality = options.wallQuality ?? TimeQuality.estimated;
    this.#unref = options.unref ?? false;
  }

  /** Microseconds since this clock was made: the boot of the gateway. */
  nowUs(): number {
    const [seconds, nanoseconds] = process.hrtime(this.#start);
    return seconds * 1_000_000 + Math.floor(nanoseconds / 1000);
  }

  wallMs(): number {
    return Date.now();
  }

  wallQuality(): TimeQuality {
    return this.#quality;
  }

  timer(callback: () => void, target?: object): Timer {
    return new NodeTimer(this, callback.bind(target), this.#unref);
  }
}

class NodeTimer implements Timer {
  readonly #clock: NodeClock;
  readonly #callback: () => void;
  readonly #unref: boolean;
  readonly #wake = () => this.#awake();
  #timeout: NodeJS.Timeout | undefined;
  #dueUs = 0;

  constructor(clock: NodeClock, callback: () => void, unref: boolean) {
    this.#clock = clock;
    this.#callback = callback;
    this.#unref = unref;
  }

  arm(dueUs: number): void {
    this.#dueUs = dueUs;
    this.#sleep();
  }

  disarm(): void {
    clearTimeout(this.#timeout);
    this.#timeout = undefined;
  }

  #sleep(): void {
    clearTimeout(this.#timeout);
    const delayMs = Math.ceil((this.#dueUs - this.#clock.nowUs()) / 1000);
    this.#timeout = setTimeout(this.#wake, Math.min(Math.max(delayMs, 0), LONGEST_DELAY_MS));
    if (this.#unref) this.#timeout.unref();
  }

  /** Node may wake a millisecond early, and a long delay has stages. */
  #awake(): void {
    this.#timeout = undefined;
    if (this.#clock.nowUs() < this.#dueUs) this.#sleep();
    else this.#callback();
  }
}
