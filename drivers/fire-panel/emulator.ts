/**
 * A panel behind its Modbus gateway, on a serial line or on TCP: what `EmulatedPanel` does, in the registers of the profile.
 *
 * It speaks registers by the same tables as the driver: a driver that misreads a profile is not noticed here, but by the tests
 * that hold register words from the panels' published documents.
 */
import type { Emulator, EmulatorContext, EmulatorModule, SerialPort } from "../emulation";
import { ModbusException } from "../modbus/pdu";
import { ModbusSlave } from "../modbus/slave-emulator";
import { describeConditions, PointCondition } from "../panel-points/conditions";
import { EmulatedPanel } from "../panel-points/panel-emulator";
import type { DevicePlan } from "../plan";
import { cell, FIELD, PanelLayout, type PanelSettings, panelSettings, READ_COLUMNS, RULE, rowsOf } from "./layout";

/** Panels answer after some milliseconds; the gateways' figures are not published. */
const TURNAROUND_US = 5_000;

export class FirePanelEmulator implements Emulator {
  readonly panel: EmulatedPanel;
  readonly #settings: PanelSettings;
  readonly #image: RegisterImage;

  constructor(plan: DevicePlan, context: EmulatorContext) {
    this.#settings = panelSettings(plan.settings);
    this.#image = new RegisterImage(this.#settings);
    this.panel = new EmulatedPanel(plan.points!, context, { changed: (point) => this.encode(point) });
    for (let point = 0; point < this.panel.points.length; point++) this.encode(point);
  }

  readonly serial = (port: SerialPort): ModbusSlave =>
    new ModbusSlave({
      unit: this.#settings.unit,
      turnaroundUs: TURNAROUND_US,
      transmit: (bytes, delayUs) => {
        if (!this.panel.silent) port.transmit(bytes, delayUs);
      },
      read: (functionCode, address, count, into) => this.#image.read(functionCode, address, count, into),
    });

  step(): void {
    this.panel.step();
  }

  /** See `EmulatedPanel.act`. */
  act(verb: string, words: readonly string[]): void {
    this.panel.act(verb, words);
  }

  private encode(point: number): void {
    this.#image.set(point, this.panel.conditions(point), this.panel.points[point].figure);
  }
}

/** The profile's tables read backwards: from conditions to words. */
class RegisterImage {
  readonly #settings: PanelSettings;
  readonly #layout: PanelLayout;
  readonly #words: Uint16Array;
  /** What stands where the site has no point. */
  readonly #unused: number;

  constructor(settings: PanelSettings) {
    this.#settings = settings;
    this.#layout = new PanelLayout(settings);
    const { reads } = settings;
    let words = 0;
    for (let row = 0; row < rowsOf(reads, READ_COLUMNS); row++) words += cell(reads, READ_COLUMNS, row, 2);
    this.#unused = this.unusedWord();
    this.#words = new Uint16Array(words).fill(this.#unused);
  }

  set(point: number, conditions: number, figure: number): void {
    const layout = this.#layout;
    for (let row = 0; row < layout.rows; row++) {
      const index = point - layout.field(row, FIELD.firstPoint);
      if (index < 0 || index >= layout.field(row, FIELD.points)) continue;
      const word = layout.wordOf(row, index);
      const shift = layout.shiftOf(row, index);
      const mask = ((1 << layout.field(row, FIELD.bits)) - 1) << shift;
      this.#words[word] = (this.#words[word] & ~mask) | ((this.valueOf(row, conditions, figure) << shift) & mask);
    }
  }

  /** A word that is in no read of the site is one without a point, as long as the table is one that the panel has. */
  read(functionCode: number, address: number, count: number, into: Uint16Array): number {
    into.fill(functionCode <= 2 ? 0 : this.#unused, 0, count);
    const { reads } = this.#settings;
    let known = false;
    let firstWord = 0;
    for (let row = 0; row < rowsOf(reads, READ_COLUMNS); row++) {
      const first = cell(reads, READ_COLUMNS, row, 1);
      const words = cell(reads, READ_COLUMNS, row, 2);
      if (cell(reads, READ_COLUMNS, row, 0) === functionCode) {
        known = true;
        for (let i = Math.max(first, address); i < Math.min(first + words, address + count); i++)
          into[i - address] = this.#words[firstWord + i - first];
      }
      firstWord += words;
    }
    return known ? 0 : ModbusException.illegalFunction;
  }

  /** The field's value for a set: what a quiet one holds, and the first rule of each condition written over it. */
  private valueOf(row: number, conditions: number, figure: number): number {
    const { rules } = this.#settings;
    const first = this.#layout.field(row, FIELD.firstRule);
    const end = first + this.#layout.field(row, FIELD.rules);
    let value = this.#layout.field(row, FIELD.quiet);
    let told = 0;
    let done = -1;
    for (let rule = first; rule < end; rule++) {
      const stands = cell(rules, RULE.columns, rule, RULE.conditions);
      const group = cell(rules, RULE.columns, rule, RULE.group);
      if (group === done || stands === 0 || (stands & ~conditions) !== 0 || (stands & ~told) === 0) continue;
      told |= stands;
      done = group;
      const mask = cell(rules, RULE.columns, rule, RULE.mask);
      const least = cell(rules, RULE.columns, rule, RULE.least);
      const most = cell(rules, RULE.columns, rule, RULE.most);
      value &= ~(mask | cell(rules, RULE.columns, rule, RULE.clears));
      value |= figure >= least && figure <= most ? figure : least;
    }
    return value;
  }

  private unusedWord(): number {
    const { rules } = this.#settings;
    for (let rule = 0; rule < rowsOf(rules, RULE.columns); rule++)
      if (cell(rules, RULE.columns, rule, RULE.conditions) === PointCondition.unknown)
        return cell(rules, RULE.columns, rule, RULE.least);
    return 0;
  }
}

export const emulator: EmulatorModule = {
  create: (plan, context) => new FirePanelEmulator(plan, context),
  describe: describeConditions,
};
