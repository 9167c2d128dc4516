/**
 * An AMG88xx as its bus sees it: registers, and a frame of its room every 100 ms or every second. The room's walls have the
 * temperature of its air; where there is smoke there is a hot spot behind it, the hotter the more smoke. Both are round
 * figures of the right order, as everything in this world's rooms.
 */
import { type Emulator, type EmulatorContext, type EmulatorModule, type I2CTarget, Quantity } from "../emulation";
import type { DevicePlan } from "../plan";
import {
  CEL_PER_PIXEL_STEP,
  CEL_PER_THERMISTOR_STEP,
  COLUMNS,
  FRAME_RATE,
  GAIN_RANGE,
  type Gain,
  PIXELS,
  RESET_INITIAL,
  Register,
  STATUS_OVERFLOW,
} from "./constants";

/** How much hotter than the room a fire looks at most, and the smoke at which it is half of that. */
const HOTTEST_CEL = 200;
const HALF_SMOKE_DB_PER_M = 0.5;
/** Less smoke than this is dust. */
const CLEAR_DB_PER_M = 0.001;
/** Neighbours of the hottest pixel see half of it, diagonal ones a quarter. */
const NEIGHBOUR_SHARE = [1, 0.5, 0.25] as const;
/** Noise of a pixel, from peak to peak (the specification's NETD is of this order). */
const NOISE_CEL = 0.3;
const LARGEST_PIXEL_STEPS = 0x7ff;

/** `spot <column> <row> <Cel>`: something hot, columns and rows from 1 at the lower left; `spot off`: no longer. */
export class GridEyeEmulator implements Emulator, I2CTarget {
  readonly i2c: I2CTarget = this;
  readonly #context: EmulatorContext;
  readonly #registers = new Uint8Array(256);
  readonly #gain: Gain;
  /** Where a fire is seen, from the device's own chance. */
  readonly #firePixel: number;
  #pointer = 0;
  #frame = -1;
  #spotPixel = -1;
  #spotCel = 0;

  constructor(plan: DevicePlan, context: EmulatorContext) {
    this.#context = context;
    this.#gain = (plan.settings["gain"] as Gain | undefined) ?? "high";
    this.#firePixel = context.random.uint32() % PIXELS;
  }

  write(bytes: Uint8Array): boolean {
    if (bytes.length === 0) return true;
    this.#pointer = bytes[0];
    for (let i = 1; i < bytes.length; i++) this.#put(bytes[i]);
    return true;
  }

  read(into: Uint8Array): boolean {
    this.#takeFrame();
    for (let i = 0; i < into.length; i++) {
      into[i] = this.#registers[this.#pointer];
      this.#pointer = (this.#pointer + 1) & 0xff;
    }
    return true;
  }

  act(verb: string, words: readonly string[]): void {
    if (verb !== "spot") throw new Error(`a thermal imager can have a spot; not "${verb}"`);
    this.#frame = -1;
    if (words[0] === "off") {
      this.#spotPixel = -1;
      return;
    }
    const [column, row, celsius] = words.map(Number);
    if (!(column >= 1 && column <= COLUMNS && row >= 1 && row <= COLUMNS && Number.isFinite(celsius)))
      throw new Error("a spot has a column and a row from 1 to 8, and a temperature in Cel: spot 3 5 70, or spot off");
    this.#spotPixel = (row - 1) * COLUMNS + column - 1;
    this.#spotCel = celsius;
  }

  #put(value: number): void {
    const register = this.#pointer;
    this.#pointer = (register + 1) & 0xff;
    if (register === Register.reset) {
      if (value === RESET_INITIAL) this.#registers.fill(0);
      this.#frame = -1;
    } else if (register < Register.thermistor && register !== Register.status) this.#registers[register] = value;
  }

  /** A frame stands until the next is due. */
  #takeFrame(): void {
    const periodUs = this.#registers[Register.frameRate] === FRAME_RATE[1] ? 1_000_000 : 100_000;
    const frame = Math.floor(this.#context.clock.nowUs() / periodUs);
    if (frame === this.#frame) return;
    this.#frame = frame;
    const room = this.#context.quantity(Quantity.temperature);
    const smoke = this.#context.quantity(Quantity.smoke);
    const fire = smoke > CLEAR_DB_PER_M ? (HOTTEST_CEL * smoke) / (smoke + HALF_SMOKE_DB_PER_M) : 0;
    const range = GAIN_RANGE[this.#gain];
    const noiseCel = this.#context.recorded(Quantity.temperature) ? 0 : NOISE_CEL;
    let overflow = false;
    for (let pixel = 0; pixel < PIXELS; pixel++) {
      let celsius = room + fire * shareAt(pixel, this.#firePixel);
      const spot = room + (this.#spotCel - room) * shareAt(pixel, this.#spotPixel);
      if (this.#spotPixel >= 0 && spot > celsius) celsius = spot;
      celsius += noiseCel * (this.#context.random.uint32() / 4_294_967_296 - 0.5);
      if (celsius > range.max || celsius < range.min) overflow = true;
      this.#putPixel(pixel, celsius);
    }
    this.#putThermistor(room);
    this.#registers[Register.status] = overflow ? STATUS_OVERFLOW & 0x04 : 0;
  }

  #putPixel(pixel: number, celsius: number): void {
    let steps = Math.floor(celsius / CEL_PER_PIXEL_STEP + 0.5);
    if (steps > LARGEST_PIXEL_STEPS) steps = LARGEST_PIXEL_STEPS;
    this.#registers[Register.pixels + 2 * pixel] = steps;
    this.#registers[Register.pixels + 2 * pixel + 1] = (steps >> 8) & 0x0f;
  }

  #putThermistor(celsius: number): void {
    const magnitude = Math.floor((celsius < 0 ? -celsius : celsius) / CEL_PER_THERMISTOR_STEP + 0.5);
    this.#registers[Register.thermistor] = magnitude;
    this.#registers[Register.thermistor + 1] = ((magnitude >> 8) & 0x07) | (celsius < 0 ? 0x08 : 0);
  }
}

/** How much a pixel sees of something at another. */
function shareAt(pixel: number, centre: number): number {
  if (centre < 0) return 0;
  const across = distance(pixel % COLUMNS, centre % COLUMNS);
  const up = distance(pixel >> 3, centre >> 3);
  return across > 1 || up > 1 ? 0 : NEIGHBOUR_SHARE[across + up];
}

function distance(one: number, other: number): number {
  return one < other ? other - one : one - other;
}

export const emulator: EmulatorModule = { create: (plan, context) => new GridEyeEmulator(plan, context) };
