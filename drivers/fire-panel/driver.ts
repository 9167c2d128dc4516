/**
 * A fire panel on Modbus: supplementary monitoring, not a listed fire alarm routing device. It is read; a command goes out only
 * where the site allows it, and leaves a note.
 *
 * A tick begins a poll, which reads the panel's blocks one after another. A word that is as it was is compared and nothing
 * else. Fire and life are told when their block is read, the rest when the poll ends, most urgent first
 * (drivers/panel-points). The first poll is told as a snapshot.
 *
 *   idle -> start -> reading block 0 .. n -> idle      (a block is refused: it is cut in two and read on)
 */
import type { Clock } from "../../hal/clock";
import type { Log } from "../../hal/log";
import type { Identification } from "../../hal/sensor";
import type { DeviceInstance, DeviceSink, DriverContext, DriverModule, PanelSink } from "../contract";
import type { ModbusLane } from "../modbus/lane";
import { ModbusException } from "../modbus/pdu";
import { Outcome } from "../modbus/request";
import { sharedLane } from "../modbus/shared-lane";
import { WriteRegister } from "../modbus/write-request";
import { PointCondition } from "../panel-points/conditions";
import { type Evidence, PointBoard } from "../panel-points/point-board";
import { PointNames } from "../panel-points/point-names";
import type { DevicePlan } from "../plan";
import { COMMAND, cell, FIELD, PanelLayout, type PanelSettings, panelSettings, rowsOf } from "./layout";
import { type PanelReads, panelReads, type ReadListener } from "./panel-reads";

/** Reads in a row without an answer after which the panel counts as lost. */
const LOST_AFTER = 3;
/** How long it is remembered that the panel has no such register: it may be programmed meanwhile. */
const REMEMBER_US = 3_600_000_000;

export class FirePanel implements DeviceInstance, Evidence, ReadListener {
  readonly identification: Identification;
  readonly configuration: string;
  /** Ticks that came while the poll before was still running. */
  overruns = 0;
  private readonly id: string;
  private readonly names: PointNames;
  private readonly unit: number;
  private readonly commands: PanelSettings["commands"];
  // Not the context, which holds what all devices share: it would be kept for this alone.
  private readonly sink: DeviceSink;
  private readonly panel: PanelSink;
  private readonly clock: Clock;
  private readonly log: Log;
  private readonly lane: ModbusLane;
  private readonly layout: PanelLayout;
  private readonly board: PointBoard;
  private reads: PanelReads;
  private polling = false;
  private startedUs = 0;
  private failures = 0;
  private lost = false;
  /** The panel has answered since the gateway began: before that there is nothing to tell. */
  private answers = false;
  private closed = false;

  constructor(plan: DevicePlan, context: DriverContext) {
    const settings = panelSettings(plan.settings);
    this.id = plan.id;
    this.names = new PointNames(plan.points!.names);
    this.sink = context.sink;
    this.panel = context.panel!;
    this.clock = context.clock;
    this.log = context.log;
    this.identification = { model: settings.profile, classification: "Fire panel" };
    this.unit = settings.unit;
    this.commands = settings.commands;
    const allowed = Object.keys(settings.commands);
    const writes = allowed.length === 0 ? "read only" : `may ${allowed.join(", ")}`;
    this.configuration = `profile ${settings.profile}, unit ${settings.unit}, ${writes}`;
    this.layout = new PanelLayout(settings);
    this.board = new PointBoard(plan.points!, this.panel, this);
    this.reads = panelReads(settings.unit, settings.reads, this);
    this.lane = sharedLane(plan, context);
  }

  start(nowUs: number): number {
    if (this.polling) {
      this.overruns++;
      return 0;
    }
    this.polling = true;
    this.reads.begin();
    this.readNext(nowUs);
    return 0;
  }

  finish(): number {
    return 0;
  }

  roomAgain(nowUs: number): void {
    if (this.polling) this.board.tellUrgent();
    else if (this.answers) this.board.tellAll(nowUs);
  }

  /** A write is tried once: nobody knows what became of one without an answer, and a second reset is not the first. */
  command(name: string, point: string): boolean {
    const asked = point === "" ? name : `${name} ${point}`;
    const address = this.addressOf(name, point);
    if (typeof address === "string") {
      this.note(`${asked}: refused: ${address}`);
      return false;
    }
    const value = cell(this.commands[name], COMMAND.columns, 0, COMMAND.value);
    const request = new WriteRegister({ unit: this.unit, address, value });
    request.whenDone = () => this.note(`${asked}: ${request.outcome === Outcome.done ? "done" : request.text}`);
    if (!this.lane.submit(request)) {
      this.note(`${asked}: refused: the Modbus lane is overloaded`);
      return false;
    }
    this.note(`${asked}: sent`);
    return true;
  }

  close(): void {
    // The lane belongs to the bus and may serve others; an answer that is still under way is not looked at.
    this.closed = true;
  }

  /** Where the command is written to, or why it is not. */
  private addressOf(name: string, point: string): number | string {
    const rows = Object.hasOwn(this.commands, name) ? this.commands[name] : undefined;
    if (rows === undefined) return "the site does not allow it (allow: in the panel's page)";
    const at = point === "" ? -1 : this.names.indexOf(point);
    if (point !== "" && at < 0) return "there is no such point";
    for (let row = 0; row < rowsOf(rows, COMMAND.columns); row++) {
      const first = cell(rows, COMMAND.columns, row, COMMAND.firstPoint);
      const points = cell(rows, COMMAND.columns, row, COMMAND.points);
      const address = cell(rows, COMMAND.columns, row, COMMAND.address);
      if (points === 0 && at < 0) return address;
      if (at >= first && at < first + points) return address + at - first;
    }
    return at < 0 ? "it is for a point: which one?" : "it is not for this point";
  }

