/** Plans the reads of a poll: as few requests as possible, without reading much that nobody asked for. */

/**
 * A request costs some 30 ms on a 9600 baud line (frames, silence, the panel's turnaround), a register 2 ms: reading
 * over a hole of that many registers is cheaper than another request.
 */
const MAX_HOLE_REGISTERS = 12;

/** @returns first address and count of each read, ascending; every one of `registers` lies in exactly one */
export function planBlocks(registers: readonly number[], maxPerRead: number): [address: number, count: number][] {
  const blocks: [number, number][] = [];
  for (const register of [...new Set(registers)].sort((a, b) => a - b)) {
    const last = blocks.at(-1);
    const fits = last !== undefined && register - last[0] < maxPerRead;
    const near = last !== undefined && register - (last[0] + last[1]) <= MAX_HOLE_REGISTERS;
    if (last !== undefined && fits && near) last[1] = register - last[0] + 1;
    else blocks.push([register, 1]);
  }
  return blocks;
}
