/**
 * An MLX90640 as its bus sees it: words of calibration, and a chess pattern of pixels that is renewed at the refresh rate. The
 * room before it looks as in the AMG88xx's emulator: walls of the air's temperature, a hot spot behind smoke, and what a
 * scenario puts there. Pixels are found by running the part's arithmetic backwards.
 */
import type { Timer } from "../../hal/clock";
import { type Emulator, type EmulatorContext, type EmulatorModule, type I2CTarget, Quantity } from "../emulation";
import type { DevicePlan } from "../plan";
import { Calibration } from "./calibration";
import {
  AUX_WORDS,
  Aux,
  COLUMNS,
  CONTROL_RATE_SHIFT,
  EEPROM_WORDS,
  Eeprom,
  Memory,
  PIXELS,
  REFRESH_RATES,
  ROWS,
  STATUS_NEW,
} from "./constants";

/** The part warms itself; its housing is this much warmer than the room. */
const SELF_HEATING_CEL = 5;
/** How much hotter than the room a fire looks at most, and the smoke at which it is half of that. */
const HOTTEST_CEL = 250;
const HALF_SMOKE_DB_PER_M = 0.5;
const CLEAR_DB_PER_M = 0.001;
/** A spot has a core of 3x3 pixels and a rim of half its excess. */
const RIM_SHARE = 0.5;
/** Noise of a pixel from peak to peak; the data sheet's NETD is 0.1 K and more (section 12.3). */
const NOISE_CEL = 0.4;
/** After power-on: 2 Hz, 18 bits, chess pattern (section 10.5). */
const CONTROL_AFTER_RESET = 0x1901;
/** Raw words of no importance by themselves, of the order that parts have. */
const RAW = { vbe: 19_000, gain: 6_100, compensation: -60 } as const;

/** `spot <column> <row> <Cel>`: something hot, columns and rows from 1; `spot off`: no longer. */
export class MLX90640Emulator implements Emulator, I2CTarget {
  readonly i2c: I2CTarget = this;
  readonly #context: EmulatorContext;
  readonly #emissivity: number;
  readonly #calibration = new Calibration();
  readonly #pixels = new Uint16Array(PIXELS);
  readonly #aux = new Uint16Array(AUX_WORDS);
  readonly #firePixel: number;
  #pointer = 0;
  #control = CONTROL_AFTER_RESET;
  #status = 0;
  readonly #timer: Timer;
  /** Number of the interval whose end is waited for, counted from `#sinceUs` on. */
  #interval = 0;
  #sinceUs: number;
  #spotPixel = -1;
  #spotCel = 0;

