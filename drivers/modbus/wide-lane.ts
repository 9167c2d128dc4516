/**
 * A lane with several requests on their way at once, for Modbus TCP servers that say they can: the number in each frame tells whose
 * an answer is. Order, silent units and counters are those of any lane (`schedule.ts`).
 *
 * A flight: free -> on its way -> (answer, time-out, the connection broke) free. Each has its own time-out; one timer serves all.
 */
import type { Clock, Timer } from "../../hal/clock";
import { judgeException, type LaneOptions, type ModbusCounters, type ModbusLane, scheduleOptions } from "./lane";
import type { MbapFraming } from "./mbap-framing";
import { type ModbusRequest, Outcome } from "./request";
import { NEVER_US, Schedule } from "./schedule";
import { type LaneTransport, UNREACHABLE } from "./transport";

/** What came fails without a try, again and again: its owners may submit it again at once. */
const FRUITLESS_PAUSE_US = 100_000;
const SEND_TIMEOUT_US = 10_000_000;

class Flight {
  request: ModbusRequest | undefined;
  transaction = 0;
  sentUs = 0;
  deadlineUs = NEVER_US;
  probing = false;
}

export class WideLane implements ModbusLane {
  readonly #clock: Clock;
  readonly #transport: LaneTransport;
  readonly #framing: MbapFraming;
  readonly #timer: Timer;
  readonly #schedule: Schedule;
  readonly #flights: readonly Flight[];
  readonly #timeoutUs: number;
  readonly #capacity: number;
  /** When the timer will call; a later deadline waits for it and is looked at then. */
  #armedUs = NEVER_US;
  #stuckSinceUs = 0;
  #advancing = false;
  #closed = false;

  constructor(transport: LaneTransport, framing: MbapFraming, options: LaneOptions, inFlight: number) {
    const plan = scheduleOptions(options, false);
    this.#clock = options.clock;
    this.#transport = transport;
    this.#framing = framing;
    this.#timer = options.clock.timer(this.due, this);
    this.#schedule = new Schedule(plan);
    this.#timeoutUs = plan.responseTimeoutUs;
    this.#capacity = plan.capacity;
    this.#flights = Array.from({ length: inFlight }, () => new Flight());
  }

  get counters(): ModbusCounters {
    return this.#schedule.counters;
  }

