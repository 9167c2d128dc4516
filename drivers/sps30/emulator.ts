/** The SPS30 as its bus sees it: commands and checked words on I2C, SHDLC frames on a UART. */
import {
  type Emulator,
  type EmulatorContext,
  type EmulatorModule,
  type I2CTarget,
  Quantity,
  type SerialPort,
  type SerialTarget,
} from "../emulation";
import type { DevicePlan } from "../plan";
import { WordTarget } from "../sensirion/word-emulator";
import {
  CHANGE_US,
  Command,
  FORMAT_FLOAT,
  Frame,
  INFORMATION_SERIAL,
  INFORMATION_TYPE,
  PRODUCT_TYPE,
  READ_US,
  RESET_US,
  SERIAL_WORDS,
  START_FLOAT,
  STATE_NOT_ALLOWED,
  STATE_UNKNOWN_COMMAND,
  TYPE_WORDS,
  VALUES,
} from "./constants";
import { SPS30Model } from "./part-model";
import { Reception, ShdlcReader, shdlcFrame } from "./shdlc";

/** How long the part thinks before it answers a frame; it may take 20 ms. */
const ANSWER_US = 5_000;

class SPS30Emulator implements Emulator {
  readonly i2c?: I2CTarget;
  readonly serial?: (port: SerialPort) => SerialTarget;
  readonly #model: SPS30Model;

  constructor(plan: DevicePlan, context: EmulatorContext) {
    const { quantity } = context;
    this.#model = new SPS30Model(context.clock, context.random, () => ({
      pm1: quantity(Quantity.pm1),
      pm25: quantity(Quantity.pm25),
      pm4: quantity(Quantity.pm4),
      pm10: quantity(Quantity.pm10),
    }));
    if (plan.connection.io === "Serial") this.serial = (port) => new FrameTarget(this.#model, port);
    else this.i2c = new I2CFace(this.#model, context);
  }

  act(verb: string, words: readonly string[]): void {
    this.#model.act(verb, words);
  }
}

class I2CFace extends WordTarget {
  readonly #model: SPS30Model;

  constructor(model: SPS30Model, context: EmulatorContext) {
    super(context.clock, 2 * VALUES);
    this.#model = model;
  }

  protected execute(command: number, words: readonly number[]): boolean {
    const model = this.#model;
    switch (command) {
      case Command.start:
        if (model.measuring || words[0] !== FORMAT_FLOAT) return false;
        model.start();
        return this.busy(CHANGE_US);
      case Command.stop:
        model.stop();
        return this.busy(CHANGE_US);
      case Command.reset:
        model.stop();
        return this.busy(RESET_US);
      case Command.dataReady:
        return this.answer(READ_US, model.ready ? 1 : 0);
      case Command.readValues:
        if (!model.measuring) return false;
        model.read();
        return this.answer(READ_US, ...valueWords(model.values));
      case Command.startCleaning:
        return model.measuring;
      case Command.productType:
        return this.answer(READ_US, ...textWords(PRODUCT_TYPE, TYPE_WORDS));
      case Command.serialNumber:
        return this.answer(READ_US, ...textWords(model.serial, SERIAL_WORDS));
      case Command.status:
        return this.answer(READ_US, model.status >>> 16, model.status & 0xffff);
      default:
        return false;
    }
  }
}

class FrameTarget implements SerialTarget {
  readonly #model: SPS30Model;
  readonly #port: SerialPort;
  readonly #reader = new ShdlcReader();

  constructor(model: SPS30Model, port: SerialPort) {
    this.#model = model;
    this.#port = port;
  }

  receive(bytes: Uint8Array): void {
    for (const byte of bytes) {
      this.#reader.put(byte);
      if (this.#reader.reception === Reception.none) continue;
      if (this.#reader.reception === Reception.whole) this.#execute();
      this.#reader.clear();
    }
  }

  #execute(): void {
    const { content, length } = this.#reader;
    if (content[0] !== 0 || content[2] !== length - 3) return;
    const [state, ...data] = this.#reply(content);
    this.#port.transmit(shdlcFrame([0, content[1], state, data.length, ...data]), ANSWER_US);
  }

  /** State, then data. */
  #reply(content: Uint8Array): readonly number[] {
    const model = this.#model;
    switch (content[1]) {
      case Frame.start:
        if (model.measuring || content[4] !== START_FLOAT) return [STATE_NOT_ALLOWED];
        model.start();
        return [0];
      case Frame.stop:
        if (!model.measuring) return [STATE_NOT_ALLOWED];
        model.stop();
        return [0];
      case Frame.reset:
        model.stop();
        return [0];
      case Frame.readValues:
        return this.#readValues();
      case Frame.startCleaning:
        return [model.measuring ? 0 : STATE_NOT_ALLOWED];
      case Frame.information:
        return this.#inform(content[3]);
      case Frame.status:
        return [0, ...bytesOf([model.status >>> 16, model.status & 0xffff]), 0];
      default:
        return [STATE_UNKNOWN_COMMAND];
    }
  }

  #readValues(): readonly number[] {
    const model = this.#model;
    if (!model.measuring) return [STATE_NOT_ALLOWED];
    if (!model.ready) return [0];
    model.read();
    return [0, ...bytesOf(valueWords(model.values))];
  }

  #inform(what: number): readonly number[] {
    if (what === INFORMATION_TYPE) return [0, ...asciiz(PRODUCT_TYPE)];
    if (what === INFORMATION_SERIAL) return [0, ...asciiz(this.#model.serial)];
    return [STATE_UNKNOWN_COMMAND];
  }
}

/** Floats as pairs of words, most significant first. */
function valueWords(values: Float32Array): number[] {
  const view = new DataView(new ArrayBuffer(4));
  const words: number[] = [];
  for (const value of values) {
    view.setFloat32(0, value);
    words.push(view.getUint16(0), view.getUint16(2));
  }
  return words;
}

function bytesOf(words: readonly number[]): number[] {
  return words.flatMap((word) => [word >> 8, word & 0xff]);
}

/** Characters of ASCII and a zero. */
function asciiz(text: string): number[] {
  return [...text].map((character) => character.charCodeAt(0)).concat(0);
}

function textWords(text: string, words: number): number[] {
  const bytes = asciiz(text);
  return Array.from({ length: words }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0));
}

export const emulator: EmulatorModule = { create: (plan, context) => new SPS30Emulator(plan, context) };
