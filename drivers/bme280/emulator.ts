/**
 * The BME280 as its bus sees it: registers, calibration words, raw values. It finds the raw value of a quantity by running
 * the compensation backwards, so it needs no second formula.
 */
import { type EmulatorContext, type EmulatorModule, Quantity } from "../emulation";
import type { DevicePlan } from "../plan";
import { invert, RegisterEmulator } from "../registers/emulator";
import { Calibration, type CalibrationWords, encodeWords } from "./calibration";
import {
  CALIBRATION_BYTES,
  CHIP_ID,
  HUMIDITY_CALIBRATION_BYTES,
  MODE_FORCED,
  MODE_MASK,
  RESET_WORD,
  Register,
  SKIPPED_16,
  SKIPPED_20,
  STARTUP_US,
  STATUS_MEASURING,
  STATUS_NVM_COPY,
} from "./constants";

/** Temperature and pressure: the example of the sister part's sheet (BST-BMP280-DS001 section 3.12). Humidity: usual. */
export const WORDS: CalibrationWords = {
  T: [27_504, 26_435, -1000],
  P: [36_477, -10_685, 3024, 2855, 140, -7, 15_500, -14_600, 6000],
  H: [75, 362, 0, 328, 50, 30],
};
/** No two parts have the same first word. */
const SPREAD = 64;
const LAST_20 = 0xfffff;
const LAST_16 = 0xffff;

export class BME280Emulator extends RegisterEmulator {
  readonly #context: EmulatorContext;
  readonly #calibration = new Calibration();
  readonly #low = new Uint8Array(CALIBRATION_BYTES);
  readonly #high = new Uint8Array(HUMIDITY_CALIBRATION_BYTES);
  #ctrlHum = 0;
  /** Counts only from the next write of `ctrlMeas` on. */
  #osrsHumidity = 0;
  #ctrlMeas = 0;
  #config = 0;
  #pressure = SKIPPED_20;
  #temperature = SKIPPED_20;
  #humidity = SKIPPED_16;
  #readyUs = 0;
  #measuredUs = 0;

  constructor(plan: DevicePlan, context: EmulatorContext) {
    // On SPI the address's seven bits name the registers from 0x80 on.
    super(plan, 0, 0x80);
    this.#context = context;
    const [t1, t2, t3] = WORDS.T;
    const words = { ...WORDS, T: [t1 + (context.random.uint32() % SPREAD), t2, t3] as const };
    this.#calibration.set(words);
    encodeWords(words, this.#low, this.#high);
  }

  protected readRegister(register: number): number {
    if (register >= Register.calibration && register < Register.calibration + CALIBRATION_BYTES)
      return this.#low[register - Register.calibration];
    if (register >= Register.humidityCalibration && register < Register.humidityCalibration + this.#high.length)
      return this.#high[register - Register.humidityCalibration];
    if (register >= Register.data && register < Register.data + 8) return this.#dataByte(register - Register.data);
    switch (register) {
      case Register.id:
        return CHIP_ID;
      case Register.ctrlHum:
        return this.#ctrlHum;
      case Register.status:
        return (this.#measuring() ? STATUS_MEASURING : 0) | (this.#starting() ? STATUS_NVM_COPY : 0);
      case Register.ctrlMeas:
        return this.#measuring() ? this.#ctrlMeas : this.#ctrlMeas & ~MODE_MASK;
      case Register.config:
        return this.#config;
      default:
        return 0;
    }
  }

  protected writeRegister(register: number, value: number): void {
    switch (register) {
      case Register.reset:
        if (value === RESET_WORD) this.#reset();
        return;
      case Register.ctrlHum:
        this.#ctrlHum = value & 0x07;
        return;
      case Register.config:
        this.#config = value;
        return;
      case Register.ctrlMeas:
        this.#ctrlMeas = value;
        this.#osrsHumidity = this.#ctrlHum;
        // Both forced codes; normal mode is not emulated.
        if ((value & MODE_MASK) !== 0 && (value & MODE_MASK) <= 2 * MODE_FORCED) this.#measure();
        return;
    }
  }

  #reset(): void {
    this.#ctrlHum = this.#osrsHumidity = this.#ctrlMeas = this.#config = 0;
    this.#pressure = this.#temperature = SKIPPED_20;
    this.#humidity = SKIPPED_16;
    this.#measuredUs = 0;
    this.#readyUs = this.#context.clock.nowUs() + STARTUP_US;
  }

  #measure(): void {
    const osrsTemperature = this.#ctrlMeas >> 5;
    const osrsPressure = (this.#ctrlMeas >> 2) & 7;
    const calibration = this.#calibration;
    const { quantity } = this.#context;
    this.#temperature = this.#pressure = SKIPPED_20;
    this.#humidity = SKIPPED_16;
    if (osrsTemperature > 0) {
      const raw = invert((one) => calibration.temperatureCel(one), quantity(Quantity.temperature), LAST_20);
      this.#temperature = coarse(raw, osrsTemperature);
    }
    // The driver compensates with the temperature that it reads, so the inversion does as well.
    calibration.temperatureCel(this.#temperature);
    if (osrsPressure > 0)
      this.#pressure = coarse(
        invert((one) => calibration.pressurePa(one), quantity(Quantity.pressure), LAST_20),
        osrsPressure,
      );
    if (this.#osrsHumidity > 0)
      this.#humidity = invert((one) => calibration.humidityUnlimited(one), quantity(Quantity.humidity), LAST_16);
    this.#measuredUs =
      this.#context.clock.nowUs() +
      typicalUs(samples(osrsTemperature), samples(osrsPressure), samples(this.#osrsHumidity));
  }

  /** Pressure in three bytes, temperature in three, humidity in two; shadowed while a measurement runs is not emulated. */
  #dataByte(index: number): number {
    if (index >= 6) return index === 6 ? this.#humidity >> 8 : this.#humidity & 0xff;
    const word = index < 3 ? this.#pressure : this.#temperature;
    const at = index % 3;
    return at === 0 ? word >> 12 : at === 1 ? (word >> 4) & 0xff : (word & 0x0f) << 4;
  }

  #measuring(): boolean {
    return this.#context.clock.nowUs() < this.#measuredUs;
  }

  #starting(): boolean {
    return this.#context.clock.nowUs() < this.#readyUs;
  }
}

/** Oversampling by its code; above 5 it stays at 16. */
function samples(code: number): number {
  return code === 0 ? 0 : code > 4 ? 16 : 1 << (code - 1);
}

/** Typical measurement time in microseconds (section 9.1). */
function typicalUs(temperature: number, pressure: number, humidity: number): number {
  return (
    1_000 +
    2_000 * temperature +
    2_000 * pressure +
    (pressure > 0 ? 500 : 0) +
    2_000 * humidity +
    (humidity > 0 ? 500 : 0)
  );
}

/** Without the filter there are 16 bits, and one more for each doubling of the samples (sections 3.4.1 and 3.4.2). */
function coarse(raw: number, code: number): number {
  const step = 1 << (code >= 5 ? 0 : 5 - code);
  const rounded = Math.floor(raw / step + 0.5) * step;
  return rounded > LAST_20 ? LAST_20 - step + 1 : rounded;
}

export const emulator: EmulatorModule = { create: (plan, context) => new BME280Emulator(plan, context) };
