/**
 * A simulated panel with a printer or a serial output: what `EmulatedPanel` does, in records. It sends the profile's sample of
 * an event with the point's own number in it, so what its records look like is as good as the sample's source.
 */
import type { Emulator, EmulatorContext, EmulatorModule, SerialPort, SerialTarget } from "../emulation";
import { describeConditions } from "../panel-points/conditions";
import { EmulatedPanel } from "../panel-points/panel-emulator";
import type { DevicePlan } from "../plan";
import {
  FieldForm,
  type LinePanelSettings,
  linePanelSettings,
  type RecordEvent,
  type RecordField,
  RecordView,
} from "./record";

/** Printers write one record after the other. */
const BETWEEN_US = 100_000;

export class LinePanelEmulator implements Emulator {
  readonly panel: EmulatedPanel;
  /** Bytes that the gateway sent, for tests. */
  readonly heard: number[] = [];
  readonly #settings: LinePanelSettings;
  #port: SerialPort | undefined;
  /** Points in alarm: the first one is told by another word than those that follow. */
  #alarms = 0;

  constructor(plan: DevicePlan, context: EmulatorContext) {
    this.#settings = linePanelSettings(plan.settings);
    this.panel = new EmulatedPanel(plan.points!, context, {
      changed: (point, began, ended) => this.changed(point, began, ended),
      reset: () => this.send(this.#settings.events.find(({ resets }) => resets)),
    });
  }

  readonly serial = (port: SerialPort): SerialTarget => {
    this.#port = port;
    return { receive: (bytes) => this.heard.push(...bytes) };
  };

  step(): void {
    this.panel.step();
  }

  /** See `EmulatedPanel.act`; `print <hex>` sends any bytes. */
  act(verb: string, words: readonly string[]): void {
    if (verb === "print") this.write(bytesOf(words[0]));
    else this.panel.act(verb, words);
  }

  private changed(point: number, began: number, ended: number): void {
    for (let bit = 1; bit < 256; bit <<= 1) {
      if (began & bit) this.send(this.eventFor(bit), point);
      // The end of what latches is told by the reset alone.
      else if (ended & bit)
        this.send(
          this.#settings.events.find(({ ends }) => ends & bit),
          point,
        );
    }
  }

  /** Of two events for one condition the first is for the first point, the other for those that follow. */
  private eventFor(bit: number): RecordEvent | undefined {
    const events = this.#settings.events.filter(({ begins }) => begins & bit);
    const event = events[Math.min(this.#alarms, events.length - 1)];
    if (events.length > 1) this.#alarms++;
    return event;
  }

  private send(event: RecordEvent | undefined, point = -1): void {
    if (event === undefined) return;
    if (event.resets) this.#alarms = 0;
    const record = event.sample.slice();
    if (point >= 0) this.address(record, point);
    this.write(record);
  }

  private address(record: Uint8Array, point: number): void {
    const { loop, number, addresses } = this.#settings;
    const row = addresses.find(([first, points]) => point >= first && point < first + points);
    if (row === undefined) return;
    const view = new RecordView(record);
    view.length = record.length;
    if (loop !== undefined) put(record, view, loop, row[2]);
    put(record, view, number, row[3] + point - row[0]);
  }

  private write(bytes: Uint8Array): void {
    if (!this.panel.silent) this.#port?.transmit(bytes, BETWEEN_US);
  }
}

/** Writes a number into a field of a fixed length. */
function put(record: Uint8Array, view: RecordView, field: RecordField, number: number): void {
  const { from, length = 1, form } = field;
  let rest = number;
  for (let i = length - 1; i >= 0; i--) {
    const digit = rest % 10;
    rest = Math.floor(rest / 10);
    if (form !== FieldForm.bcd) record[view.begin(field) + i] = 0x30 + digit;
    else {
      const at = (from + i) >> 1;
      record[at] = ((from + i) & 1) === 0 ? (record[at] & 0x0f) | (digit << 4) : (record[at] & 0xf0) | digit;
    }
  }
}

function bytesOf(hex: string | undefined): Uint8Array {
  const text = hex ?? "";
  const bytes = new Uint8Array(text.length >> 1);
  for (let i = 0; i < bytes.length; i++) {
    const byte = Number(`0x${text.slice(2 * i, 2 * i + 2)}`);
    if (Number.isNaN(byte)) throw new Error(`"${text}" is not hexadecimal`);
    bytes[i] = byte;
  }
  return bytes;
}

export const emulator: EmulatorModule = {
  create: (plan, context) => new LinePanelEmulator(plan, context),
  describe: describeConditions,
};
