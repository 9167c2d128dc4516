/**
 * The air of one room: a single well-mixed hot layer that a t-squared fire heats and fills with smoke.
 *
 * This is a test stimulus, not a fire engineering model: its figures are round and of the right order, so that detectors
 * see a plausible rise. Growth rates are the customary t-squared classes (time to 1,055 kW: 600, 300, 150, 75 s).
 */
import { QUIET_AIR, Quantity } from "../../drivers/emulation";
import { saturationPressureHPa } from "./math";

/** Heat release growth in kW/s²: Q = alpha * t². */
export const FIRE_GROWTH = { slow: 0.00293, medium: 0.01172, fast: 0.0469, "ultra-fast": 0.1876 } as const;
export type FireGrowth = keyof typeof FIRE_GROWTH;

const STEP_US = 100_000;
const STEP_S = 0.1;
/** Air: density 1.2 kg/m³ times 1.005 kJ/(kg K). */
const AIR_KJ_PER_M3_K = 1.206;
/** Share of the room's volume that the hot layer fills. */
const LAYER_SHARE = 0.4;
/** Share of the heat that stays in the gas; the rest is radiated. */
const CONVECTIVE_SHARE = 0.7;
/** Heat loss to walls and openings, kW for each kelvin above ambient and each m³ of room. */
const LOSS_KW_PER_K_M3 = 0.012;
/** Ventilation limits the fire, and its fuel ends. Per m³ of room. */
const PEAK_KW_PER_M3 = 2.5;
const FUEL_KJ_PER_M3 = 250;
/** Heat of combustion and optical yield of flaming wood, order of magnitude: 20 kJ/g, 0.1 m²/g. */
const KJ_PER_GRAM = 20;
const OPTICAL_M2_PER_GRAM = 0.1;
/**
 * What a gram of burnt wood leaves in the air, orders of magnitude for a well-ventilated fire: 1.5 g of carbon dioxide
 * (44 g/mol), 0.01 g of organic vapour (counted as ethanol, 46 g/mol) and 0.015 g of soot. A mole of room air is 0.024 m³.
 */
const CO2_PPM_PER_GRAM_M3 = (1.5 / 44) * 0.024 * 1e6;
const TVOC_PPB_PER_GRAM_M3 = (0.01 / 46) * 0.024 * 1e9;
const SOOT_UG_PER_GRAM = 15_000;
/** Soot is fine: nearly all of its mass is below 2.5 micrometres. Shares of the mass up to each size. */
const SOOT_SHARE = { pm1: 0.8, pm25: 0.95, pm4: 0.98, pm10: 1 } as const;
/** Smoke leaves with the air change. */
const SMOKE_LIFE_S = 300;
/** Below these the room counts as quiet, and time can pass in one step. */
const QUIET_K = 1e-9;
const QUIET_DB_PER_M = 1e-9;

export class Room {
  readonly name: string;
  readonly #ambientCel: number;
  readonly #ambientHumidityPercent: number;
  readonly #volumeM3: number;
  #steps = 0;
  #temperatureCel: number;
  #smokeDbPerM = 0;
  #growthKwPerS2 = 0;
  #burningS = 0;
  #burntKj = 0;

  constructor(name: string, temperatureCel: number, humidityPercent: number, volumeM3: number) {
    this.name = name;
    this.#ambientCel = temperatureCel;
    this.#temperatureCel = temperatureCel;
    this.#ambientHumidityPercent = humidityPercent;
    this.#volumeM3 = volumeM3;
  }

  get burning(): boolean {
    return this.#growthKwPerS2 > 0;
  }

  /** Lights a fire; a fire that burns already goes on. */
  ignite(growth: FireGrowth, nowUs: number): void {
    if (this.burning) return;
    this.#advance(nowUs);
    this.#growthKwPerS2 = FIRE_GROWTH[growth];
    this.#burningS = 0;
    this.#burntKj = 0;
  }

  extinguish(nowUs: number): void {
    this.#advance(nowUs);
    this.#growthKwPerS2 = 0;
  }

  temperatureCel(nowUs: number): number {
    this.#advance(nowUs);
    return this.#temperatureCel;
  }

