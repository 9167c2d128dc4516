/**
 * Melexis MLX90640: a 32x24 thermal imager on I2C, summarised where it hangs: coldest, hottest and mean pixel, how many pixels
 * are hot and which one is hottest. The temperatures of all pixels are there for who asks (`keepFrame`).
 *
 *   first: read 26 blocks of calibration -> set up -> (80 ms)
 *   then:  ambient words -> 24 rows -> the other subpage the same -> done
 *
 * The part measures by itself, in a chess pattern: each measurement renews every second pixel, and a picture is two of them.
 * Nothing waits and nothing takes long at once: a row is read and worked out (16 pixels), and then others have their turn.
 * The words have no checksum; the control register, read before and after each picture, must be as it was set.
 *
 * `MLX90640` is an ECMA-419 sensor with provenance (the standard has no class for an image; its own temperature is a
 * Temperature). `driver` is what the gateway links.
 */

import type { Clock } from "../../hal/clock";
import type { I2C, I2CConstructor, I2COptions } from "../../hal/io";
import type { Identification, ProvenanceSample, Sensor, SensorCallbacks } from "../../hal/sensor";
import { type DriverContext, type DriverModule, Quality } from "../contract";
import { ofPlatform } from "../of-platform";
import type { DevicePlan } from "../plan";
import { SteppedDevice } from "../stepped-device";
import { StepEnd, SteppedSensor } from "../stepped-sensor";
import { Calibration, LoadFault } from "./calibration";
import {
  ADDRESS,
  AUX_WORDS,
  COLUMNS,
  CONTROL_BASE,
  CONTROL_RATE_SHIFT,
  EEPROM_WORDS,
  Memory,
  PIXELS,
  RANGE,
  REFRESH_RATES,
  type RefreshRate,
  ROWS,
  rateCode,
  STARTUP_US,
  STATUS_NEW,
  STATUS_SUBPAGE,
  STATUS_TAKE_NEXT,
} from "./constants";

export type MLX90640Configuration = {
  /** Measurements a second; a picture is two of them. */
  readonly refreshRate: RefreshRate;
  /** Of what is looked at: 1 is a black body, matt surfaces have some 0.95, bright metal far less. */
  readonly emissivity: number;
  /** A pixel of this temperature counts as hot, degree Celsius. */
  readonly hotCel: number;
};

export type MLX90640Sample = ProvenanceSample & {
  minCel: number;
  maxCel: number;
  meanCel: number;
  /** How many pixels are hot. */
  hot: number;
  /** The hottest pixel, 1 to 768: row by row, as the data sheet counts. */
  hottest: number;
  /** The part's own temperature. */
  thermometer: { temperature: number };
  /** A pixel is beyond what the part can measure. */
  overflow: boolean;
};

export type MLX90640Options = SensorCallbacks & {
  readonly sensor: Partial<I2COptions> & { readonly io: I2CConstructor } & Pick<I2COptions, "data" | "clock">;
  readonly clock?: Clock;
};

const DEFAULT_HZ = 400_000;
const DEFAULTS = { refreshRate: 4, emissivity: 0.95, hotCel: 60 } as const;
const Step = { eeprom: 1, setUp: 2, first: 3, ready: 4, again: 5, aux: 6, row: 7, last: 8 } as const;
/** Words in a transaction: a row. */
const BLOCK_WORDS = COLUMNS;
/** Pixels of a row that belong to a subpage. */
const ROW_PIXELS = COLUMNS / 2;
const EEPROM_BLOCKS = EEPROM_WORDS / BLOCK_WORDS;
const AUX_BLOCKS = AUX_WORDS / BLOCK_WORDS;
/** Between two slices, so that other devices have their turn. */
const SLICE_US = 200;
/** A measurement that does not come within so many of its intervals never will. */
const PATIENCE_INTERVALS = 4;
/** Looks at the status in an interval. */
const LOOKS = 4;
const BOTH_SUBPAGES = 3;
/** An EEPROM with so many marked pixels is none: four are allowed (section 9). */
const MOST_BROKEN = 4;

