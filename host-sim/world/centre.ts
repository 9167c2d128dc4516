/**
 * A simulated monitoring centre after GB/T 26875.3-2011, on ECMA-419 sockets: takes what a gateway sends, confirms it, asks and
 * commands when a scenario says so, and misbehaves on demand.
 *
 * Faults: `silent` (takes everything, answers nothing), `denies`, `slow` (confirms after 8 s), `reset` (ends all connections), `down`.
 * Of a centre's duties it leaves out UDP, several gateways with one address, and its own retries: a scenario asks again.
 */
import type { Plan } from "../../firmware/plan";
import { timeTag } from "../../firmware/uplink/gb26875/civil-time";
import { Command, type Frame, type FrameReceiver, type Unit } from "../../firmware/uplink/gb26875/codec";
import { codec2011 } from "../../firmware/uplink/gb26875/frame-2011";
import { Type } from "../../firmware/uplink/gb26875/layout";
import { MAX_UNIT_BYTES } from "../../firmware/uplink/gb26875/wire-2011";
import type { Clock, Timer } from "../../hal/clock";
import type { Listener, ListenerConstructor, TCP, TCPConstructor } from "../../hal/io";
import { type CentreEvent, CentreJournal } from "./centre-journal";

export const CENTRE_MOODS = ["answers", "silent", "denies", "slow"] as const;
export type CentreMood = (typeof CENTRE_MOODS)[number];

/** What it can ask, by the word of a scenario: type flags of the question and of its answer. */
export const CENTRE_QUESTIONS = {
  state: [Type.readTransmitterState, Type.transmitterState],
  operations: [Type.readTransmitterOperation, Type.transmitterOperation],
  version: [Type.readTransmitterVersion, Type.transmitterVersion],
  text: [Type.readTransmitterText, Type.transmitterText],
  time: [Type.readTransmitterTime, Type.transmitterTime],
  "system-state": [Type.readSystemState, Type.systemState],
  "system-operations": [Type.readSystemOperation, Type.systemOperation],
  "system-version": [Type.readSystemVersion, Type.systemVersion],
  "system-text": [Type.readSystemText, Type.systemText],
  "system-time": [Type.readSystemTime, Type.systemTime],
  components: [Type.readComponentState, Type.componentState],
  analogs: [Type.readComponentAnalog, Type.componentAnalog],
  "component-texts": [Type.readComponentText, Type.componentText],
} as const;
export type CentreQuestion = keyof typeof CENTRE_QUESTIONS;

/** Words of a scenario for what it can command. */
export const CENTRE_COMMANDS = ["initialise", "set-clock", "duty-check"] as const;

export type CentreCounters = {
  connects: number;
  frames: number;
  confirmed: number;
  denied: number;
  /** Frames that came again with the serial number of the one before. */
  repeated: number;
  /** Frames whose marks, checksum or unit were wrong. */
  broken: number;
  /** Answers that came late but never left, because the connection had ended or too many waited. */
  unsaid: number;
};

export type CentreOptions = {
  readonly Listener: ListenerConstructor;
  readonly TCP: TCPConstructor;
  readonly plan: Plan;
  readonly clock: Clock;
  /** Each whole frame as it came, for those who keep the bytes. */
  readonly onFrame?: (bytes: Uint8Array) => void;
};

/** Longer than half of the longest time that a transmitter waits, shorter than that: 10 s. */
const SLOW_US = 8_000_000;
/** Confirmations that may wait on one connection. */
const MAX_LATE = 64;
/** A centre asks for at most so many components at once: 22 of them with their texts fill a unit. */
const MAX_ASKED = 22;

export class MonitoringCentre {
  readonly counters: CentreCounters = {
    connects: 0,
    frames: 0,
    confirmed: 0,
    denied: 0,
    repeated: 0,
    broken: 0,
    unsaid: 0,
  };
  readonly journal: CentreJournal;
  mood: CentreMood = "answers";
  readonly #options: CentreOptions;
  /** Those that stand. */
  readonly connections = new Set<CentreConnection>();
  #listener: Listener | undefined;

