/**
 * A pulse counter of the world, and the ECMA-419 `PulseCount` class of a board that is wired to it. Counts are 32 bits wide.
 * `onReadable` comes as an event of its own, once for all pulses of one instant.
 */
import type { PulseWire } from "../../drivers/emulation";
import type { PulseCount, PulseCountConstructor, PulseCountOptions } from "../../hal/io";
import { IOError } from "../../hal/io-error";
import { closedError, requireFormat, requireInteger } from "../../hal/io-options";
import { validatePulseCount } from "../../hal/io-validate";
import { type Kernel, WorldEvent } from "./kernel";
import type { Lease, Wiring } from "./wiring";

const LEAST_COUNT = -0x8000_0000;
const LARGEST_COUNT = 0x7fff_ffff;

export class PulsePin implements PulseWire {
  #claimed = false;
  #onPulses: ((pulses: number) => void) | undefined;

  /** Pulses that come while nobody counts are lost, as on a real pin. */
  count(pulses: number): void {
    if (pulses !== 0) this.#onPulses?.(pulses);
  }

  claim(onPulses: (pulses: number) => void): void {
    if (this.#claimed) throw new IOError("in-use", "these pins are in use by another PulseCount");
    this.#claimed = true;
    this.#onPulses = onPulses;
  }

  release(): void {
    this.#claimed = false;
    this.#onPulses = undefined;
  }
}

/** The `PulseCount` class of one board. */
export function pulseCountClass(kernel: Kernel, wiring: Wiring<PulseCountOptions, PulsePin>): PulseCountConstructor {
  return class extends WorldPulseCount {
    constructor(options: PulseCountOptions) {
      super(options, kernel, wiring);
    }
  };
}

class WorldPulseCount implements PulseCount {
  target: unknown;
  readonly #kernel: Kernel;
  readonly #lease: Lease<PulsePin>;
  readonly #pin: PulsePin;
  readonly #turn: WorldEvent | undefined;
  #count = 0;
  #closed = false;

  constructor(options: PulseCountOptions, kernel: Kernel, wiring: Wiring<PulseCountOptions, PulsePin>) {
    validatePulseCount(options);
    this.target = options.target;
    this.#kernel = kernel;
    const { onReadable } = options;
    if (onReadable !== undefined) this.#turn = new WorldEvent(() => onReadable.call(this));
    this.#lease = wiring.take(options);
    this.#pin = this.#lease.bus;
    try {
      this.#pin.claim((pulses) => this.#add(pulses));
    } catch (error) {
      this.#lease.release();
      throw error;
    }
  }

  get format(): string {
    return "number";
  }

  set format(value: string) {
    requireFormat(value, "number");
  }

  read(): number {
    this.#open();
    return this.#count;
  }

  write(count: number): void {
    this.#open();
    this.#count = requireInteger(count, "count", LEAST_COUNT, LARGEST_COUNT);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#turn !== undefined) this.#kernel.cancel(this.#turn);
    this.#pin.release();
    this.#lease.release();
  }

  #add(pulses: number): void {
    this.#count = (this.#count + pulses) | 0;
    if (this.#turn !== undefined) this.#kernel.schedule(this.#turn, this.#kernel.nowUs());
  }

  #open(): void {
    if (this.#closed) throw closedError("PulseCount");
  }
}
