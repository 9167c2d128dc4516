/** QoS 1 messages that were sent and are not acknowledged: a fixed window, in the order of sending. */

const NONE = -1;

/** Fields of an entry, in each of the two arrays. */
const FIELDS = 3;
const PACKET_ID = 0;
const LANE = 1;
/** 1: it goes again. */
const RESEND = 2;
const NUMBER = 0;
const SENT_US = 1;
/** Earliest time of sending again, of an entry that was refused for now; 0: it was not. */
const LATER_US = 2;

export class InFlight {
  readonly #window: number;
  // An array for each field would take seven slots and more.
  readonly #words: Uint16Array;
  readonly #doubles: Float64Array;
  #length = 0;
  #lastPacketId = 0;

  constructor(window: number) {
    this.#window = window;
    this.#words = new Uint16Array(FIELDS * window);
    this.#doubles = new Float64Array(FIELDS * window);
  }

  get length(): number {
    return this.#length;
  }

  get full(): boolean {
    return this.#length === this.#window;
  }

  /** Takes a free packet identifier, 1 to 65,534 (MQTT-2.3.1-1; the last is for the subscription), and returns it. */
  add(lane: number, number: number, nowUs: number): number {
    do {
      this.#lastPacketId = this.#lastPacketId === 65_534 ? 1 : this.#lastPacketId + 1;
    } while (this.find(this.#lastPacketId) !== NONE);
    const entry = this.#length++;
    this.#words[FIELDS * entry + PACKET_ID] = this.#lastPacketId;
    this.#words[FIELDS * entry + LANE] = lane;
    this.#doubles[FIELDS * entry + NUMBER] = number;
    this.#doubles[FIELDS * entry + SENT_US] = nowUs;
    this.#words[FIELDS * entry + RESEND] = 0;
    this.#doubles[FIELDS * entry + LATER_US] = 0;
    return this.#lastPacketId;
  }

  find(packetId: number): number {
    for (let entry = 0; entry < this.#length; entry++)
      if (this.#words[FIELDS * entry + PACKET_ID] === packetId) return entry;
    return NONE;
  }

  packetId(entry: number): number {
    return this.#words[FIELDS * entry + PACKET_ID];
  }

  lane(entry: number): number {
    return this.#words[FIELDS * entry + LANE];
  }

  number(entry: number): number {
    return this.#doubles[FIELDS * entry + NUMBER];
  }

  remove(entry: number): void {
    this.#words.copyWithin(FIELDS * entry, FIELDS * (entry + 1), FIELDS * this.#length);
    this.#doubles.copyWithin(FIELDS * entry, FIELDS * (entry + 1), FIELDS * this.#length);
    this.#length--;
  }

  /** The broker kept the session: all of them go again. */
  resend(): void {
    for (let entry = 0; entry < this.#length; entry++) this.#words[FIELDS * entry + RESEND] = 1;
  }

  /** The broker refused it for now. */
  postpone(entry: number, laterUs: number): void {
    this.#words[FIELDS * entry + RESEND] = 1;
    this.#doubles[FIELDS * entry + LATER_US] = laterUs;
    this.#doubles[FIELDS * entry + SENT_US] = Number.POSITIVE_INFINITY;
  }

  isPostponed(entry: number): boolean {
    return this.#doubles[FIELDS * entry + LATER_US] > 0;
  }

  /** When the next message that was refused for now goes again; `Infinity` when there is none. */
  postponedUs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (let entry = 0; entry < this.#length; entry++)
      if (this.#doubles[FIELDS * entry + LATER_US] > 0 && this.#doubles[FIELDS * entry + LATER_US] < next)
        next = this.#doubles[FIELDS * entry + LATER_US];
    return next;
  }

  nextToResend(nowUs: number): number {
    for (let entry = 0; entry < this.#length; entry++)
      if (this.#words[FIELDS * entry + RESEND] === 1 && this.#doubles[FIELDS * entry + LATER_US] <= nowUs) return entry;
    return NONE;
  }

  resent(entry: number, nowUs: number): void {
    this.#words[FIELDS * entry + RESEND] = 0;
    this.#doubles[FIELDS * entry + LATER_US] = 0;
    this.#doubles[FIELDS * entry + SENT_US] = nowUs;
  }

  clear(): void {
    this.#length = 0;
  }

  /** When the message that waits longest was sent; `Infinity` when none waits. */
  oldestUs(): number {
    let oldest = Number.POSITIVE_INFINITY;
    for (let entry = 0; entry < this.#length; entry++)
      if (this.#doubles[FIELDS * entry + SENT_US] < oldest) oldest = this.#doubles[FIELDS * entry + SENT_US];
    return oldest;
  }
}
