/**
 * A fire panel on Modbus, read and never written: supplementary monitoring, not a listed fire alarm routing device.
 *
 * A tick begins a poll, which reads the panel's blocks one after another. A point's reading is its set of conditions. A
 * condition that begins or ends is an edge: fire and life are told when their register is read, the rest when the poll
 * ends, most urgent first. What stands already at the first read is told as active, once.
 *
 *   idle -> start -> reading block 0 .. n -> idle      (a block fails: its points turn bad, the next block is read)
 */
import type { SerialConstructor, SerialOptions } from "../../hal/io";
import type { Identification } from "../../hal/sensor";
import { type DeviceInstance, type DriverContext, type DriverModule, Quality } from "../contract";
import type { ModbusLane } from "../modbus/lane";
import { ReadOutcome, ReadRequest } from "../modbus/read-request";
import { openRtuLane } from "../modbus/rtu-client";
import type { DevicePlan } from "../plan";
import { REPORTED_CONDITIONS, URGENT_CONDITIONS } from "./panel-state";
import { type PanelSettings, panelSettings, RegisterReader } from "./register-map";

/** Reads in a row without an answer after which the panel counts as lost. */
const LOST_AFTER = 3;
/** No state is known yet: different from every register. */
const NEVER_READ = -1;

/** One read of a poll, and the points whose registers lie in it. */
class Block {
  readonly request: ReadRequest;
  readonly channels: Uint16Array;
  /** Offset of each point's register in the read. */
  readonly offsets: Uint16Array;

  constructor(request: ReadRequest, channels: readonly number[], offsets: readonly number[]) {
    this.request = request;
    this.channels = Uint16Array.from(channels);
    this.offsets = Uint16Array.from(offsets);
  }
}

export class FirePanel implements DeviceInstance {
  readonly identification: Identification;
  readonly configuration: string;
  /** Ticks that came while the poll before was still running. */
  overruns = 0;
  readonly #plan: DevicePlan;
  readonly #context: DriverContext;
  readonly #lane: ModbusLane;
  readonly #reader: RegisterReader;
  readonly #blocks: readonly Block[];
  /** Register of each channel as it was read last, `NEVER_READ` before. */
  readonly #registers: Int32Array;
  /** Conditions of each channel that were told. */
  readonly #told: Uint8Array;
  readonly #unusedTold: Uint8Array;
  #polling = false;
  #next = 0;
  #startedUs = 0;
  #failures = 0;
  #lost = false;
  #closed = false;

  constructor(plan: DevicePlan, context: DriverContext) {
    const settings = panelSettings(plan.settings);
    const { Serial } = context.io;
    if (Serial === undefined) throw new Error("this platform has no Serial");
    this.#plan = plan;
    this.#context = context;
    this.identification = { model: settings.profile, classification: "Fire panel" };
    this.configuration = `profile ${settings.profile}, unit ${settings.unit}, read only`;
    this.#reader = new RegisterReader(settings.map);
    this.#registers = new Int32Array(plan.channels.length).fill(NEVER_READ);
    this.#told = new Uint8Array(plan.channels.length);
    this.#unusedTold = new Uint8Array(plan.channels.length);
    this.#blocks = settings.blocks.map(([address, count]) => this.#makeBlock(settings, address, count));
    this.#lane = openLane(plan, context, Serial);
  }

  start(nowUs: number): number {
    if (this.#polling) {
      this.overruns++;
      return 0;
    }
    this.#polling = true;
    this.#next = 0;
    this.#readNext(nowUs);
    return 0;
  }

  finish(): number {
    return 0;
  }

  close(): void {
    // The lane belongs to the bus and may serve others; an answer that is still under way is not looked at.
    this.#closed = true;
  }

