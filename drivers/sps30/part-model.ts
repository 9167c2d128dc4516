/** What the emulated SPS30 measures, whichever bus it hangs on. */
import type { Clock } from "../../hal/clock";
import type { Random } from "../../hal/random";
import { INTERVAL_US, STATUS_FAN, STATUS_LASER, VALUES } from "./constants";

export type Masses = { readonly pm1: number; readonly pm25: number; readonly pm4: number; readonly pm10: number };

/**
 * A middling diameter in each band of sizes (0.3 to 1, 2.5, 4, 10 µm), in µm. Together with a density of 1.65 g/cm³, which
 * is customary for airborne dust, it turns mass into numbers: a sphere of d µm weighs 0.864 d³ pg.
 */
const DIAMETER_UM = [0.5, 1.7, 3.2, 6.5] as const;
const PICOGRAM_PER_CUBIC_UM = 0.864;
/** Share of the finest band's particles that are below 0.5 µm. */
const BELOW_HALF = 0.85;

export class SPS30Model {
  readonly serial: string;
  readonly values = new Float32Array(VALUES);
  measuring = false;
  /** Faults that a scenario put in. */
  status = 0;
  readonly #clock: Clock;
  readonly #masses: () => Masses;
  #startedUs = 0;
  /** Intervals whose values were read. */
  #seen = 0;

  constructor(clock: Clock, random: Random, masses: () => Masses) {
    this.#clock = clock;
    this.#masses = masses;
    this.serial = hex(random.uint32()) + hex(random.uint32());
  }

  start(): void {
    this.measuring = true;
    this.#startedUs = this.#clock.nowUs();
    this.#seen = 0;
  }

  stop(): void {
    this.measuring = false;
  }

  get ready(): boolean {
    return this.measuring && this.#intervals() > this.#seen;
  }

  /** The values of this moment's air. */
  read(): void {
    this.#seen = this.#intervals();
    const { pm1, pm25, pm4, pm10 } = this.#masses();
    const bands = [pm1, pm25 - pm1, pm4 - pm25, pm10 - pm4];
    const numbers = bands.map((mass, i) => {
      const d = DIAMETER_UM[i];
      return mass <= 0 ? 0 : mass / (PICOGRAM_PER_CUBIC_UM * d * d * d);
    });
    const [n1, n25, n4, n10] = numbers;
    const total = n1 + n25 + n4 + n10;
    const size = numbers.reduce((sum, number, i) => sum + number * DIAMETER_UM[i], 0);
    this.values.set([pm1, pm25, pm4, pm10, BELOW_HALF * n1, n1, n1 + n25, n1 + n25 + n4, total]);
    this.values[VALUES - 1] = total > 0 ? size / total : 0;
  }

  /** `laser` and `fan` break; `repair` mends both. */
  act(verb: string, words: readonly string[]): void {
    if (verb === "fail" && words[0] === "laser" && words.length === 1) this.status |= STATUS_LASER;
    else if (verb === "fail" && words[0] === "fan" && words.length === 1) this.status |= STATUS_FAN;
    else if (verb === "repair" && words.length === 0) this.status = 0;
    else throw new Error(`an SPS30 can "fail laser", "fail fan" and "repair", not "${[verb, ...words].join(" ")}"`);
  }

  #intervals(): number {
    return Math.floor((this.#clock.nowUs() - this.#startedUs) / INTERVAL_US);
  }
}

function hex(word: number): string {
  return word.toString(16).toUpperCase().padStart(8, "0");
}
