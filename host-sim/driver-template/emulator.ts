/** The part as its bus sees it: commands in, words with checksums out. Speaks bytes, never values. */
import {
  type Emulator,
  type EmulatorContext,
  type EmulatorModule,
  type I2CTarget,
  Quantity,
} from "../../drivers/emulation";
import { putWord, WORD_BYTES } from "../../drivers/word-crc8";
import { Command, IDENTITY, RESET_US, SAMPLE_US, SAMPLES, STEP_CEL, ZERO_CEL } from "./constants";

/** Noise of one sample from peak to peak (section TODO). */
const NOISE_CEL = 0.05;
const LAST_WORD = 0xffff;

export class PartNameEmulator implements Emulator, I2CTarget {
  readonly i2c: I2CTarget = this;
  private readonly context: EmulatorContext;
  private readonly answer = new Uint8Array(WORD_BYTES);
  private answerLength = 0;
  /** Until then the part measures or resets and acknowledges nothing. */
  private busyUntilUs = 0;

  constructor(context: EmulatorContext) {
    this.context = context;
  }

  write(bytes: Uint8Array): boolean {
    if (this.busy()) return false;
    // A header without data asks whether the part is there.
    if (bytes.length < 2) return bytes.length === 0;
    this.answerLength = 0;
    return this.execute((bytes[0] << 8) | bytes[1]);
  }

  read(into: Uint8Array): boolean {
    if (this.busy() || this.answerLength === 0) return false;
    // Reading on after the last byte returns ones: nobody pulls the line down.
    for (let i = 0; i < into.length; i++) into[i] = i < this.answerLength ? this.answer[i] : 0xff;
    this.answerLength = 0;
    return true;
  }

  private execute(command: number): boolean {
    if (command === Command.reset) return this.away(RESET_US);
    if (command === Command.identify) return this.put(IDENTITY);
    for (const samples of SAMPLES)
      if (command === (Command.measure | (samples - 1)))
        return this.put(this.measure(samples)) && this.away(samples * SAMPLE_US);
    return false;
  }

  private measure(samples: number): number {
    const { quantity, recorded, random } = this.context;
    let celsius = quantity(Quantity.temperature);
    // Additions only, so that engines agree.
    if (!recorded(Quantity.temperature)) celsius += (NOISE_CEL * (random.uint32() / 4_294_967_296 - 0.5)) / samples;
    const word = Math.floor((celsius - ZERO_CEL) / STEP_CEL + 0.5);
    return word < 0 ? 0 : word > LAST_WORD ? LAST_WORD : word;
  }

  private put(word: number): true {
    putWord(this.answer, 0, word);
    this.answerLength = WORD_BYTES;
    return true;
  }

  private away(us: number): true {
    this.busyUntilUs = this.context.clock.nowUs() + us;
    return true;
  }

  private busy(): boolean {
    return this.context.clock.nowUs() < this.busyUntilUs;
  }
}

export const emulator: EmulatorModule = { create: (_plan, context) => new PartNameEmulator(context) };
