/**
 * The lamp behind an SPI data line or a pin that sends light. It knows nothing of what frames say; receivers
 * (host-sim/world/optics) look at its chips.
 */
import type { LightEmitterOptions, LightFrame } from "../../hal/light";
import type { Emulator, EmulatorModule, LightTarget, SPITarget } from "../emulation";
import { LineChips } from "../vlc/line-chips";

/** @param chips packed, the first in the most significant bit; of VPPM ten for each pulse */
export type LightObserver = (chips: Uint8Array, chipCount: number, chipHz: number) => void;

export class Luminaire implements Emulator, SPITarget, LightTarget {
  readonly spi: SPITarget = this;
  readonly light: LightTarget = this;
  /** Who sees the light of frames. */
  onLight: LightObserver | undefined;
  /** Who sees the light between frames: `chips` are repeated, the first in the least significant bit. */
  onRest: LightObserver | undefined;
  /** Share of the light between frames, 0 to 1, as it is when the lamp works. */
  level = 0;
  #chips: LineChips | undefined;
  #rest: Uint8Array = new Uint8Array(1);
  #restChips = 1;
  #restHz = 1;
  #broken = false;

  shift(bytes: Uint8Array, hz: number): void {
    if (!this.#broken) this.onLight?.(bytes, bytes.length * 8, hz);
  }

  frame(frame: LightFrame, light: LightEmitterOptions, duty: number): void {
    if (this.#broken) return;
    this.#chips ??= new LineChips(light);
    if (light.lineCode === "vppm") this.#chips.setDuty(duty);
    this.onLight?.(this.#chips.chips, this.#chips.write(frame), this.#chips.hz);
  }

  idle(chips: Uint8Array, count: number, clockHz: number): void {
    let lit = 0;
    for (let i = 0; i < count; i++) lit += (chips[i >> 3] >> (i & 7)) & 1;
    this.level = lit / count;
    this.#rest = chips;
    this.#restChips = count;
    this.#restHz = clockHz;
    if (!this.#broken) this.onRest?.(chips, count, clockHz);
  }

  /** `fail`: the lamp goes dark. `repair`: it shines again. */
  act(verb: string, words: readonly string[]): void {
    if (words.length > 0) throw new Error(`a luminaire's "${verb}" takes no words`);
    if (verb === "fail") {
      this.#broken = true;
      this.onRest?.(new Uint8Array(1), 1, this.#restHz);
    } else if (verb === "repair") {
      this.#broken = false;
      this.onRest?.(this.#rest, this.#restChips, this.#restHz);
    } else throw new Error(`a luminaire can "fail" and "repair", not "${verb}"`);
  }
}

export const emulator: EmulatorModule = { create: () => new Luminaire() };
