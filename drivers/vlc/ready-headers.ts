/**
 * Headers that a build has coded in advance: a lamp whose payload has neither an outer nor an inner code needs those for the header
 * alone, and the header of its beacons is always the same. `host-sim/build/headers.ts` puts a table in the place of this empty one,
 * by MCS; with this one the encoder codes each header itself (`vlcCoding` in `drivers/linked.ts`).
 *
 * A text holds six bits in each character from "0" on, the first bit lowest. The first two say how many line bits follow.
 */
export const READY_HEADERS: { readonly [mcs: number]: string | undefined } = {};
