/** QoS 1 messages that were sent and are not acknowledged: a fixed window, in the order of sending. */

const NONE = -1;

export class InFlight {
  readonly #window: number;
  readonly #packetIds: Uint16Array;
  readonly #lanes: Uint8Array;
  readonly #numbers: Float64Array;
  readonly #sentUs: Float64Array;
  readonly #resend: Uint8Array;
  /** Earliest time of sending again, of an entry that was refused for now; 0: it was not. */
  readonly #laterUs: Float64Array;
  #length = 0;
  #lastPacketId = 0;

  constructor(window: number) {
    this.#window = window;
    this.#packetIds = new Uint16Array(window);
    this.#lanes = new Uint8Array(window);
    this.#numbers = new Float64Array(window);
    this.#sentUs = new Float64Array(window);
    this.#resend = new Uint8Array(window);
    this.#laterUs = new Float64Array(window);
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
    this.#packetIds[entry] = this.#lastPacketId;
    this.#lanes[entry] = lane;
    this.#numbers[entry] = number;
    this.#sentUs[entry] = nowUs;
    this.#resend[entry] = 0;
    this.#laterUs[entry] = 0;
    return this.#lastPacketId;
  }

  find(packetId: number): number {
    for (let entry = 0; entry < this.#length; entry++) if (this.#packetIds[entry] === packetId) return entry;
    return NONE;
  }

  packetId(entry: number): number {
    return this.#packetIds[entry];
  }

  lane(entry: number): number {
    return this.#lanes[entry];
  }

  number(entry: number): number {
    return this.#numbers[entry];
  }

  remove(entry: number): void {
    this.#length--;
    for (let i = entry; i < this.#length; i++) {
      this.#packetIds[i] = this.#packetIds[i + 1];
      this.#lanes[i] = this.#lanes[i + 1];
      this.#numbers[i] = this.#numbers[i + 1];
      this.#sentUs[i] = this.#sentUs[i + 1];
      this.#resend[i] = this.#resend[i + 1];
      this.#laterUs[i] = this.#laterUs[i + 1];
    }
  }

  /** The broker kept the session: all of them go again. */
  resend(): void {
    for (let entry = 0; entry < this.#length; entry++) this.#resend[entry] = 1;
  }

  /** The broker refused it for now. */
  postpone(entry: number, laterUs: number): void {
    this.#resend[entry] = 1;
    this.#laterUs[entry] = laterUs;
    this.#sentUs[entry] = Number.POSITIVE_INFINITY;
  }

  isPostponed(entry: number): boolean {
    return this.#laterUs[entry] > 0;
  }

  /** When the next message that was refused for now goes again; `Infinity` when there is none. */
  postponedUs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (let entry = 0; entry < this.#length; entry++)
      if (this.#laterUs[entry] > 0 && this.#laterUs[entry] < next) next = this.#laterUs[entry];
    return next;
  }

  nextToResend(nowUs: number): number {
    for (let entry = 0; entry < this.#length; entry++)
      if (this.#resend[entry] === 1 && this.#laterUs[entry] <= nowUs) return entry;
    return NONE;
  }

  resent(entry: number, nowUs: number): void {
    this.#resend[entry] = 0;
    this.#laterUs[entry] = 0;
    this.#sentUs[entry] = nowUs;
  }

  clear(): void {
    this.#length = 0;
  }

  /** When the message that waits longest was sent; `Infinity` when none waits. */
  oldestUs(): number {
    let oldest = Number.POSITIVE_INFINITY;
    for (let entry = 0; entry < this.#length; entry++) if (this.#sentUs[entry] < oldest) oldest = this.#sentUs[entry];
    return oldest;
  }
}
