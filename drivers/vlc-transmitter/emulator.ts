/**
 * The lamp behind an SPI data line: its LED is on while the line is high. It knows nothing of frames; receivers
 * (host-sim/world/optics) look at its chips.
 */
import type { Emulator, EmulatorModule, SPITarget } from "../emulation";

/** @param chips packed, the first in the most significant bit */
export type LightObserver = (chips: Uint8Array, chipCount: number, chipHz: number) => void;

export class Luminaire implements Emulator, SPITarget {
  readonly spi: SPITarget = this;
  /** Who sees the light. */
  onLight: LightObserver | undefined;
  #broken = false;

  shift(bytes: Uint8Array, hz: number): void {
    if (!this.#broken) this.onLight?.(bytes, bytes.length * 8, hz);
  }

  /** `fail`: the lamp goes dark. `repair`: it shines again. */
  act(verb: string, words: readonly string[]): void {
    if (words.length > 0) throw new Error(`a luminaire's "${verb}" takes no words`);
    if (verb === "fail") this.#broken = true;
    else if (verb === "repair") this.#broken = false;
    else throw new Error(`a luminaire can "fail" and "repair", not "${verb}"`);
  }
}

export const emulator: EmulatorModule = { create: () => new Luminaire() };
