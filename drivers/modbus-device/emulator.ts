/**
 * A device with the points of the site, each with a value that a scenario sets. It stands on the bus of its plan: a line (RTU or
 * ASCII), a socket (with other units behind the same address, as behind a gateway), or a serial server. Registers that belong to
 * no point do not exist.
 */
import type { Emulator, EmulatorContext, EmulatorModule, NetworkPort, SerialPort } from "../emulation";
import { ModbusException } from "../modbus/pdu";
import { SerialServer } from "../modbus/serial-server-emulator";
import type { ModbusSettings } from "../modbus/shared-lane";
import { ModbusSlave } from "../modbus/slave-emulator";
import { SlaveFaults } from "../modbus/slave-faults";
import { TcpSlave } from "../modbus/tcp-slave-emulator";
import type { UnitTables } from "../modbus/unit-emulator";
import type { DevicePlan } from "../plan";
import { PointReader, type PointSettings, pointSettings, spanOf } from "./point-map";

/** Usual of small devices; the site's `answer` is an estimate for the load of a bus, not a figure of the part. */
const TURNAROUND_US = 10_000;
const FAULTS = [
  "silent",
  "garbled",
  "cut",
  "wrongUnit",
  "busy",
  "failed",
  "late",
  "noise",
  "split",
  "merged",
  "hangUp",
] as const;

export class ModbusDeviceEmulator implements Emulator {
  readonly faults: SlaveFaults;
  readonly #plan: DevicePlan;
  readonly #context: EmulatorContext;
  readonly #settings: PointSettings;
  readonly #codec: PointReader;
  /** Content by function code and address. */
  readonly #cells: readonly Map<number, number>[] = [new Map(), new Map(), new Map(), new Map()];
  /** Function code of each point. */
  readonly #tables: number[] = [];
  readonly #scratch = new Uint16Array(4);

  constructor(plan: DevicePlan, context: EmulatorContext) {
    this.#plan = plan;
    this.#context = context;
    this.#settings = pointSettings(plan.settings);
    this.#codec = new PointReader(this.#settings);
    this.faults = new SlaveFaults(context.random);
    for (const { functionCode, points, blocks } of this.#settings.polls) {
      for (const point of points) this.#tables[point] = functionCode;
      // What lies between the points of a read is there as well; nobody asked what it is.
      for (const { address, count } of blocks)
        for (let i = 0; i < count; i++) this.#cells[functionCode - 1].set(address + i, 0);
    }
  }

  readonly serial = (port: SerialPort): ModbusSlave => this.#slaveOn(port, this.#framing === "ascii");

  tcp(network: NetworkPort): void {
    if (this.#framing === "rtu") {
      network.shared(() => new SerialServer(network, this.#context.clock)).attach((port) => this.#slaveOn(port, false));
      return;
    }
    const { Listener, TCP, port } = network;
    const gateway = network.shared(() => new TcpSlave({ Listener, TCP, port, clock: this.#context.clock }));
    gateway.add(this.#settings.unit, { ...this.#unit, turnaroundUs: TURNAROUND_US, faults: this.faults });
  }

  /** `set <point> <value>`, `silent`, `return`, `fault <kind> <probability>`, `missing <point>`. */
  act(verb: string, words: readonly string[]): void {
    if (verb === "set") this.#set(this.#pointOf(words[0]), numberOf(words[1]));
    else if (verb === "missing") this.#remove(this.#pointOf(words[0]));
    else if (verb === "silent") this.faults.silent = 1;
    else if (verb === "return") this.faults.silent = 0;
    else if (verb === "fault") this.#fault(words[0], numberOf(words[1]));
    else throw new Error(`a Modbus device knows set, missing, silent, return and fault, not "${verb}"`);
  }

  #slaveOn(port: SerialPort, ascii: boolean): ModbusSlave {
    const { unit } = this.#settings;
    const { faults } = this;
    const transmit = (bytes: Uint8Array, delayUs: number) => port.transmit(bytes, delayUs);
    return new ModbusSlave({ ...this.#unit, unit, turnaroundUs: TURNAROUND_US, transmit, ascii, faults });
  }

  get #framing(): string | undefined {
    return (this.#plan.connection.options["modbus"] as ModbusSettings | undefined)?.framing;
  }

  get #unit(): UnitTables {
    const { model } = this.#settings;
    return {
      read: (functionCode, address, count, into) => {
        const cells = this.#cells[functionCode - 1];
        for (let i = 0; i < count; i++) {
          const cell = cells.get(address + i);
          if (cell === undefined) return ModbusException.illegalDataAddress;
          into[i] = cell;
        }
        return 0;
      },
      identification: { 0: "Argand", 1: model, 2: "emulated" },
    };
  }

  #pointOf(name: string | undefined): number {
    const point = this.#plan.channels.findIndex((channel) => channel.name === name);
    if (point < 0) throw new Error(`this device has no point "${name}"`);
    return point;
  }

  #set(point: number, value: number): void {
    const { address, count } = spanOf(this.#settings, point);
    const cells = this.#cells[this.#tables[point] - 1];
    for (let i = 0; i < count; i++) this.#scratch[i] = cells.get(address + i) ?? 0;
    this.#codec.write(point, value, this.#scratch, 0);
    for (let i = 0; i < count; i++) cells.set(address + i, this.#scratch[i]);
  }

  #remove(point: number): void {
    const { address, count } = spanOf(this.#settings, point);
    for (let i = 0; i < count; i++) this.#cells[this.#tables[point] - 1].delete(address + i);
  }

  #fault(kind: string | undefined, probability: number): void {
    const known = FAULTS.find((name) => name === kind);
    if (known === undefined) throw new Error(`a fault is one of ${FAULTS.join(", ")}, not "${kind}"`);
    this.faults[known] = probability;
  }
}

function numberOf(word: string | undefined): number {
  const value = Number(word);
  if (word === undefined || !(value - value === 0)) throw new Error(`"${word}" is not a number`);
  return value;
}

export const emulator: EmulatorModule = {
  create: (plan, context) => new ModbusDeviceEmulator(plan, context),
};
