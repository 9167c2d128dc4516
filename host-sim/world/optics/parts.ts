/** What lamps and receivers are made of where nobody says otherwise (reference/vlc.md section 5.2), in the units of the names. */
import type { Aperture } from "./lambertian";

export type LampParts = {
  /** Optical power of the lit lamp; its mean at one half of light is half of it. */
  readonly powerW: number;
  /** Angle from its axis at which it shines half as strong. */
  readonly halfAngleDeg: number;
  /** Where the LED's answer has fallen by 3 dB. */
  readonly bandwidthHz: number;
  /** By how much its clock runs fast. */
  readonly ppm: number;
};

export type ReceiverParts = Aperture & {
  readonly responsivityAPerW: number;
  /** Light on the diode that is no lamp's of ours. */
  readonly ambientLux: number;
  /** Share of the ambient light that comes from lamps on the mains and follows its half waves. */
  readonly ripple: number;
  /** Never its nominal figure for long; at exactly 50 Hz its phase would keep in step with a gateway that ticks in tenths of a second. */
  readonly mainsHz: number;
  /** Share of the ambient light that electronic ballasts swing by, and their frequency of light. */
  readonly ballast: number;
  readonly ballastHz: number;
  /** Of the amplifier behind the diode: feedback, band, corner of the coupling behind it. */
  readonly feedbackOhm: number;
  readonly bandwidthHz: number;
  readonly couplingHz: number;
  /** Voltage noise of the amplifier's input, and the capacitance there that turns it into current. 0: left out. */
  readonly noiseVPerRootHz: number;
  readonly capacitanceF: number;
  readonly temperatureK: number;
  /** Second amplifier, and the converter behind it. */
  readonly gain: number;
  readonly fullScaleV: number;
  readonly bits: number;
  readonly ppm: number;
  /** Of the moments of sampling, as a deviation. */
  readonly jitterS: number;
};

/** A phosphor white luminaire: 0.5 W in the mean. */
export const DEFAULT_LAMP: LampParts = { powerW: 1, halfAngleDeg: 60, bandwidthHz: 2.5e6, ppm: 0 };

/** A VEMD5510 class diode under an office's light. */
export const DEFAULT_RECEIVER: ReceiverParts = {
  areaM2: 7.5e-6,
  fovDeg: 60,
  filter: 1,
  lensIndex: 0,
  responsivityAPerW: 0.4,
  ambientLux: 1000,
  ripple: 0,
  mainsHz: 49.98,
  ballast: 0,
  ballastHz: 40_000,
  feedbackOhm: 100_000,
  bandwidthHz: 1e6,
  couplingHz: 2000,
  noiseVPerRootHz: 0,
  capacitanceF: 0,
  temperatureK: 295,
  gain: 10,
  fullScaleV: 3.3,
  bits: 12,
  ppm: 0,
  jitterS: 25e-9,
};

/** Crystals of both sides are off by so much at most where nobody says how much (reference/vlc.md section 5.2). */
export const USUAL_PPM = 20;
/** Samples of a line symbol: of a chip of OOK, of a pulse of VPPM. */
export const PER_SYMBOL = 8;
/** Light for the eye in a watt of daylight or of white LED, rounded (reference/vlc.md section 5.2). */
export const LUMENS_PER_WATT = 300;