  private note(text: string): void {
    this.panel.note("command", text, this.clock.nowUs());
  }

  /** The word that says most about the point. */
  evidence(point: number): number {
    const layout = this.layout;
    let word = 0;
    for (let row = layout.rows - 1; row >= 0; row--) {
      const index = point - layout.field(row, FIELD.firstPoint);
      if (index < 0 || index >= layout.field(row, FIELD.points)) continue;
      const candidate = Math.max(0, this.reads.word(layout.wordOf(row, index)));
      if (word === 0 || layout.conditions(row, index, candidate) !== 0) word = candidate;
    }
    return word;
  }

  // hot path
  private readNext(nowUs: number): void {
    this.startedUs = nowUs;
    if (this.reads.refusedUntilUs > nowUs) {
      this.advance();
      return;
    }
    this.reads = this.reads.fresh;
    if (!this.lane.submit(this.reads)) this.blockFailed("the Modbus lane is overloaded");
  }

  // hot path
  /** For the request. */
  blockDone(): void {
    if (this.closed) return;
    const request = this.reads;
    if (request.outcome === Outcome.done) this.blockRead();
    else if (request.outcome !== Outcome.exception) this.blockFailed("the panel does not answer");
    else if (isAboutAddresses(request.exceptionCode)) this.blockRefused();
    else this.blockFailed(request.text);
  }

  // hot path
  private blockRead(): void {
    this.answered();
    this.board.tellUrgent();
    this.advance();
  }

  /** Looks anew at all points that have a field in the word. Called while an answer is taken. */
  wordChanged(word: number): void {
    const layout = this.layout;
    for (let row = 0; row < layout.rows; row++) {
      const first = layout.firstInWord(row, word);
      const end = first + layout.fieldsPerWord(row);
      const points = layout.field(row, FIELD.points);
      if (end <= 0 || first >= points) continue;
      const base = layout.field(row, FIELD.firstPoint);
      for (let index = Math.max(0, first); index < Math.min(end, points); index++) this.look(base + index);
    }
  }

  private look(point: number): void {
    const layout = this.layout;
    let set = 0;
    for (let row = 0; row < layout.rows; row++) {
      const index = point - layout.field(row, FIELD.firstPoint);
      if (index < 0 || index >= layout.field(row, FIELD.points)) continue;
      const word = this.reads.word(layout.wordOf(row, index));
      if (word >= 0) set |= layout.conditions(row, index, word);
    }
    if ((set & PointCondition.unknown) === 0) this.board.set(point, set, this.startedUs);
    else this.absent(point);
  }

  /** A point that the site names and the panel has not: a mistake of the site, not a quiet point. */
  private absent(point: number): void {
    this.board.forget(point, this.startedUs);
    this.log.warn(`${this.id}: the panel has no point where the site has ${this.names.at(point)}`);
  }

  /**
   * The panel answers that it has no such registers: the site and the panel do not fit, the line does. The block is cut in two,
   * and both are read at once, until it is known which register is missing.
   */
  private blockRefused(): void {
    const reads = this.reads;
    const { address, count, text, firstWord } = reads;
    this.answered();
    if (count > 1) {
      this.reads = reads.cut();
      this.readNext(this.clock.nowUs());
      return;
    }
    if (reads.refusedUntilUs <= 0) this.log.warn(`${this.id}: address ${address}: ${text}`);
    reads.refuse(this.startedUs + REMEMBER_US);
    this.wordRefused(firstWord);
    this.advance();
  }

  private wordRefused(word: number): void {
    const layout = this.layout;
    for (let row = 0; row < layout.rows; row++) {
      const first = layout.firstInWord(row, word);
      const base = layout.field(row, FIELD.firstPoint);
      for (let index = Math.max(0, first); index < first + layout.fieldsPerWord(row); index++)
        if (index < layout.field(row, FIELD.points)) this.board.forget(base + index, this.startedUs);
    }
  }

  /** Nothing is known about the block's points but what was: the loss of the panel says so, once, for all. */
  private blockFailed(reason: string): void {
    this.failures++;
    if (this.failures === LOST_AFTER && !this.lost) {
      this.lost = true;
      this.sink.communication(true, reason, this.startedUs);
    }
    this.advance();
  }

  // hot path
  private answered(): void {
    this.failures = 0;
    this.answers = true;
    if (!this.lost) return;
    this.lost = false;
    this.sink.communication(false, "", this.startedUs);
    this.board.requestSnapshot();
  }

  // hot path
  private advance(): void {
    if (this.reads.advance()) {
      this.readNext(this.clock.nowUs());
      return;
    }
    this.polling = false;
    if (this.answers) this.board.tellAll(this.startedUs);
  }
}

function isAboutAddresses(exceptionCode: number): boolean {
  return exceptionCode === ModbusException.illegalDataAddress || exceptionCode === ModbusException.illegalDataValue;
}

export const driver: DriverModule = {
  name: "fire-panel",
  version: "2",
  open: (plan, context) => new FirePanel(plan, context),
};