  constructor(options: CentreOptions) {
    this.#options = options;
    this.journal = new CentreJournal(options.plan);
    this.up();
  }

  up(): void {
    if (this.#listener !== undefined) return;
    const centre = this;
    this.#listener = new this.#options.Listener({
      port: this.#options.plan.uplink.gb26875!.port,
      onReadable(requests) {
        for (let i = 0; i < requests; i++) {
          const from = this.read();
          if (from !== undefined) centre.connections.add(new CentreConnection(centre, centre.#options, from));
        }
      },
    });
  }

  down(): void {
    this.#listener?.close();
    this.#listener = undefined;
    this.reset();
  }

  /** Ends every connection. */
  reset(): void {
    for (const connection of [...this.connections]) connection.close();
  }

  closed(connection: CentreConnection): void {
    this.connections.delete(connection);
  }

  /** Asks every gateway that is connected. */
  read(question: CentreQuestion): void {
    this.#send(Command.request, this.#question(CENTRE_QUESTIONS[question][0]));
  }

  #question(type: (typeof CENTRE_QUESTIONS)[CentreQuestion][0]): Unit {
    const { system, systemAddress } = this.#options.plan.uplink.gb26875!;
    const since = { second: 0, minute: 0, hour: 0, day: 0, month: 0, year: 0 };
    const whole = { system, systemAddress };
    switch (type) {
      case Type.readSystemState:
      case Type.readSystemVersion:
      case Type.readSystemText:
      case Type.readSystemTime:
        return { type, objects: [whole] } as Unit;
      case Type.readSystemOperation:
        return { type, objects: [{ ...whole, records: MAX_ASKED, since }] };
      case Type.readTransmitterOperation:
        return { type, objects: [{ records: MAX_ASKED, since }] };
      case Type.readComponentState:
      case Type.readComponentText:
        return { type, objects: this.#components() } as Unit;
      case Type.readComponentAnalog:
        return { type, objects: this.#components((one) => one.analog !== 0) };
      default:
        return { type, objects: [{ reserved: 0 }] } as Unit;
    }
  }

  initialise(): void {
    this.#send(Command.control, { type: Type.initialise, objects: [{ reserved: 0 }] });
  }

  setClock(): void {
    const { clock, plan } = this.#options;
    const time = timeTag(clock.wallMs(), plan.uplink.gb26875!.zoneMinutes);
    this.#send(Command.control, { type: Type.setClock, objects: [{ time }] });
  }

  dutyCheck(minutes: number): void {
    this.#send(Command.control, { type: Type.dutyCheck, objects: [{ minutes }] });
  }

  #components(wanted: (one: { readonly analog: number }) => boolean = () => true) {
    return this.journal.components
      .filter(wanted)
      .slice(0, MAX_ASKED)
      .map(({ analog: _, ...component }) => component);
  }

  #send(command: number, unit: Unit): void {
    for (const connection of [...this.connections]) connection.ask(command, unit);
  }
}

export class CentreConnection {
  readonly #centre: MonitoringCentre;
  readonly #options: CentreOptions;
  readonly #socket: TCP;
  readonly #receiver: FrameReceiver;
  readonly #received = new Uint8Array(2048);
  readonly #timer: Timer;
  /** Confirmations that wait for their time, oldest first. */
  readonly #late: { readonly dueUs: number; readonly frame: Frame; readonly events: readonly CentreEvent[] }[] = [];
  #lastSerial = -1;
  #serial = 0;
  #open = true;

