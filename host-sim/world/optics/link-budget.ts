/**
 * What is left of a lamp's light at a receiver, and what noise stands against it. Densities are one-sided, in A²/Hz at the diode
 * (reference/vlc.md sections 5.1 to 5.3); the world's front end draws its noise from these very figures.
 */
import type { Sight } from "./geometry";
import { lineOfSightGain } from "./lambertian";
import { LUMENS_PER_WATT, type ReceiverParts } from "./parts";

/** The SI's exact figures (2019). */
const ELEMENTARY_CHARGE = 1.602176634e-19;
const BOLTZMANN = 1.380649e-23;

export type NoiseDensities = {
  /** Of the light itself, 2 q I: that of lamps, and the ambient light. */
  readonly signalShot: number;
  readonly ambientShot: number;
  /** Of the feedback resistor, 4 k T / R. */
  readonly thermal: number;
  /** Of the amplifier's voltage noise on the input's capacitance, (e 2 π C)² B² / 3. */
  readonly amplifier: number;
  /** Of the converter's steps: a twelfth of a step's square, spread over half of the sample rate. */
  readonly converter: number;
  readonly total: number;
};

export type LinkBudget = {
  /** Share of the lamp's light that reaches the diode. */
  readonly gain: number;
  /** While the lamp is lit. */
  readonly receivedW: number;
  /** Lit less dark. */
  readonly swingA: number;
  readonly ambientA: number;
  readonly noise: NoiseDensities;
  /** Energy to noise density of a chip of OOK, or of half a pulse of VPPM at duty one half; 0 without light. */
  readonly ecn0: number;
};

export function ambientCurrent(parts: ReceiverParts): number {
  return (parts.ambientLux / LUMENS_PER_WATT) * parts.areaM2 * parts.filter * parts.responsivityAPerW;
}

/** A step of the converter as current at the diode. */
export function converterStep({ fullScaleV, bits, gain, feedbackOhm }: ReceiverParts): number {
  let steps = 1;
  for (let i = 0; i < bits; i++) steps *= 2;
  return fullScaleV / (steps * gain * feedbackOhm);
}

/** @param lampsA mean current of the light of all lamps */
export function noiseDensities(parts: ReceiverParts, lampsA: number, sampleHz: number): NoiseDensities {
  const signalShot = 2 * ELEMENTARY_CHARGE * lampsA;
  const ambientShot = 2 * ELEMENTARY_CHARGE * ambientCurrent(parts);
  const thermal = (4 * BOLTZMANN * parts.temperatureK) / parts.feedbackOhm;
  const perHz = parts.noiseVPerRootHz * 2 * Math.PI * parts.capacitanceF;
  const amplifier = (perHz * perHz * parts.bandwidthHz * parts.bandwidthHz) / 3;
  const step = converterStep(parts);
  const converter = (step * step) / 12 / (sampleHz / 2);
  const total = signalShot + ambientShot + thermal + amplifier + converter;
  return { signalShot, ambientShot, thermal, amplifier, converter, total };
}

/**
 * @param lamp its optical power while lit, its Lambertian order
 * @param chipS time of a chip of OOK or of half a pulse of VPPM
 * @param othersA mean current of the light of other lamps
 */
export function linkBudget(
  lamp: { readonly powerW: number; readonly order: number },
  parts: ReceiverParts,
  sight: Sight,
  chipS: number,
  sampleHz: number,
  othersA = 0,
): LinkBudget {
  const gain = lineOfSightGain(lamp.order, parts, sight);
  const receivedW = lamp.powerW * gain;
  const swingA = parts.responsivityAPerW * receivedW;
  // While a frame passes, half of its time is lit.
  const noise = noiseDensities(parts, swingA / 2 + othersA, sampleHz);
  const half = swingA / 2;
  return { gain, receivedW, swingA, ambientA: ambientCurrent(parts), noise, ecn0: (half * half * chipS) / noise.total };
}