  constructor(plan: DevicePlan, context: EmulatorContext) {
    this.#context = context;
    this.#emissivity = (plan.settings["emissivity"] as number | undefined) ?? 1;
    this.#firePixel = context.random.uint32() % PIXELS;
    this.#sinceUs = context.clock.nowUs();
    writeCalibration(this.#calibration.words, () => context.random.uint32());
    this.#calibration.load();
    this.#timer = context.clock.timer(() => this.end());
    this.armNext();
  }

  write(bytes: Uint8Array): boolean {
    if (bytes.length < 2) return true;
    this.#pointer = (bytes[0] << 8) | bytes[1];
    if (bytes.length >= 4) this.put(this.#pointer, (bytes[2] << 8) | bytes[3]);
    return true;
  }

  read(into: Uint8Array): boolean {
    for (let i = 0; i < into.length; i++) {
      const word = this.wordAt(this.#pointer + (i >> 1));
      into[i] = i & 1 ? word & 0xff : word >> 8;
    }
    return true;
  }

  act(verb: string, words: readonly string[]): void {
    if (verb !== "spot") throw new Error(`a thermal imager can have a spot; not "${verb}"`);
    if (words[0] === "off") {
      this.#spotPixel = -1;
      return;
    }
    const [column, row, celsius] = words.map(Number);
    if (!(column >= 1 && column <= COLUMNS && row >= 1 && row <= ROWS && Number.isFinite(celsius)))
      throw new Error("a spot has a column of 1 to 32, a row of 1 to 24 and a temperature: spot 16 12 70, or spot off");
    this.#spotPixel = (row - 1) * COLUMNS + column - 1;
    this.#spotCel = celsius;
  }

  private put(address: number, word: number): void {
    if (address === Memory.status) this.#status = word & ~STATUS_NEW;
    if (address === Memory.control) {
      this.#control = word;
      this.#sinceUs = this.#context.clock.nowUs();
    }
    if ((this.#status & STATUS_NEW) === 0) this.armNext();
  }

  private wordAt(address: number): number {
    if (address === Memory.status) return this.#status;
    if (address === Memory.control) return this.#control;
    if (address >= Memory.eeprom && address < Memory.eeprom + EEPROM_WORDS)
      return this.#calibration.words[address - Memory.eeprom];
    if (address >= Memory.pixels && address < Memory.pixels + PIXELS) return this.#pixels[address - Memory.pixels];
    return address >= Memory.aux && address < Memory.aux + AUX_WORDS ? this.#aux[address - Memory.aux] : 0;
  }

  /** The end of the measurement that runs now. */
  private armNext(): void {
    const rate = REFRESH_RATES[((this.#control >> CONTROL_RATE_SHIFT) & 7) - 1] ?? REFRESH_RATES[1];
    const intervalUs = 1_000_000 / rate;
    this.#interval = Math.floor((this.#context.clock.nowUs() - this.#sinceUs) / intervalUs) + 1;
    this.#timer.arm(this.#sinceUs + this.#interval * intervalUs);
  }

  /** It ended: it stays until it was read, and what is measured meanwhile is lost. */
  private end(): void {
    const subpage = this.#interval & 1;
    this.#status = STATUS_NEW | subpage;
    this.expose(subpage);
  }

  private expose(subpage: number): void {
    const { quantity, recorded, random } = this.#context;
    const room = quantity(Quantity.temperature);
    const smoke = quantity(Quantity.smoke);
    const fire = smoke > CLEAR_DB_PER_M ? (HOTTEST_CEL * smoke) / (smoke + HALF_SMOKE_DB_PER_M) : 0;
    const noiseCel = recorded(Quantity.temperature) ? 0 : NOISE_CEL;
    writeAux(this.#aux, this.#calibration.words, room + SELF_HEATING_CEL);
    this.#calibration.beginFrame(this.#aux, this.#emissivity);
    for (let row = 0; row < ROWS; row++)
      for (let column = this.#calibration.beginRow(row, subpage); column < COLUMNS; column += 2) {
        const pixel = row * COLUMNS + column;
        let celsius = room + fire * shareAt(pixel, this.#firePixel);
        const spot = room + (this.#spotCel - room) * shareAt(pixel, this.#spotPixel);
        if (this.#spotPixel >= 0 && spot > celsius) celsius = spot;
        celsius += noiseCel * (random.uint32() / 4_294_967_296 - 0.5);
        this.#pixels[pixel] = word16(this.#calibration.rawFor(column, celsius));
      }
  }
}

/** Words of no real part, of the order of the data sheet's example, different in each part. */
export function writeCalibration(words: Uint16Array, chance: () => number): void {
  const nibbles = (count: number, from: number) => {
    for (let i = 0; i < count; i++) words[from + i] = chance() & 0x1111;
  };
  for (let i = 0; i < 3; i++) words[Eeprom.id + i] = chance();
  words[Eeprom.deviceSelect] = 0;
  words[Eeprom.offsetScales] = 0x4210;
  words[Eeprom.offsetReference] = 0xffbb;
  nibbles(6, Eeprom.offsetRows);
  nibbles(8, Eeprom.offsetColumns);
  words[Eeprom.alphaScales] = 0x7652;
  words[Eeprom.alphaReference] = 0x3500;
  nibbles(6, Eeprom.alphaRows);
  nibbles(8, Eeprom.alphaColumns);
  words[Eeprom.gain] = 0x18ef;
  words[Eeprom.ptat25] = 0x2ff1;
  words[Eeprom.ptatSlopes] = 0x5952;
  words[Eeprom.vdd] = 0x9d68;
  words[Eeprom.kv] = 0x5454;
  words[Eeprom.ktaOddColumns] = 0x5754;
  words[Eeprom.ktaEvenColumns] = 0x5553;
  words[Eeprom.scales] = 0x2363;
  words[Eeprom.compensationAlpha] = 0xe446;
  words[Eeprom.compensationOffset] = 0xfbb5;
  words[Eeprom.compensationSlopes] = 0x044b;
  words[Eeprom.ksTaTgc] = 0xf020;
  words[Eeprom.ksTo01] = 0x9797;
  words[Eeprom.ksTo23] = 0x9797;
  words[Eeprom.ksToScales] = 0x2889;
  // Offset, sensitivity and temperature slope within their small ranges; no pixel is zero, and none is marked.
  for (let i = 0; i < PIXELS; i++) words[Eeprom.pixels + i] = (chance() & 0x0ffe) | 0x0002;
}

/** What the part says of itself at 3.3 V and `celsius`. */
export function writeAux(aux: Uint16Array, words: Uint16Array, celsius: number): void {
  const vdd25 = ((words[Eeprom.vdd] & 0xff) - 256) * 32 - 8192;
  const kt = ((words[Eeprom.ptatSlopes] << 22) >> 22) / 8;
  const alpha = (words[Eeprom.offsetScales] >> 12) / 4 + 8;
  // ptat / (ptat alpha + vbe) 2^18 = art, solved for ptat.
  const art = kt * (celsius - 25) + words[Eeprom.ptat25];
  aux[Aux.vbe] = RAW.vbe;
  aux[Aux.ptat] = word16((art * RAW.vbe) / (262_144 - art * alpha));
  aux[Aux.vdd] = word16(vdd25);
  aux[Aux.gain] = RAW.gain;
  aux[Aux.compensation0] = aux[Aux.compensation1] = word16(RAW.compensation);
}

/** Rounded, in two's complement; beyond its ends the converter stays at them. */
function word16(value: number): number {
  const whole = Math.floor(value + 0.5);
  return (whole > 32_767 ? 32_767 : whole < -32_768 ? -32_768 : whole) & 0xffff;
}

/** How much a pixel sees of something at another. */
function shareAt(pixel: number, centre: number): number {
  if (centre < 0) return 0;
  const across = distance(pixel % COLUMNS, centre % COLUMNS);
  const up = distance(Math.floor(pixel / COLUMNS), Math.floor(centre / COLUMNS));
  const far = across > up ? across : up;
  return far <= 1 ? 1 : far === 2 ? RIM_SHARE : 0;
}

function distance(one: number, other: number): number {
  return one < other ? other - one : one - other;
}

export const emulator: EmulatorModule = { create: (plan, context) => new MLX90640Emulator(plan, context) };
