/**
 * A pin of the world that switches a lamp, and the `LightEmitter` class of a board that is wired to it. A frame takes its time;
 * the lamp is told of it when it begins.
 */
import type { LightTarget } from "../../drivers/emulation";
import type { ByteBuffer } from "../../hal/io";
import { IOError } from "../../hal/io-error";
import { closedError } from "../../hal/io-options";
import { validateFrame, validateLightEmitter, validateShine } from "../../hal/io-validate";
import type { LightEmitter, LightEmitterConstructor, LightEmitterOptions, LightFrame } from "../../hal/light";
import { type Kernel, WorldEvent } from "./kernel";
import type { Lease, Wiring } from "./wiring";

export class LightPin {
  #target: LightTarget | undefined;
  #claimed = false;

  attach(target: LightTarget): void {
    this.#target = target;
  }

  get target(): LightTarget | undefined {
    return this.#target;
  }

  claim(): void {
    if (this.#claimed) throw new IOError("in-use", "this pin is in use by another LightEmitter");
    this.#claimed = true;
  }

  release(): void {
    this.#claimed = false;
  }
}

/** The `LightEmitter` class of one board. */
export function lightEmitterClass(
  kernel: Kernel,
  wiring: Wiring<LightEmitterOptions, LightPin>,
): LightEmitterConstructor {
  return class extends WorldLightEmitter {
    constructor(options: LightEmitterOptions) {
      super(options, kernel, wiring);
    }
  };
}

/** A lamp is dark until it is told its light. */
const HALF = 1 / 2;

class WorldLightEmitter implements LightEmitter {
  readonly #kernel: Kernel;
  readonly #options: LightEmitterOptions;
  readonly #lease: Lease<LightPin>;
  readonly #pin: LightPin;
  /** Tells the lamp of a new idle pattern when the frame on its way has ended. */
  readonly #turn: WorldEvent;
  #idle = new Uint8Array(1);
  #idleChips = 8;
  #duty = HALF;
  #busyUntilUs = 0;
  #closed = false;

  constructor(options: LightEmitterOptions, kernel: Kernel, wiring: Wiring<LightEmitterOptions, LightPin>) {
    validateLightEmitter(options);
    this.#kernel = kernel;
    this.#options = { ...options };
    this.#turn = new WorldEvent(() => this.#tellIdle());
    this.#lease = wiring.take(options);
    this.#pin = this.#lease.bus;
    try {
      this.#pin.claim();
    } catch (error) {
      this.#lease.release();
      throw error;
    }
  }

  send(frame: LightFrame): void {
    this.#open();
    validateFrame(frame, this.#options.maxOctets);
    const { clockHz, lineCode } = this.#options;
    const now = this.#kernel.nowUs();
    if (now < this.#busyUntilUs) throw new IOError("buffer-full", "a frame is on its way; send the next one behind it");
    const periods = frame.preambleChips + (lineCode === "manchester" ? 2 : 1) * frame.bitCount;
    this.#busyUntilUs = now + Math.ceil((periods * 1_000_000) / clockHz);
    this.#pin.target?.frame(frame, this.#options, this.#duty);
  }

  shine(duty: number, idle: ByteBuffer, idleChips: number): void {
    this.#open();
    this.#idle = Uint8Array.from(validateShine(duty, idle, idleChips));
    this.#idleChips = idleChips;
    this.#duty = duty;
    if (this.#kernel.nowUs() >= this.#busyUntilUs) this.#tellIdle();
    else this.#kernel.schedule(this.#turn, this.#busyUntilUs);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#kernel.cancel(this.#turn);
    this.#pin.target?.idle(new Uint8Array(1), 1, this.#options.clockHz);
    this.#pin.release();
    this.#lease.release();
  }

  #tellIdle(): void {
    this.#pin.target?.idle(this.#idle, this.#idleChips, this.#options.clockHz);
  }

  #open(): void {
    if (this.#closed) throw closedError("LightEmitter");
  }
}
