/**
 * Takes commands from the broker: what its site allows is carried out once, whatever becomes of it is told on the `audit` topic, and
 * only then the broker hears that it need not keep the command.
 *
 *   came -> waiting (of four) -> [room for its record] remembered -> carried out -> recorded -> acknowledged
 *                             -> (connection lost) forgotten: the broker sends it again
 *
 * A command is remembered, by its id, before it is carried out, where the platform keeps something over a restart: one that comes again
 * is not carried out again. What was cut off in between is told as such when it comes again.
 */
import type { Clock, Timer } from "../../hal/clock";
import type { Keep } from "../../hal/keep";
import type { Inbound } from "../uplink/mqtt/protocol";
import { utf8Bytes } from "../uplink/utf8";
import { type Command, CommandError, type CommandKind, decodeCommand } from "./form";

export type CommandDeskOptions = {
  /** Kinds that the site allows; anything else is refused. */
  readonly allow: readonly string[];
  readonly clock: Clock;
  readonly sha256: (bytes: Uint8Array) => Uint8Array;
  readonly keep?: Keep;
  readonly actions: CommandActions;
  /** There is room for a record without letting another alarm go. */
  readonly hasRoom: () => boolean;
  /** Stores the record of what became of a command. */
  readonly record: (id: string, text: string) => void;
  /** The broker may forget it. */
  readonly stored: (packetId: number) => void;
};

/** What a gateway can be told. False: there is nothing of that name, or it is refused there. */
export interface CommandActions {
  acknowledge(alarm: string): boolean;
  device(device: string, command: string, point: string): boolean;
  /** How the gateway does, in words. */
  state(): string;
}

export type CommandCounters = {
  done: number;
  refused: number;
  /** Came again and were answered again. */
  repeated: number;
  /** Came while four waited; the broker sends them again where they had QoS 1. */
  overflow: number;
};

/** Commands that wait. In version 5 the broker is told that four may be on their way. */
export const QUEUE = 4;
/** Commands that are remembered. */
export const REMEMBERED = 16;
const MARK_BYTES = 8;
const NAME = "commands";
/** Nobody shall fill the store of alarms with refusals. */
const SPACING_US = 100_000;
/** A full store is asked again. */
const ROOM_RETRY_US = 1_000_000;

type Waiting = { readonly packetId: number; readonly bytes: Uint8Array; readonly retained: boolean };

export class CommandDesk {
  readonly counters: CommandCounters = { done: 0, refused: 0, repeated: 0, overflow: 0 };
  private readonly options: CommandDeskOptions;
  private readonly timer: Timer;
  private readonly waiting: Waiting[] = [];
  /** Marks of the ids, in a ring, and behind them the place of the next. */
  private readonly marks: Uint8Array;
  /** What became of them in this boot. */
  private readonly outcomes: string[] = [];
  private dueUs = 0;

  constructor(options: CommandDeskOptions) {
    this.options = options;
    this.timer = options.clock.timer(this.next, this);
    const kept = options.keep?.read(NAME);
    const bytes = REMEMBERED * MARK_BYTES + 1;
    this.marks =
      kept !== undefined && kept.length === bytes && kept[bytes - 1] < REMEMBERED ? kept : new Uint8Array(bytes);
  }

  /** @returns false: it is acknowledged when it is stored */
  take(inbound: Inbound, body: Uint8Array): boolean {
    if (this.waiting.length >= QUEUE) {
      this.counters.overflow++;
      return false;
    }
    this.waiting.push({
      packetId: inbound.packetId,
      bytes: body.slice(inbound.payloadAt, inbound.payloadAt + inbound.payloadBytes),
      retained: inbound.retain,
    });
    if (this.waiting.length === 1) this.arm(0);
    return false;
  }

  /** A new connection: what waited comes again, under another identifier. */
  forget(): void {
    this.waiting.length = 0;
  }

  close(): void {
    this.timer.disarm();
    this.forget();
  }

  private arm(waitUs: number): void {
    this.timer.arm(Math.max(this.options.clock.nowUs() + waitUs, this.dueUs));
  }

  private next(): void {
    const command = this.waiting[0];
    if (command === undefined) return;
    if (!this.options.hasRoom()) {
      this.arm(ROOM_RETRY_US);
      return;
    }
    this.waiting.shift();
    this.dueUs = this.options.clock.nowUs() + SPACING_US;
    this.carryOut(command);
    if (command.packetId !== 0) this.options.stored(command.packetId);
    if (this.waiting.length > 0) this.arm(0);
  }

  private carryOut({ bytes, retained }: Waiting): void {
    let command: Command;
    try {
      command = decodeCommand(bytes);
    } catch (error) {
      const { code, id, message } = error as CommandError;
      if (!(error instanceof CommandError)) throw error;
      this.refuse(id === "" ? "unknown" : id, "", code, message);
      return;
    }
    const { id, kind, words, expiresS } = command;
    const said = `${kind}${words.map((word) => ` ${word}`).join("")}`;
    const mark = this.options.sha256(utf8Bytes(id));
    const place = this.find(mark);
    if (place >= 0) {
      this.counters.repeated++;
      this.options.record(
        id,
        this.outcomes[place] ?? `${said}: was taken before a restart; what became of it is not known`,
      );
    } else if (!this.options.allow.includes(kind)) this.refuse(id, said, "not-allowed", "the site does not allow it");
    else if (retained) this.refuse(id, said, "retained", "a command is not for whoever comes later");
    else if (this.options.clock.wallMs() / 1000 > expiresS) this.refuse(id, said, "expired", "it came too late");
    else this.obey(id, kind, words, said, mark);
  }

  private obey(id: string, kind: CommandKind, words: readonly string[], said: string, mark: Uint8Array): void {
    const place = this.remember(mark);
    const refusal = `${said}: refused: no-effect: there is nothing of that name, or it does not take it now`;
    let outcome: string;
    try {
      const state = kind === "state" ? `: ${this.options.actions.state()}` : "";
      outcome = kind === "state" || this.act(kind, words) ? `${said}: done${state}` : refusal;
    } catch (error) {
      outcome = `${said}: refused: failed: ${error instanceof Error ? error.message : String(error)}`;
    }
    if (outcome === `${said}: done` || kind === "state") this.counters.done++;
    else this.counters.refused++;
    this.outcomes[place] = outcome;
    this.options.record(id, outcome);
  }

  private act(kind: CommandKind, [first, second, third = ""]: readonly string[]): boolean {
    const { actions } = this.options;
    return kind === "acknowledge" ? actions.acknowledge(first) : actions.device(first, second, third);
  }

  private refuse(id: string, said: string, code: string, reason: string): void {
    this.counters.refused++;
    this.options.record(id, `${said === "" ? "" : `${said}: `}refused: ${code}: ${reason}`);
  }

  /** Place of a mark among those that are remembered, -1 where it is none. */
  private find(mark: Uint8Array): number {
    for (let place = 0; place < REMEMBERED; place++) {
      let same = 0;
      while (same < MARK_BYTES && this.marks[place * MARK_BYTES + same] === mark[same]) same++;
      if (same === MARK_BYTES) return place;
    }
    return -1;
  }

  private remember(mark: Uint8Array): number {
    const cursor = REMEMBERED * MARK_BYTES;
    const place = this.marks[cursor];
    this.marks.set(mark.subarray(0, MARK_BYTES), place * MARK_BYTES);
    this.marks[cursor] = (place + 1) % REMEMBERED;
    this.options.keep?.write(NAME, this.marks);
    return place;
  }
}
