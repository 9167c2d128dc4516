/** Requests that wait, by priority: linked through the requests themselves, so a queue takes no memory of its own. */
import { type ModbusRequest, PRIORITIES, type Priority } from "./request";

const NONE: undefined = undefined;

export class RequestQueue {
  length = 0;
  readonly #first: (ModbusRequest | undefined)[] = [NONE, NONE, NONE, NONE, NONE];

  // hot path
  first(priority: Priority): ModbusRequest | undefined {
    return this.#first[priority];
  }

  // hot path
  push(priority: Priority, request: ModbusRequest): void {
    request.next = undefined;
    let last = this.#first[priority];
    if (last === undefined) this.#first[priority] = request;
    else {
      // Few wait. A list of the last ones would be 136 bytes.
      while (last.next !== undefined) last = last.next;
      last.next = request;
    }
    this.length++;
  }

  // hot path
  /** Takes `request` out of its queue, in which it stands behind `before`, or first. */
  remove(priority: Priority, request: ModbusRequest, before: ModbusRequest | undefined): void {
    const { next } = request;
    if (before === undefined) this.#first[priority] = next;
    else before.next = next;
    request.next = undefined;
    this.length--;
  }

  /** Any of them, most urgent first; `undefined` when there is none. */
  shift(): ModbusRequest | undefined {
    for (let priority = 0; priority < PRIORITIES; priority++) {
      const request = this.#first[priority];
      if (request === undefined) continue;
      this.remove(priority as Priority, request, undefined);
      return request;
    }
    return undefined;
  }
}
