/**
 * A panel behind its Modbus gateway, on a serial line or on TCP: what `EmulatedPanel` does, in the registers of the profile.
 *
 * It speaks registers by the same tables as the driver: a driver that misreads a profile is not noticed here, but by the tests
 * that hold register words from the panels' published documents.
 */
import type { Clock } from "../../hal/clock";
import type { Emulator, EmulatorContext, EmulatorModule, NetworkPort, SerialPort } from "../emulation";
import { FunctionCode, ModbusException } from "../modbus/pdu";
import { ModbusSlave } from "../modbus/slave-emulator";
import { SlaveFaults } from "../modbus/slave-faults";
import { TcpSlave } from "../modbus/tcp-slave-emulator";
import type { UnitTables } from "../modbus/unit-emulator";
import { describeConditions, PointCondition } from "../panel-points/conditions";
import { EmulatedPanel } from "../panel-points/panel-emulator";
import type { DevicePlan } from "../plan";
import {
  COMMAND,
  COMMAND_EFFECTS,
  cell,
  FIELD,
  PanelLayout,
  type PanelSettings,
  panelSettings,
  READ_COLUMNS,
  RULE,
  rowsOf,
} from "./layout";

/** Panels answer after some milliseconds; the gateways' figures are not published. */
const TURNAROUND_US = 5_000;

export class FirePanelEmulator implements Emulator {
  readonly panel: EmulatedPanel;
  readonly #settings: PanelSettings;
  readonly #image: RegisterImage;
  readonly #faults: SlaveFaults;
  readonly #clock: Clock;

  constructor(plan: DevicePlan, context: EmulatorContext) {
    this.#settings = panelSettings(plan.settings);
    this.#image = new RegisterImage(this.#settings);
    this.#faults = new SlaveFaults(context.random);
    this.#clock = context.clock;
    this.panel = new EmulatedPanel(plan.points!, context, { changed: (point) => this.encode(point) });
    for (let point = 0; point < this.panel.points.length; point++) this.encode(point);
  }

  readonly serial = (port: SerialPort): ModbusSlave =>
    new ModbusSlave({
      unit: this.#settings.unit,
      turnaroundUs: TURNAROUND_US,
      faults: this.#faults,
      transmit: (bytes, delayUs) => port.transmit(bytes, delayUs),
      ...this.tables,
    });

  /** A panel is a unit of the gateway that has its address; other panels may be others. */
  readonly tcp = (network: NetworkPort): void => {
    const { Listener, TCP, port } = network;
    const gateway = network.shared(() => new TcpSlave({ Listener, TCP, port, clock: this.#clock }));
    gateway.add(this.#settings.unit, { ...this.tables, turnaroundUs: TURNAROUND_US, faults: this.#faults });
  };

  private get tables(): UnitTables {
    return {
      read: (functionCode, address, count, into) => this.#image.read(functionCode, address, count, into),
      write: (functionCode, address, count, values) =>
        functionCode === FunctionCode.readHoldingRegisters && count === 1
          ? this.takeCommand(address, values[0])
          : ModbusException.illegalFunction,
    };
  }

  /** Commands that the site does not allow never come; any other address takes none. */
  private takeCommand(address: number, value: number): number {
    for (const rows of Object.values(this.#settings.commands))
      for (let row = 0; row < rowsOf(rows, COMMAND.columns); row++) {
        const column = (which: number) => cell(rows, COMMAND.columns, row, which);
        const points = column(COMMAND.points);
        const offset = address - column(COMMAND.address);
        if (value !== column(COMMAND.value) || offset < 0 || offset >= Math.max(1, points)) continue;
        this.carryOut(COMMAND_EFFECTS[column(COMMAND.effect)], column(COMMAND.firstPoint) + offset);
        return 0;
      }
    return ModbusException.illegalDataAddress;
  }

  private carryOut(effect: (typeof COMMAND_EFFECTS)[number], point: number): void {
    if (effect === "reset") this.panel.reset();
    else if (effect === "disable" || effect === "enable") this.panel.setDisabled(point, effect === "disable");
    else this.panel.acknowledge();
  }

  step(): void {
    this.panel.step();
  }

  /** See `EmulatedPanel.act`. */
  act(verb: string, words: readonly string[]): void {
    this.panel.act(verb, words);
    this.#faults.silent = this.panel.silent ? 1 : 0;
  }

  private encode(point: number): void {
    this.#image.set(point, this.panel.conditions(point), this.panel.points[point].figure);
  }
}

/** Words that the site reads with one request: addresses, and where they stand in the image. */
type Read = {
  readonly functionCode: number;
  readonly address: number;
  readonly end: number;
  readonly firstWord: number;
};

/** The profile's tables read backwards: from conditions to words. */
class RegisterImage {
  readonly #settings: PanelSettings;
  readonly #layout: PanelLayout;
  readonly #words: Uint16Array;
  readonly #reads: Read[] = [];
  /** What stands where the site has no point. */
  readonly #unused: number;

  constructor(settings: PanelSettings) {
    this.#settings = settings;
    this.#layout = new PanelLayout(settings);
    const { reads } = settings;
    let words = 0;
    for (let row = 0; row < rowsOf(reads, READ_COLUMNS); row++) {
      const address = cell(reads, READ_COLUMNS, row, 1);
      const end = address + cell(reads, READ_COLUMNS, row, 2);
      this.#reads.push({ functionCode: cell(reads, READ_COLUMNS, row, 0), address, end, firstWord: words });
      words += end - address;
    }
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
    const reads = this.#reads;
    let known = false;
    for (let i = 0; i < reads.length; i++) {
      const read = reads[i];
      if (read.functionCode !== functionCode) continue;
      known = true;
      const from = read.address > address ? read.address : address;
      const end = address + count < read.end ? address + count : read.end;
      if (from >= end) continue;
      const word = read.firstWord + from - read.address;
      into.set(this.#words.subarray(word, word + end - from), from - address);
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
