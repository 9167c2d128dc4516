/** The light of a transmitter as chips in time: its frames as they left, and its idle pattern between them. */
import type { LightEmitterConstructor, LightEmitterOptions, LightFrame } from "../../hal/light";
import { LineChips } from "../vlc/line-chips";

export type WaveOptions = {
  /** Preambles shine too; without them a frame is its coded part. */
  readonly preambles: boolean;
};

/** Takes what a transmitter sends and gives it back chip by chip, 4 MHz for VPPM and the clock for OOK. */
export class LightWave {
  readonly #chips: number[] = [];
  #idle: number[] = [0];
  #options: LightEmitterOptions | undefined;
  #line: LineChips | undefined;

  readonly #waveOptions: WaveOptions;

  constructor(options: WaveOptions) {
    this.#waveOptions = options;
  }

  get LightEmitter(): LightEmitterConstructor {
    const wave = this;
    return class {
      constructor(options: LightEmitterOptions) {
        wave.#options = options;
        wave.#line = new LineChips(options);
      }

      send(frame: LightFrame): void {
        const line = wave.#line!;
        const count = line.write(frame);
        const slots = line.hz / wave.#options!.clockHz;
        const from = wave.#waveOptions.preambles ? 0 : frame.preambleChips * slots;
        for (let i = from; i < count; i++) wave.#chips.push((line.chips[i >> 3] >> (7 - (i & 7))) & 1);
      }

      shine(duty: number, idle: Uint8Array, idleChips: number): void {
        wave.#line!.setDuty(duty);
        wave.#idle = Array.from({ length: idleChips }, (_, i) => (idle[i >> 3] >> (i & 7)) & 1);
      }

      close(): void {}
    } as LightEmitterConstructor;
  }

  get hz(): number {
    return this.#line!.hz;
  }

  /** So many microseconds of what shines between frames. */
  rest(us: number): void {
    const slots = this.hz / this.#options!.clockHz;
    const periods = Math.round((us * this.#options!.clockHz) / 1_000_000);
    for (let i = 0; i < periods; i++)
      for (let slot = 0; slot < slots; slot++) this.#chips.push(this.#idle[i % this.#idle.length]);
  }

  each(take: (chip: number) => void): void {
    for (const chip of this.#chips) take(chip);
  }
}