  constructor(centre: MonitoringCentre, options: CentreOptions, from: TCP) {
    this.#centre = centre;
    this.#options = options;
    this.#timer = options.clock.timer(() => this.#confirmLate());
    const connection = this;
    this.#receiver = codec2011.receiver(MAX_UNIT_BYTES, {
      frame: (bytes, length) => connection.#frame(bytes, length),
      broken: (_, bytes) => connection.#broken(bytes),
    });
    this.#socket = new options.TCP({
      from,
      onReadable(bytes) {
        connection.#read(bytes);
      },
      onError() {
        connection.close();
      },
    });
    centre.counters.connects++;
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#centre.counters.unsaid += this.#late.length;
    this.#timer.disarm();
    this.#socket.close();
    this.#centre.closed(this);
  }

  ask(command: number, unit: Unit): void {
    const { source, destination } = this.#options.plan.uplink.gb26875!;
    this.#write({ ...this.#head(this.#serial), source: destination, destination: source, command, unit });
    this.#serial = (this.#serial + 1) & 0xffff;
  }

  #read(available: number): void {
    let left = available;
    while (left > 0 && this.#open) {
      const count = this.#socket.read(this.#received);
      if (count === undefined || count === 0) return;
      left -= count;
      this.#receiver.push(this.#received, count);
    }
  }

  #frame(bytes: Uint8Array, length: number): void {
    if (!this.#open) return;
    let frame: Frame;
    try {
      frame = codec2011.decode(bytes, length);
    } catch {
      this.#broken(bytes);
      return;
    }
    this.#centre.counters.frames++;
    this.#options.onFrame?.(bytes.slice(0, length));
    const nowUs = this.#options.clock.nowUs();
    const { command, unit } = frame;
    if (command === Command.response && unit !== undefined && "type" in unit)
      this.#centre.journal.answered(unit.type, nowUs);
    if (command === Command.data) this.#data(frame, nowUs);
  }

  #data(frame: Frame, nowUs: number): void {
    const { counters, mood, journal } = this.#centre;
    if (frame.serial === this.#lastSerial) counters.repeated++;
    this.#lastSerial = frame.serial;
    const events = journal.heard(frame, nowUs);
    if (mood === "silent") return;
    if (mood === "denies") {
      counters.denied++;
      this.#answer(frame, Command.deny);
    } else if (mood === "answers") this.#confirm(frame, events);
    else if (this.#late.length === MAX_LATE) counters.unsaid++;
    else {
      this.#late.push({ dueUs: nowUs + SLOW_US, frame, events });
      if (this.#late.length === 1) this.#timer.arm(nowUs + SLOW_US);
    }
  }

  #confirm(frame: Frame, events: readonly CentreEvent[]): void {
    this.#centre.counters.confirmed++;
    for (const event of events) event.confirmedUs = this.#options.clock.nowUs();
    this.#answer(frame, Command.confirm);
  }

  #confirmLate(): void {
    const nowUs = this.#options.clock.nowUs();
    while (this.#open && this.#late.length > 0 && this.#late[0].dueUs <= nowUs) {
      const { frame, events } = this.#late.shift()!;
      this.#confirm(frame, events);
    }
    if (this.#open && this.#late.length > 0) this.#timer.arm(this.#late[0].dueUs);
  }

  #broken(bytes: Uint8Array): void {
    this.#centre.counters.broken++;
    if (this.#centre.mood !== "silent") this.#answer(codec2011.decodeHead(bytes), Command.deny);
  }

  #answer(to: Frame, command: number): void {
    const { source, destination } = to;
    this.#write({ ...this.#head(to.serial), source: destination, destination: source, command, unit: undefined });
  }

  #head(serial: number): Omit<Frame, "source" | "destination" | "command" | "unit"> {
    const { clock, plan } = this.#options;
    const { zoneMinutes, userVersion } = plan.uplink.gb26875!;
    return { serial, version: { main: 1, user: userVersion }, time: timeTag(clock.wallMs(), zoneMinutes) };
  }

  #write(frame: Frame): void {
    if (!this.#open) return;
    const bytes = new Uint8Array(codec2011.size(frame));
    codec2011.encode(frame, bytes, 0);
    try {
      this.#socket.write(bytes);
    } catch {
      // A centre that cannot get rid of a few hundred bytes has lost its gateway.
      this.close();
    }
  }
}
