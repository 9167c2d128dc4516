import { expect } from "vitest";
import { validateFrame, validateLightEmitter, validateShine } from "../../hal/io-validate";
import type { LightEmitterOptions, LightFrame } from "../../hal/light";
import { lightSuite } from "../../hal/light.test-suite";
import { WorldBoard } from "../../host-sim/world/board";
import { Kernel } from "../../host-sim/world/kernel";
import { RandomBranch } from "../../host-sim/world/random";
import { virtualTime } from "../../host-sim/world/virtual-time.test-suite";
import { SpiEmitter } from "./spi-emitter";

lightSuite("an SPI port", () => {
  const kernel = new Kernel();
  const board = new WorldBoard(kernel, new RandomBranch(1));
  let seen: string[] = [];
  const sizes: number[] = [];
  board.spi(12, 11).attach({
    shift(bytes) {
      let chips = "";
      for (const byte of bytes) chips += byte.toString(2).padStart(8, "0");
      const size = sizes.shift();
      seen.push(chips.slice(0, size));
      // What fills up the last octet is dark.
      expect(chips.slice(size)).not.toContain("1");
    },
  });
  /** Its caller makes the options, so the checks that the suite asks for stand here; and it knows how long a frame was. */
  class Checked extends SpiEmitter {
    readonly options: LightEmitterOptions;

    constructor(options: LightEmitterOptions) {
      validateLightEmitter(options);
      super(board.io.SPI!, { clock: 12, out: 11, hz: 1 }, options);
      this.options = options;
    }

    override send(frame: LightFrame): void {
      const { lineCode, maxOctets } = this.options;
      validateFrame(frame, maxOctets);
      const chips = frame.preambleChips + (lineCode === "manchester" ? 2 : 1) * frame.bitCount;
      sizes.push(chips * (lineCode === "manchester" ? 1 : 10));
      super.send(frame);
    }

    override shine(duty: number, idle: Uint8Array, chips: number): void {
      validateShine(duty, idle, chips);
      super.shine(duty, idle, chips);
    }
  }
  return {
    ...virtualTime(kernel),
    LightEmitter: Checked,
    options: { pin: 11 },
    queues: true,
    frames() {
      const frames = seen;
      seen = [];
      return frames;
    },
  };
});
