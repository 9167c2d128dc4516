/**
 * A reading as a record carries it: integers whole, everything else in the 24 bits of a binary32, which is more than any
 * sensor's resolution and half the bytes of a binary64. Times within a group likewise: below a microsecond up to 16 s.
 */
export function wireNumber(value: number): number {
  return Math.floor(value) === value ? value : Math.fround(value);
}
