/**
 * Light of a lamp on a diode, in a line of sight: the generalised Lambertian source (reference/vlc.md section 5.1; Kahn and Barry,
 * Proc. IEEE 85(2), 1997; Komine and Nakagawa, IEEE Trans. Consumer Electronics 50(1), 2004). Reflections are left out: at chips of
 * 1.25 µs and more they come as light of the same chip, some percent of it.
 */
import { cos, exp, ln, sin } from "../math";
import type { Sight } from "./geometry";

const { LN2 } = Math;

export function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}

/** Order m of a source whose intensity has fallen to one half at that angle from its axis: 60 degrees is 1. */
export function lambertianOrder(halfAngleDeg: number): number {
  return -LN2 / ln(cos(radians(halfAngleDeg)));
}

export type Aperture = {
  readonly areaM2: number;
  /** Half angle of what the receiver sees. Light from farther out does not reach the diode. */
  readonly fovDeg: number;
  /** Share of the light that passes the filter. */
  readonly filter: number;
  /** Refractive index of an ideal non-imaging concentrator over the diode; 0: there is none. */
  readonly lensIndex: number;
};

/** Gain of the concentrator, n² / sin²(FOV). */
export function concentratorGain({ fovDeg, lensIndex }: Aperture): number {
  if (lensIndex === 0) return 1;
  const sine = sin(radians(fovDeg));
  return (lensIndex * lensIndex) / (sine * sine);
}

/** Share of the lamp's light that reaches the diode: (m + 1) A / (2 π d²) cos^m(φ) Ts g cos(ψ). */
export function lineOfSightGain(order: number, aperture: Aperture, sight: Sight): number {
  const { distanceM, cosLamp, cosReceiver } = sight;
  if (cosLamp <= 0 || cosReceiver <= 0 || cosReceiver < cos(radians(aperture.fovDeg))) return 0;
  const spread = ((order + 1) * powerOf(cosLamp, order)) / (2 * Math.PI * distanceM * distanceM);
  return spread * aperture.areaM2 * aperture.filter * concentratorGain(aperture) * cosReceiver;
}

/** Luminous flux to illuminance on a surface that faces as the receiver does, lux for each lumen. */
export function illuminanceGain(order: number, { distanceM, cosLamp, cosReceiver }: Sight): number {
  if (cosLamp <= 0 || cosReceiver <= 0) return 0;
  return ((order + 1) * powerOf(cosLamp, order) * cosReceiver) / (2 * Math.PI * distanceM * distanceM);
}

function powerOf(base: number, exponent: number): number {
  return base === 1 ? 1 : exp(exponent * ln(base));
}