export class MLX90640 extends SteppedSensor<MLX90640Sample> implements Sensor<MLX90640Sample, MLX90640Configuration> {
  #io: I2C | undefined;
  readonly #onConfiguration: (() => void) | undefined;
  readonly #calibration = new Calibration();
  readonly #register = new Uint8Array(2);
  readonly #setting = new Uint8Array(4);
  readonly #word = new Uint8Array(2);
  readonly #block = new Uint8Array(2 * BLOCK_WORDS);
  readonly #aux = new Uint16Array(AUX_WORDS);
  /** Temperatures of the row that is worked out. */
  readonly #row = new Float64Array(ROW_PIXELS);
  #configuration: MLX90640Configuration = DEFAULTS;
  #control = 0;
  #lookUs = 0;
  #frame: Float32Array | undefined;
  #uniqueID: string | undefined;
  /** Block or row that comes next. */
  #next = 0;
  #looks = 0;
  #subpage = 0;
  /** A bit for each subpage that this picture has. */
  #seen = 0;
  #least = 0;
  #most = 0;
  #sum = 0;
  #count = 0;
  #hot = 0;
  #hottest = 0;

  constructor(options: MLX90640Options) {
    super(options.clock);
    const { io, ...connection } = options.sensor;
    if (typeof io !== "function") throw new TypeError("MLX90640: sensor.io must be an I2C class");
    this.#io = new io({ hz: DEFAULT_HZ, address: ADDRESS, ...connection });
    this.#onConfiguration = options.onConfiguration;
    this.prepare();
  }

