/** Chance comes in through a door: seeded in a world, hardware noise on a device. */
export interface Random {
  /** Uniform in 0 … 2^32-1. */
  uint32(): number;
}