  // hot path
  submit(request: ModbusRequest): boolean {
    if (this.#closed || !this.#schedule.accept(request)) return false;
    this.advance();
    return true;
  }

  changed(broken: boolean): void {
    if (broken) {
      const nowUs = this.#clock.nowUs();
      for (const flight of this.#flights) if (flight.request !== undefined) this.failed(flight, nowUs);
    }
    this.advance();
  }

  /** Takes what has come. @returns how many answers there were */
  // hot path
  receive(): number {
    const framing = this.#framing;
    let answers = 0;
    while (!this.#closed && framing.skim()) {
      const flight = this.flightOf(framing.found);
      if (flight === undefined || !framing.answers(flight.request!)) {
        framing.strangers++;
        continue;
      }
      answers++;
      this.answered(flight);
    }
    return answers;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#timer.disarm();
    this.#transport.close();
    for (const flight of this.#flights) {
      const { request } = flight;
      flight.request = undefined;
      if (request !== undefined) this.end(request, Outcome.closed);
    }
    for (let request = this.#schedule.shift(); request !== undefined; request = this.#schedule.shift())
      this.end(request, Outcome.closed);
  }

  // hot path
  private flightOf(transaction: number): Flight | undefined {
    for (let i = 0; i < this.#flights.length; i++) {
      const flight = this.#flights[i];
      if (flight.request !== undefined && flight.transaction === transaction) return flight;
    }
    return undefined;
  }

  // hot path
  private free(): Flight | undefined {
    for (let i = 0; i < this.#flights.length; i++) if (this.#flights[i].request === undefined) return this.#flights[i];
    return undefined;
  }

  // hot path
  private answered(flight: Flight): void {
    const request = flight.request!;
    const nowUs = this.#clock.nowUs();
    request.settle(this.#framing.view, this.#framing.pduAt);
    this.landed(flight, nowUs);
    if (request.outcome === Outcome.exception)
      judgeException(request, nowUs, nowUs - flight.sentUs, this.#schedule.counters);
    else {
      this.#schedule.counters.answers++;
      request.state!.answered(nowUs - flight.sentUs);
    }
    this.end(request, request.outcome);
    this.advance();
  }

  // hot path
  private landed(flight: Flight, nowUs: number): void {
    flight.request = undefined;
    flight.deadlineUs = NEVER_US;
    if (flight.probing) this.#schedule.spend(nowUs - flight.sentUs);
  }

  private failed(flight: Flight, nowUs: number): void {
    const request = flight.request!;
    this.landed(flight, nowUs);
    if (!this.#schedule.retry(request, nowUs)) this.end(request, request.outcome);
  }

  private due(): void {
    this.#armedUs = NEVER_US;
    const nowUs = this.#clock.nowUs();
    for (const flight of this.#flights) {
      if (flight.request === undefined || flight.deadlineUs > nowUs) continue;
      this.#schedule.counters.timeouts++;
      // This may break the connection, and with it all flights.
      this.#transport.timedOut();
      if (flight.request !== undefined && flight.deadlineUs <= nowUs) this.failed(flight, nowUs);
    }
    this.advance();
    for (const { deadlineUs } of this.#flights) this.wakeAt(deadlineUs);
  }

  // hot path
  private wakeAt(us: number): void {
    if (this.#closed || us >= this.#armedUs) return;
    this.#armedUs = us;
    this.#timer.arm(us);
  }

  // hot path
  /** Sends what can be sent. Not entered twice: `onDone` may submit. */
  private advance(): void {
    if (this.#advancing) return;
    this.#advancing = true;
    let fruitless = 0;
    while (!this.#closed && this.#schedule.length > 0 && this.step())
      if (++fruitless > this.#capacity) {
        this.wakeAt(this.#clock.nowUs() + FRUITLESS_PAUSE_US);
        break;
      }
    this.#advancing = false;
  }

  // hot path
  /** False: there is nothing to be done now. */
  private step(): boolean {
    const flight = this.free();
    if (flight === undefined) return false;
    const nowUs = this.#clock.nowUs();
    const atUs = this.#transport.readyAtUs(nowUs);
    if (atUs === UNREACHABLE || (atUs > nowUs && this.isStuck(nowUs))) return this.unreachable();
    if (atUs > nowUs) {
      this.wakeAt(atUs);
      return false;
    }
    this.#stuckSinceUs = 0;
    const request = this.#schedule.pick(nowUs);
    if (request === undefined) return false;
    if (request.outcome === Outcome.pending) this.send(flight, request, nowUs);
    else this.end(request, request.outcome);
    return true;
  }

  // hot path
  private isStuck(nowUs: number): boolean {
    if (this.#stuckSinceUs === 0) this.#stuckSinceUs = nowUs;
    return nowUs - this.#stuckSinceUs >= SEND_TIMEOUT_US;
  }

  private unreachable(): true {
    const request = this.#schedule.shift()!;
    this.#schedule.counters.failures++;
    this.end(request, Outcome.unreachable);
    return true;
  }

  // hot path
  private send(flight: Flight, request: ModbusRequest, nowUs: number): void {
    flight.request = request;
    flight.sentUs = nowUs;
    flight.probing = request.state!.isSilent;
    flight.deadlineUs = nowUs + this.#timeoutUs;
    this.wakeAt(flight.deadlineUs);
    try {
      this.#transport.send(request);
    } catch {
      // The connection broke under the frame: the time-out that follows treats it like a lost one.
    }
    flight.transaction = this.#framing.sent;
  }

  // hot path
  private end(request: ModbusRequest, outcome: Outcome): void {
    request.outcome = outcome;
    request.completedUs = this.#clock.nowUs();
    request.onDone();
  }
}