  #makeBlock(settings: PanelSettings, address: number, count: number): Block {
    const channels: number[] = [];
    settings.registers.forEach((register, channel) => {
      if (register >= address && register < address + count) channels.push(channel);
    });
    const request = new ReadRequest({ unit: settings.unit, functionCode: settings.functionCode, address, count });
    request.onDone = () => this.#blockDone();
    return new Block(
      request,
      channels,
      channels.map((channel) => settings.registers[channel] - address),
    );
  }

  // hot path
  #readNext(nowUs: number): void {
    this.#startedUs = nowUs;
    if (!this.#lane.submit(this.#blocks[this.#next].request)) this.#blockFailed("the Modbus lane is overloaded");
  }

  // hot path
  #blockDone(): void {
    if (this.#closed) return;
    const { request } = this.#blocks[this.#next];
    if (request.outcome === ReadOutcome.done) this.#blockRead();
    else if (request.outcome === ReadOutcome.exception) this.#blockRefused();
    else this.#blockFailed("the panel does not answer");
  }

  // hot path
  #blockRead(): void {
    const block = this.#blocks[this.#next];
    this.#answered();
    for (let i = 0; i < block.channels.length; i++) {
      const channel = block.channels[i];
      const register = block.request.words[block.offsets[i]];
      this.#registers[channel] = register;
      if (this.#reader.isUnused(register)) this.#unused(channel);
      else this.#context.sink.reading(channel, this.#reader.conditions(register), Quality.good, this.#startedUs);
    }
    for (let rank = 0; rank < URGENT_CONDITIONS; rank++)
      for (let i = 0; i < block.channels.length; i++) this.#tell(block.channels[i], rank);
    this.#advance();
  }

  /** The panel answers that it has no such registers: the site and the panel do not fit, the line does. */
  #blockRefused(): void {
    this.#answered();
    this.#blockBad(Quality.badConfiguration);
    this.#advance();
  }

  #blockFailed(reason: string): void {
    this.#failures++;
    this.#blockBad(Quality.badCommunication);
    if (this.#failures === LOST_AFTER && !this.#lost) {
      this.#lost = true;
      this.#context.sink.communication(true, reason, this.#startedUs);
    }
    this.#advance();
  }

  #blockBad(quality: Quality): void {
    const { channels } = this.#blocks[this.#next];
    for (let i = 0; i < channels.length; i++)
      this.#context.sink.reading(channels[i], Number.NaN, quality, this.#startedUs);
  }

  // hot path
  #answered(): void {
    this.#failures = 0;
    if (!this.#lost) return;
    this.#lost = false;
    this.#context.sink.communication(false, "", this.#startedUs);
  }

  // hot path
  #advance(): void {
    this.#next++;
    if (this.#next < this.#blocks.length) {
      this.#readNext(this.#context.clock.nowUs());
      return;
    }
    this.#polling = false;
    for (let rank = URGENT_CONDITIONS; rank < REPORTED_CONDITIONS.length; rank++)
      for (let channel = 0; channel < this.#registers.length; channel++) this.#tell(channel, rank);
  }

  // hot path
  /** Reports the condition of that rank if it began or ended since it was told. */
  #tell(channel: number, rank: number): void {
    const register = this.#registers[channel];
    if (register === NEVER_READ || this.#reader.isUnused(register)) return;
    const condition = REPORTED_CONDITIONS[rank];
    const now = this.#reader.conditions(register) & condition.bit;
    if (now === (this.#told[channel] & condition.bit)) return;
    this.#told[channel] ^= condition.bit;
    this.#context.sink.edge(channel, condition.class, now !== 0, register, this.#startedUs);
  }

  #unused(channel: number): void {
    this.#context.sink.reading(channel, Number.NaN, Quality.badConfiguration, this.#startedUs);
    if (this.#unusedTold[channel] !== 0) return;
    this.#unusedTold[channel] = 1;
    const { id, channels } = this.#plan;
    this.#context.log.warn(`${id}: the panel has no point where the site has ${channels[channel].name}`);
  }
}

function openLane(plan: DevicePlan, context: DriverContext, Serial: SerialConstructor): ModbusLane {
  return context.shared(plan.connection.bus, () =>
    openRtuLane({
      io: Serial,
      serialOptions: plan.connection.options as unknown as SerialOptions,
      clock: context.clock,
      log: context.log,
    }),
  );
}

export const driver: DriverModule = {
  name: "fire-panel",
  version: "1",
  open: (plan, context) => new FirePanel(plan, context),
};