  /** The water in the air stays; warm air could hold more of it. */
  humidityPercent(nowUs: number): number {
    this.#advance(nowUs);
    if (this.#temperatureCel === this.#ambientCel) return this.#ambientHumidityPercent;
    return (
      (this.#ambientHumidityPercent * saturationPressureHPa(this.#ambientCel)) /
      saturationPressureHPa(this.#temperatureCel)
    );
  }

  /** Optical obscuration, dB/m. */
  smokeDbPerM(nowUs: number): number {
    this.#advance(nowUs);
    return this.#smokeDbPerM;
  }

  /** Parts per million. */
  co2Ppm(nowUs: number): number {
    return QUIET_AIR.co2 + CO2_PPM_PER_GRAM_M3 * this.#burntGramsPerM3(nowUs);
  }

  /** Parts per billion. */
  tvocPpb(nowUs: number): number {
    return QUIET_AIR.tvoc + TVOC_PPB_PER_GRAM_M3 * this.#burntGramsPerM3(nowUs);
  }

  /** Mass of the particles up to a size, in microgram per m³. */
  particlesUgPerM3(size: keyof typeof SOOT_SHARE, nowUs: number): number {
    return QUIET_AIR[size] + SOOT_SHARE[size] * SOOT_UG_PER_GRAM * this.#burntGramsPerM3(nowUs);
  }

  /** Pa. A room leaks: a fire moves its pressure by a few pascal, which this model leaves out. */
  pressurePa(): number {
    return QUIET_AIR.pressure;
  }

  /**
   * Fuel whose smoke hangs in the layer, gram per m³. Gases and soot rise, mix and leave with the smoke, so the obscuration
   * says how much there is.
   */
  #burntGramsPerM3(nowUs: number): number {
    return this.smokeDbPerM(nowUs) / (10 * OPTICAL_M2_PER_GRAM);
  }

  /** Explicit Euler at 100 ms, whoever asks and whenever: so the air does not depend on its observers. */
  #advance(nowUs: number): void {
    const target = Math.floor(nowUs / STEP_US);
    while (this.#steps < target) {
      if (this.#isQuiet()) {
        this.#steps = target;
        return;
      }
      this.#steps++;
      this.#step();
    }
  }

  #isQuiet(): boolean {
    if (this.burning) return false;
    const warmer = this.#temperatureCel - this.#ambientCel;
    if (warmer > QUIET_K || warmer < -QUIET_K || this.#smokeDbPerM > QUIET_DB_PER_M) return false;
    this.#temperatureCel = this.#ambientCel;
    this.#smokeDbPerM = 0;
    return true;
  }

  #step(): void {
    const heatKw = this.#heatReleaseKw();
    const layerM3 = this.#volumeM3 * LAYER_SHARE;
    const lossKw = LOSS_KW_PER_K_M3 * this.#volumeM3 * (this.#temperatureCel - this.#ambientCel);
    this.#temperatureCel += ((CONVECTIVE_SHARE * heatKw - lossKw) * STEP_S) / (AIR_KJ_PER_M3_K * layerM3);
    // 10 dB for each decade of light: obscuration in dB/m is ten times the optical density per metre.
    const smokeDb = (10 * OPTICAL_M2_PER_GRAM * heatKw * STEP_S) / (KJ_PER_GRAM * layerM3);
    this.#smokeDbPerM += smokeDb - (this.#smokeDbPerM * STEP_S) / SMOKE_LIFE_S;
  }

  #heatReleaseKw(): number {
    if (!this.burning) return 0;
    this.#burningS += STEP_S;
    const growingKw = this.#growthKwPerS2 * this.#burningS * this.#burningS;
    const peakKw = PEAK_KW_PER_M3 * this.#volumeM3;
    const heatKw = growingKw < peakKw ? growingKw : peakKw;
    this.#burntKj += heatKw * STEP_S;
    if (this.#burntKj >= FUEL_KJ_PER_M3 * this.#volumeM3) this.#growthKwPerS2 = 0;
    return heatKw;
  }
}

/** A quantity of the room's air, in the quantity's unit. */
export function measure(room: Room, quantity: Quantity, nowUs: number): number {
  switch (quantity) {
    case Quantity.temperature:
      return room.temperatureCel(nowUs);
    case Quantity.humidity:
      return room.humidityPercent(nowUs);
    case Quantity.smoke:
      return room.smokeDbPerM(nowUs);
    case Quantity.pressure:
      return room.pressurePa();
    case Quantity.co2:
      return room.co2Ppm(nowUs);
    case Quantity.tvoc:
      return room.tvocPpb(nowUs);
    case Quantity.pm1:
    case Quantity.pm25:
    case Quantity.pm4:
    case Quantity.pm10:
      return room.particlesUgPerM3(quantity, nowUs);
  }
}
