/** A few bytes that outlive a boot, under a short name: the root handle of the boot before. */
export interface Keep {
  /** `undefined` where nothing was kept, or where what was kept is damaged. */
  read(name: string): Uint8Array | undefined;
  /** Whole or not at all, also when the power fails meanwhile. */
  write(name: string, bytes: Uint8Array): void;
}
