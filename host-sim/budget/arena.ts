/** Finds the smallest arena that a program survives in. */

/** Arenas are told apart to this many bytes. */
export const ARENA_STEP_BYTES = 512;
/** Sizes tried at a time: a PC has two cores or more. */
const SIDE_BY_SIDE = 2;

export type Trial = {
  /** Only the first virtual minute or so: most arenas that are too small end there. */
  survivesStart(bytes: number): Promise<boolean>;
  /** The whole time. */
  survives(bytes: number): Promise<boolean>;
};

/** Above what is alive, this much is tried first: a collector needs room to work. */
const FIRST_MARGIN = 1 / 8;

/**
 * @param guessBytes what is alive at the end: a smaller arena is too small, as a rule
 * @returns the smallest size that survives, on the step's grid
 */
export async function searchArena(guessBytes: number, trial: Trial): Promise<number> {
  let tooSmall = Math.max(1, Math.floor(guessBytes / ARENA_STEP_BYTES));
  let enough = Math.ceil((guessBytes * (1 + FIRST_MARGIN)) / ARENA_STEP_BYTES) + 1;
  const survives = (size: number) => trial.survivesStart(size * ARENA_STEP_BYTES);
  const [low, high] = await Promise.all([survives(tooSmall), survives(enough)]);
  if (low) {
    enough = tooSmall;
    tooSmall = 0;
  } else if (!high)
    do {
      tooSmall = enough;
      enough = Math.ceil(enough * 1.5);
    } while (!(await survives(enough)));
  while (enough - tooSmall > 1) {
    const sizes = between(tooSmall, enough);
    const survived = await Promise.all(sizes.map(survives));
    sizes.forEach((size, i) => {
      if (survived[i]) enough = Math.min(enough, size);
    });
    sizes.forEach((size, i) => {
      if (!survived[i] && size < enough) tooSmall = Math.max(tooSmall, size);
    });
  }
  for (;;) {
    const sizes = [enough, enough + 1];
    const survived = await Promise.all(sizes.map((size) => trial.survives(size * ARENA_STEP_BYTES)));
    const first = survived.indexOf(true);
    if (first >= 0) return sizes[first] * ARENA_STEP_BYTES;
    enough += sizes.length;
  }
}

function between(low: number, high: number): number[] {
  const sizes = new Set<number>();
  for (let i = 1; i <= SIDE_BY_SIDE; i++) sizes.add(low + Math.floor(((high - low) * i) / (SIDE_BY_SIDE + 1)));
  sizes.delete(low);
  return sizes.size === 0 ? [low + 1] : [...sizes];
}