  get identification(): Identification {
    return {
      model: "Melexis MLX90640",
      classification: "Temperature",
      ...(this.#uniqueID === undefined ? {} : { uniqueID: this.#uniqueID }),
    };
  }

  get configuration(): MLX90640Configuration {
    return this.#configuration;
  }

  /** The refresh rate reaches the part before the next picture; the others count from the next picture on. */
  configure(options: Partial<MLX90640Configuration>): void {
    const now = this.#configuration;
    const { refreshRate = now.refreshRate, emissivity = now.emissivity, hotCel = now.hotCel } = options;
    if (!REFRESH_RATES.includes(refreshRate))
      throw new RangeError(`MLX90640: refreshRate must be ${REFRESH_RATES.join(", ")}; not ${refreshRate}`);
    if (!(emissivity >= 0.1 && emissivity <= 1))
      throw new RangeError(`MLX90640: emissivity must be 0.1 to 1; not ${emissivity}`);
    if (!Number.isFinite(hotCel)) throw new RangeError(`MLX90640: hotCel must be a temperature; not ${hotCel}`);
    if (refreshRate === now.refreshRate && emissivity === now.emissivity && hotCel === now.hotCel) return;
    this.#configuration = { refreshRate, emissivity, hotCel };
    if (refreshRate !== now.refreshRate) this.reset();
    this.prepare();
    this.#onConfiguration?.();
  }

  /**
   * From the next picture on the temperatures of all pixels are put into `into` as well, pixel 1 first; a pixel that the maker
   * marked as broken is NaN. `undefined`: no longer. It belongs to the caller: this is where 3 kB of memory go.
   */
  keepFrame(into: Float32Array | undefined): void {
    if (into !== undefined && into.length !== PIXELS)
      throw new RangeError(`MLX90640: a frame has ${PIXELS} pixels, not ${into.length}`);
    this.#frame = into;
  }

  close(): void {
    this.#io?.close();
    this.#io = undefined;
  }

  protected firstStep(): number {
    this.open();
    this.#next = this.#looks = this.#seen = 0;
    this.#least = Number.POSITIVE_INFINITY;
    this.#most = Number.NEGATIVE_INFINITY;
    this.#sum = this.#count = this.#hot = this.#hottest = 0;
    return this.isSetUp ? Step.first : Step.eeprom;
  }

  // hot path
  /** Each step is a short one; only waiting for the part takes time. */
  protected begin(step: number): number {
    switch (step) {
      case Step.setUp:
        this.write(Memory.control, this.#control);
        this.write(Memory.status, STATUS_TAKE_NEXT);
        return STARTUP_US;
      case Step.first:
        // What it measured since the last picture is old.
        this.write(Memory.status, STATUS_TAKE_NEXT);
        return SLICE_US;
      case Step.again:
        return this.#lookUs;
      default:
        return SLICE_US;
    }
  }

  // hot path
  protected end(step: number): number {
    switch (step) {
      case Step.eeprom:
        return this.readCalibration();
      case Step.setUp:
        this.isSetUp = true;
        return Step.ready;
      case Step.first:
        return this.isAsTold() ? Step.ready : StepEnd.partFault;
      case Step.last:
        return this.isAsTold() ? StepEnd.done : StepEnd.partFault;
      case Step.aux:
        return this.readAux();
      case Step.row:
        return this.readRow();
      default:
        return this.look();
    }
  }

  // hot path
  protected fill(sample: MLX90640Sample): MLX90640Sample {
    sample.minCel = this.#least;
    sample.maxCel = this.#most;
    sample.meanCel = this.#sum / this.#count;
    sample.hot = this.#hot;
    sample.hottest = this.#hottest + 1;
    sample.thermometer.temperature = this.#calibration.ambientCel;
    sample.overflow = !(this.#least >= RANGE.min && this.#most <= RANGE.max);
    return sample;
  }

  protected newSample(): MLX90640Sample {
    return newSample();
  }

  private prepare(): void {
    const { refreshRate } = this.#configuration;
    this.#control = CONTROL_BASE | (rateCode(refreshRate) << CONTROL_RATE_SHIFT);
    this.#lookUs = Math.floor(1_000_000 / refreshRate / LOOKS);
  }

  private readCalibration(): number {
    const calibration = this.#calibration;
    this.readBlock(Memory.eeprom);
    this.takeBlock(calibration.words);
    if (this.#next < EEPROM_BLOCKS) return Step.eeprom;
    const fault = calibration.load();
    if (fault === LoadFault.none) {
      this.#uniqueID = calibration.uniqueID;
      return Step.setUp;
    }
    return fault === LoadFault.empty ? StepEnd.partFault : StepEnd.wrongPart;
  }

  // hot path
  /** A part that lost its power, and a line that is held low, do not have the control word that it was told. */
  private isAsTold(): boolean {
    this.read(Memory.control, this.#word);
    const isAsTold = ((this.#word[0] << 8) | this.#word[1]) === this.#control;
    if (!isAsTold) this.isSetUp = false;
    return isAsTold;
  }

  // hot path
  /** Whether a subpage is there that this picture does not have yet. */
  private look(): number {
    this.read(Memory.status, this.#word);
    const status = (this.#word[0] << 8) | this.#word[1];
    if ((status & STATUS_NEW) === 0) {
      this.#looks++;
      if (this.#looks <= PATIENCE_INTERVALS * LOOKS) return Step.again;
      this.isSetUp = false;
      return StepEnd.partFault;
    }
    this.#looks = 0;
    this.#subpage = status & STATUS_SUBPAGE;
    if ((this.#seen & (1 << this.#subpage)) !== 0) {
      this.write(Memory.status, STATUS_TAKE_NEXT);
      return Step.again;
    }
    this.#next = 0;
    return Step.aux;
  }

  // hot path
  private readAux(): number {
    this.readBlock(Memory.aux);
    this.takeBlock(this.#aux);
    if (this.#next < AUX_BLOCKS) return Step.aux;
    if (!this.#calibration.beginFrame(this.#aux, this.#configuration.emissivity)) return StepEnd.partFault;
    this.#next = 0;
    return Step.row;
  }

  // hot path
  private readRow(): number {
    const row = this.#next;
    this.readBlock(Memory.pixels);
    this.workOut(row);
    this.#next = row + 1;
    if (this.#next < ROWS) return Step.row;
    this.write(Memory.status, STATUS_TAKE_NEXT);
    this.#seen |= 1 << this.#subpage;
    if (this.#seen !== BOTH_SUBPAGES) return Step.again;
    return this.#count >= PIXELS - MOST_BROKEN ? Step.last : StepEnd.partFault;
  }

  // hot path
  private workOut(row: number): void {
    const row16 = this.#row;
    const hotCel = this.#configuration.hotCel;
    const first = row * COLUMNS + this.#calibration.workOutRow(row, this.#subpage, this.#block, row16);
    let least = this.#least;
    let most = this.#most;
    let sum = 0;
    let count = 0;
    let hot = 0;
    for (let i = 0; i < ROW_PIXELS; i++) {
      const celsius = row16[i];
      // One that is no number says nothing.
      if (Number.isNaN(celsius)) continue;
      count++;
      sum += celsius;
      if (celsius >= hotCel) hot++;
      if (celsius < least) least = celsius;
      if (celsius > most) {
        most = celsius;
        this.#hottest = first + 2 * i;
      }
    }
    this.#least = least;
    this.#most = most;
    this.#sum += sum;
    this.#count += count;
    this.#hot += hot;
    const frame = this.#frame;
    if (frame !== undefined) for (let i = 0; i < ROW_PIXELS; i++) frame[first + 2 * i] = row16[i];
  }

  // hot path
  /** Reads the next block of a memory. */
  private readBlock(memory: number): void {
    this.read(memory + this.#next * BLOCK_WORDS, this.#block);
  }

  // hot path
  /** Puts the block where it belongs in `into`, and goes on to the next. */
  private takeBlock(into: Uint16Array): void {
    const bytes = this.#block;
    const at = this.#next * BLOCK_WORDS;
    for (let i = 0; i < BLOCK_WORDS; i++) into[at + i] = (bytes[2 * i] << 8) | bytes[2 * i + 1];
    this.#next++;
  }

  // hot path
  private read(address: number, into: Uint8Array): void {
    this.#register[0] = address >> 8;
    this.#register[1] = address;
    this.open().writeRead(this.#register, into);
  }

  // hot path
  private write(address: number, word: number): void {
    const setting = this.#setting;
    setting[0] = address >> 8;
    setting[1] = address;
    setting[2] = word >> 8;
    setting[3] = word;
    this.open().write(setting);
  }

  private open(): I2C {
    if (this.#io === undefined) throw new Error("MLX90640: closed");
    return this.#io;
  }
}

function newSample(): MLX90640Sample {
  return {
    minCel: 0,
    maxCel: 0,
    meanCel: 0,
    hot: 0,
    hottest: 1,
    thermometer: { temperature: 0 },
    overflow: false,
    ticks: 0,
  };
}

const CHANNELS = ["min", "max", "mean", "hot", "hottest", "ambient"] as const;

class MLX90640Device extends SteppedDevice<MLX90640Sample> {
  readonly #part: MLX90640;

  constructor(part: MLX90640, plan: DevicePlan, context: DriverContext) {
    super(part, newSample(), CHANNELS, plan, context);
    this.#part = part;
  }

  get configuration(): string {
    const { refreshRate, emissivity, hotCel } = this.#part.configuration;
    return `${refreshRate} Hz, emissivity ${emissivity}, hot from ${hotCel} Cel`;
  }

  // hot path
  protected publish(sample: MLX90640Sample): void {
    const quality = sample.overflow ? Quality.badRange : Quality.good;
    this.put(sample.minCel, 0, quality);
    this.put(sample.maxCel, 1, quality);
    this.put(sample.meanCel, 2, quality);
    this.put(sample.hot, 3, Quality.good);
    this.put(sample.hottest, 4, Quality.good);
    this.put(sample.thermometer.temperature, 5, Quality.good);
  }
}

export const driver: DriverModule = {
  name: "mlx90640",
  version: "1",
  open: (plan, context) => {
    const I2C = ofPlatform(context.io.I2C, "I2C");
    const part = new MLX90640({
      sensor: { ...(plan.connection.options as unknown as I2COptions), io: I2C },
      clock: context.clock,
    });
    try {
      part.configure(plan.settings as Partial<MLX90640Configuration>);
    } catch (error) {
      part.close();
      throw error;
    }
    return new MLX90640Device(part, plan, context);
  },
};
