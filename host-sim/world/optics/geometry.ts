/** Where lamps, receivers and people are in a room, in metres: x and y along the floor, z up from it. */

export type Vector = readonly [x: number, y: number, z: number];

/** A place, and a direction of any length that the part faces. */
export type Placement = { readonly at: Vector; readonly faces: Vector };

export const DOWN: Vector = [0, 0, -1];
export const UP: Vector = [0, 0, 1];

/** Nearer than this the inverse square of a point source says nothing; a lamp has a size. */
export const NEAREST_M = 0.05;

/** What light from a lamp to a receiver has to go through. */
export type Sight = {
  readonly distanceM: number;
  /** Of the angle between the lamp's axis and the way to the receiver; below 0 behind the lamp. */
  readonly cosLamp: number;
  /** Of the angle between the receiver's axis and the way to the lamp. */
  readonly cosReceiver: number;
};

/** A receiver straight below a lamp, looking up. */
export function straightBelow(distanceM: number): Sight {
  return { distanceM: distanceM > NEAREST_M ? distanceM : NEAREST_M, cosLamp: 1, cosReceiver: 1 };
}

export function sightBetween(lamp: Placement, receiver: Placement): Sight {
  const way: Vector = [receiver.at[0] - lamp.at[0], receiver.at[1] - lamp.at[1], receiver.at[2] - lamp.at[2]];
  const distance = Math.sqrt(dot(way, way));
  if (distance < NEAREST_M) return straightBelow(NEAREST_M);
  return {
    distanceM: distance,
    cosLamp: dot(way, lamp.faces) / (distance * Math.sqrt(dot(lamp.faces, lamp.faces))),
    cosReceiver: -dot(way, receiver.faces) / (distance * Math.sqrt(dot(receiver.faces, receiver.faces))),
  };
}

/** A person is an upright cylinder: shoulders half a metre wide, as tall as most people. Round figures. */
export const PERSON_RADIUS_M = 0.25;
export const PERSON_HEIGHT_M = 1.75;

/** Whether a person who stands at `x`, `y` is in the straight line between two places. */
export function isBlocked(from: Vector, to: Vector, x: number, y: number): boolean {
  // The line's points are from + s (to - from), s in 0 to 1; inside of the circle where a s² + b s + c < 0.
  const dx = to[0] - from[0];
  const dy = to[1] - from[1];
  const fx = from[0] - x;
  const fy = from[1] - y;
  const a = dx * dx + dy * dy;
  const c = fx * fx + fy * fy - PERSON_RADIUS_M * PERSON_RADIUS_M;
  if (a === 0) return c < 0 && (from[2] < PERSON_HEIGHT_M || to[2] < PERSON_HEIGHT_M);
  const b = 2 * (fx * dx + fy * dy);
  const discriminant = b * b - 4 * a * c;
  if (discriminant <= 0) return false;
  const root = Math.sqrt(discriminant);
  const enters = (-b - root) / (2 * a);
  const leaves = (-b + root) / (2 * a);
  const first = enters > 0 ? enters : 0;
  const last = leaves < 1 ? leaves : 1;
  if (first >= last) return false;
  // Lowest where the line goes down, at the end of its way through the cylinder.
  const height = (s: number) => from[2] + s * (to[2] - from[2]);
  return height(first) < PERSON_HEIGHT_M || height(last) < PERSON_HEIGHT_M;
}

function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
