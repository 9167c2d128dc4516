/**
 * The SPS30 on I2C.
 *
 *   stop -> product type -> serial number -> start;   then: ready? -> values -> status
 */
import type { Sensor } from "../../hal/sensor";
import { WordLink, type WordLinkOptions } from "../sensirion/word-link";
import { StepEnd } from "../stepped-sensor";
import {
  ADDRESS,
  CHANGE_US,
  Command,
  FORMAT_FLOAT,
  HZ,
  PRODUCT_TYPE,
  READ_US,
  SERIAL_WORDS,
  TYPE_WORDS,
  VALUES,
} from "./constants";
import { isBroken, SPS30Base, type SPS30Callbacks, type SPS30Configuration, type SPS30Sample } from "./sample";

export type SPS30Options = SPS30Callbacks & { readonly sensor: WordLinkOptions };

const Step = { stop: 1, type: 2, serial: 3, start: 4, ready: 5, values: 6, status: 7 } as const;
const STATUS_WORDS = 2;

export class SPS30 extends SPS30Base implements Sensor<SPS30Sample, SPS30Configuration> {
  readonly #link: WordLink;

  constructor(options: SPS30Options) {
    super(options.clock);
    const lengths = [1, STATUS_WORDS, TYPE_WORDS, SERIAL_WORDS, 2 * VALUES];
    this.#link = new WordLink("SPS30", options.sensor, ADDRESS, HZ, lengths);
  }

  close(): void {
    this.#link.close();
  }

  protected firstStep(): number {
    return this.isSetUp ? Step.ready : Step.stop;
  }

  // hot path
  protected begin(step: number): number {
    switch (step) {
      case Step.ready:
        this.#link.send(Command.dataReady);
        return READ_US;
      case Step.values:
        this.#link.send(Command.readValues);
        return READ_US;
      case Step.status:
        this.#link.send(Command.status);
        return READ_US;
      case Step.stop:
        // It measures on over a restart of the gateway, and can be started only when it stands.
        this.#link.send(Command.stop);
        return CHANGE_US;
      case Step.type:
        this.#link.send(Command.productType);
        return READ_US;
      case Step.serial:
        this.#link.send(Command.serialNumber);
        return READ_US;
      default:
        this.#link.sendWord(Command.start, FORMAT_FLOAT);
        return CHANGE_US;
    }
  }

  // hot path
  protected end(step: number): number {
    switch (step) {
      case Step.ready:
        if (!this.#link.read(1)) return StepEnd.crc;
        return (this.#link.word(0) & 1) === 0 ? this.nothingNew() : Step.values;
      case Step.values:
        if (!this.#link.read(2 * VALUES)) return StepEnd.crc;
        for (let i = 0; i < VALUES; i++) this.setValue(i, this.#link.word(2 * i), this.#link.word(2 * i + 1));
        this.hasNews();
        return Step.status;
      case Step.status:
        if (!this.#link.read(STATUS_WORDS)) return StepEnd.crc;
        return isBroken((this.#link.word(0) << 16) | this.#link.word(1)) ? StepEnd.partFault : StepEnd.done;
      case Step.stop:
        return Step.type;
      case Step.type:
        if (!this.#link.read(TYPE_WORDS)) return StepEnd.crc;
        return this.#text(TYPE_WORDS) === PRODUCT_TYPE ? Step.serial : StepEnd.wrongPart;
      case Step.serial:
        if (!this.#link.read(SERIAL_WORDS)) return StepEnd.crc;
        this.uniqueID = this.#text(SERIAL_WORDS);
        return Step.start;
      default:
        return this.started();
    }
  }

  /** ASCII, two characters in a word, up to a zero. */
  #text(words: number): string {
    let text = "";
    for (let i = 0; i < 2 * words; i++) {
      const word = this.#link.word(i >> 1);
      const code = (i & 1) === 0 ? word >> 8 : word & 0xff;
      if (code === 0) return text;
      text += String.fromCharCode(code);
    }
    return text;
  }
}
