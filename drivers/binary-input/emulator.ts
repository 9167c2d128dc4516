/** A contact and its line, as the pin sees them: a wire to ground, or the voltage of a supervised line. */
import type { AnalogTarget, DigitalWire, Emulator, EmulatorModule } from "../emulation";
import type { DevicePlan } from "../plan";
import { DEFAULT_RESISTORS, LineState, lineMillivolts, type Resistors } from "./constants";

/**
 * `close`, `open`: the contact. `cut`, `short`: the line, until `repair`. On a `Digital` a cut line reads as open and a
 * short one as closed: without resistors nobody can tell.
 */
export class ContactEmulator implements Emulator {
  readonly analog: AnalogTarget | undefined;
  readonly digital: ((wire: DigitalWire) => void) | undefined;
  readonly #resistors: Resistors;
  readonly #closedLevel: 0 | 1;
  #closed: boolean;
  #fault: LineState | undefined;
  #wire: DigitalWire | undefined;

  constructor(plan: DevicePlan) {
    const { settings } = plan;
    this.#resistors = (settings["resistors"] as Resistors | undefined) ?? DEFAULT_RESISTORS;
    this.#closedLevel = settings["pull"] === "down" ? 1 : 0;
    this.#closed = settings["rest"] === "closed";
    if (plan.connection.io === "Analog") this.analog = { millivolts: () => lineMillivolts(this.line, this.#resistors) };
    else
      this.digital = (wire) => {
        this.#wire = wire;
        this.#drive();
      };
  }

  get line(): LineState {
    return this.#fault ?? (this.#closed ? LineState.closed : LineState.open);
  }

  act(verb: string): void {
    if (verb === "close" || verb === "open") this.#closed = verb === "close";
    else if (verb === "cut") this.#fault = LineState.cut;
    else if (verb === "short") this.#fault = LineState.short;
    else if (verb === "repair") this.#fault = undefined;
    else throw new Error(`a contact can close, open, cut, short or repair; not "${verb}"`);
    this.#drive();
  }

  #drive(): void {
    const { line } = this;
    const joined = line === LineState.closed || line === LineState.short;
    this.#wire?.drive(joined ? this.#closedLevel : undefined);
  }
}

export const emulator: EmulatorModule = {
  create: (plan) => new ContactEmulator(plan),
  describe: (value) => (value === 1 ? "active" : "at rest"),
};
