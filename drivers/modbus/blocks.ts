/**
 * Plans reads: few requests for many values, without reading much that nobody asked for, and without cutting a value in two.
 *
 * On a 9600 baud line another request costs 33 to 73 ms (frames, silence, the unit's answer time) and a register 2.3 ms: reading
 * over a gap of a dozen registers is cheaper than a second request. Some units refuse a read that touches an address which they
 * do not have, so gaps can be forbidden, and a refused block can be split.
 */

/** Addresses that belong together: a register, a value of several registers, a coil. */
export type Span = { readonly address: number; readonly count: number };

export type Block = Span & {
  /** Positions in the list of spans that was planned for, ascending by address. */
  readonly spans: readonly number[];
};

export type BlockLimits = {
  /** Most registers or bits that the unit answers at once. */
  readonly maxCount: number;
  /** Most addresses that may be read for nothing to save a request. */
  readonly maxGap: number;
  /** First and last address of ranges that must not be read for nothing. */
  readonly holes?: readonly (readonly [first: number, last: number])[];
};

/** See above: worth it at 9600 baud, and more so at less. */
export const DEFAULT_MAX_GAP = 12;

/** The fault of whoever described the unit. */
export class BlockPlanError extends Error {
  readonly code = "modbus-blocks";
}

/**
 * @returns blocks ascending by address; each span lies whole in exactly one
 * @throws BlockPlanError when a value is longer than a read may be
 */
export function planBlocks(spans: readonly Span[], limits: BlockLimits): Block[] {
  const order = spans.map((_, index) => index);
  order.sort((a, b) => spans[a].address - spans[b].address || spans[b].count - spans[a].count || a - b);
  const blocks: { address: number; count: number; spans: number[] }[] = [];
  for (const index of order) {
    const { address, count } = spans[index];
    if (count > limits.maxCount)
      throw new BlockPlanError(`a value of ${count} at address ${address} is longer than a read of ${limits.maxCount}`);
    const last = blocks.at(-1);
    if (last !== undefined && fits(last, spans[index], limits)) {
      last.count = Math.max(last.count, address + count - last.address);
      last.spans.push(index);
    } else blocks.push({ address, count, spans: [index] });
  }
  return blocks;
}

function fits(block: Span, { address, count }: Span, { maxCount, maxGap, holes = [] }: BlockLimits): boolean {
  const end = block.address + block.count;
  if (address + count - block.address > maxCount || address - end > maxGap) return false;
  return address <= end || !holes.some(([first, last]) => first < address && last >= end);
}

/**
 * A unit refused the block: two that leave out its widest gap, or halves where it has none.
 * @returns `undefined` for a block of one value, or of values that all overlap
 */
export function splitBlock(block: Block, spans: readonly Span[]): [Block, Block] | undefined {
  let cut = 0;
  let widest = -1;
  let distance = 0;
  let end = 0;
  const middle = block.address + block.count / 2;
  for (let i = 0; i < block.spans.length; i++) {
    const { address, count } = spans[block.spans[i]];
    const gap = address - end;
    const off = Math.abs(address - middle);
    if (i > 0 && gap >= 0 && (gap > widest || (gap === widest && off < distance))) {
      cut = i;
      widest = gap;
      distance = off;
    }
    end = Math.max(end, address + count);
  }
  if (cut === 0) return undefined;
  return [over(block.spans.slice(0, cut), spans), over(block.spans.slice(cut), spans)];
}

function over(members: readonly number[], spans: readonly Span[]): Block {
  let first = 65_536;
  let end = 0;
  for (const member of members) {
    const { address, count } = spans[member];
    if (address < first) first = address;
    if (address + count > end) end = address + count;
  }
  return { address: first, count: end - first, spans: members };
}
