/**
 * The SPS30 on a UART, in SHDLC frames. A step sends a frame; what came back is looked at when the part's time is over.
 *
 *   stop -> product type -> serial number -> start;   then: values (empty: nothing new) -> status
 */
import type { Serial, SerialConstructor, SerialOptions } from "../../hal/io";
import type { Sensor } from "../../hal/sensor";
import { StepEnd } from "../stepped-sensor";
import {
  BAUD,
  Frame,
  INFORMATION_SERIAL,
  INFORMATION_TYPE,
  PRODUCT_TYPE,
  REPLY_US,
  START_FLOAT,
  START_SUBCOMMAND,
  STATE_NOT_ALLOWED,
  VALUES,
} from "./constants";
import { isBroken, SPS30Base, type SPS30Callbacks, type SPS30Configuration, type SPS30Sample } from "./sample";
import { Reception, ShdlcReader, shdlcFrame } from "./shdlc";

export type SPS30UARTOptions = SPS30Callbacks & {
  readonly sensor: Partial<SerialOptions> & { readonly io: SerialConstructor };
};

const Step = { stop: 1, type: 2, serial: 3, start: 4, values: 5, status: 6 } as const;
/** Address, command, state, length. */
const HEAD_BYTES = 4;
const VALUE_BYTES = 4;
const CHUNK_BYTES = 64;

/** By step: what is sent, and which command the answer repeats. */
const COMMAND_OF_STEP = [
  -1,
  Frame.stop,
  Frame.information,
  Frame.information,
  Frame.start,
  Frame.readValues,
  Frame.status,
];

export class SPS30UART extends SPS30Base implements Sensor<SPS30Sample, SPS30Configuration> {
  #io: Serial | undefined;
  readonly #frames: readonly Uint8Array[];
  readonly #reader = new ShdlcReader();
  readonly #chunk = new Uint8Array(CHUNK_BYTES);

  constructor(options: SPS30UARTOptions) {
    super(options.clock);
    const { io, ...connection } = options.sensor;
    if (typeof io !== "function") throw new TypeError("SPS30: sensor.io must be a Serial class");
    this.#frames = [
      new Uint8Array(0),
      shdlcFrame([0, Frame.stop, 0]),
      shdlcFrame([0, Frame.information, 1, INFORMATION_TYPE]),
      shdlcFrame([0, Frame.information, 1, INFORMATION_SERIAL]),
      shdlcFrame([0, Frame.start, 2, START_SUBCOMMAND, START_FLOAT]),
      shdlcFrame([0, Frame.readValues, 0]),
      shdlcFrame([0, Frame.status, 1, 0]),
    ];
    this.#io = new io({ baud: BAUD, ...connection, format: "buffer", onReadable: () => this.#receive() });
  }

  close(): void {
    this.#io?.close();
    this.#io = undefined;
  }

  protected firstStep(): number {
    return this.isSetUp ? Step.values : Step.stop;
  }

  // hot path
  protected begin(step: number): number {
    if (this.#io === undefined) throw new Error("SPS30: closed");
    this.#reader.clear();
    this.#io.write(this.#frames[step]);
    return REPLY_US;
  }

  // hot path
  protected end(step: number): number {
    const reader = this.#reader;
    if (reader.reception === Reception.none) return StepEnd.noAnswer;
    if (reader.reception === Reception.damaged) return StepEnd.crc;
    const { content } = reader;
    if (content[1] !== COMMAND_OF_STEP[step] || content[3] !== reader.length - HEAD_BYTES) return StepEnd.crc;
    // The upper bit says that the status register has something to tell; that is read anyway.
    const state = content[2] & 0x7f;
    if (step === Step.stop) return Step.type;
    if (state === STATE_NOT_ALLOWED) this.isSetUp = false;
    return state === 0 ? this.#take(step, content) : StepEnd.partFault;
  }

  // hot path
  #take(step: number, content: Uint8Array): number {
    switch (step) {
      case Step.values:
        if (content[3] === 0) return this.nothingNew();
        if (content[3] !== VALUES * VALUE_BYTES) return StepEnd.partFault;
        this.#takeValues(content);
        return Step.status;
      case Step.status:
        return isBroken(wordAt(content, HEAD_BYTES, 0) * 65_536 + wordAt(content, HEAD_BYTES, 1))
          ? StepEnd.partFault
          : StepEnd.done;
      case Step.type:
        return this.#text(content) === PRODUCT_TYPE ? Step.serial : StepEnd.wrongPart;
      case Step.serial:
        this.uniqueID = this.#text(content);
        return Step.start;
      default:
        return this.started();
    }
  }

  // hot path
  #takeValues(content: Uint8Array): void {
    for (let i = 0; i < VALUES; i++)
      this.setValue(i, wordAt(content, HEAD_BYTES, 2 * i), wordAt(content, HEAD_BYTES, 2 * i + 1));
    this.hasNews();
  }

  /** ASCII up to a zero. */
  #text(content: Uint8Array): string {
    let text = "";
    for (let i = HEAD_BYTES; i < HEAD_BYTES + content[3] && content[i] !== 0; i++)
      text += String.fromCharCode(content[i]);
    return text;
  }

  // hot path
  #receive(): void {
    const chunk = this.#chunk;
    for (;;) {
      const count = this.#io?.read(chunk);
      if (count === undefined || count === 0) return;
      for (let i = 0; i < count; i++) this.#reader.put(chunk[i]);
    }
  }
}

// hot path
function wordAt(bytes: Uint8Array, offset: number, index: number): number {
  return (bytes[offset + 2 * index] << 8) | bytes[offset + 2 * index + 1];
}
