/** A meter, as its wires see it: closing contacts on a `Digital`, counts on a `PulseCount`. It runs as a scenario says. */
import type { Timer } from "../../hal/clock";
import type { DigitalWire, Emulator, EmulatorContext, EmulatorModule, PulseWire } from "../emulation";
import type { DevicePlan } from "../plan";
import { RATE_PER_US, type RatePer } from "./constants";

/** What a contact and an interrupt still follow. */
const SHORTEST_HALF_US = 500;

/** `rate 2.5`: units in the time of the rate, from now on; negative runs backwards where the wires show it. `stop`. */
export class MeterEmulator implements Emulator {
  readonly digital: ((wire: DigitalWire) => void) | undefined;
  readonly pulses: ((wire: PulseWire) => void) | undefined;
  readonly #context: EmulatorContext;
  /** Counts a microsecond for one unit in the time of the rate. */
  readonly #gain: number;
  readonly #timer: Timer;
  #contact: DigitalWire | undefined;
  #counter: PulseWire | undefined;
  #closed = false;
  #countsPerUs = 0;
  /** Counts that are due and not whole yet. */
  #fraction = 0;
  #countedUs = 0;

  constructor(plan: DevicePlan, context: EmulatorContext) {
    const { settings } = plan;
    this.#context = context;
    this.#gain = (settings["perUnit"] as number) / RATE_PER_US[settings["ratePer"] as RatePer];
    this.#timer = context.clock.timer(() => this.#toggle());
    if (plan.connection.io === "Digital")
      this.digital = (wire) => {
        this.#contact = wire;
      };
    else
      this.pulses = (wire) => {
        this.#counter = wire;
      };
  }

  act(verb: string, words: readonly string[]): void {
    if (verb !== "rate" && verb !== "stop") throw new Error(`a meter can do rate <number> or stop; not "${verb}"`);
    const rate = verb === "stop" ? 0 : Number(words[0]);
    if (!Number.isFinite(rate)) throw new Error(`"${words[0] ?? ""}" is not a number`);
    this.step(this.#context.clock.nowUs());
    this.#countsPerUs = rate * this.#gain;
    if (this.#contact !== undefined) this.#armContact();
  }

  step(nowUs: number): void {
    this.#fraction += this.#countsPerUs * (nowUs - this.#countedUs);
    this.#countedUs = nowUs;
    const whole = Math.trunc(this.#fraction);
    this.#fraction -= whole;
    this.#counter?.count(whole);
  }

  /** A contact cannot tell backwards: it closes as often. */
  #armContact(): void {
    const perUs = this.#countsPerUs < 0 ? -this.#countsPerUs : this.#countsPerUs;
    if (perUs === 0) {
      this.#timer.disarm();
      return;
    }
    const halfUs = Math.floor(0.5 / perUs);
    this.#timer.arm(this.#context.clock.nowUs() + (halfUs < SHORTEST_HALF_US ? SHORTEST_HALF_US : halfUs));
  }

  #toggle(): void {
    this.#closed = !this.#closed;
    this.#contact?.drive(this.#closed ? 0 : undefined);
    this.#armContact();
  }
}

export const emulator: EmulatorModule = { create: (plan, context) => new MeterEmulator(plan, context) };
