/** Requests that wait. */
import type { ReadRequest } from "./read-request";

/** A first-in-first-out of fixed size. */
export class RequestRing {
  length = 0;
  readonly #items: (ReadRequest | undefined)[];
  #first = 0;

  constructor(capacity: number) {
    this.#items = new Array<ReadRequest | undefined>(capacity).fill(undefined);
  }

  // hot path
  /** The caller has looked at `length`. */
  push(request: ReadRequest): void {
    this.#items[(this.#first + this.length) % this.#items.length] = request;
    this.length++;
  }

  // hot path
  shift(): ReadRequest | undefined {
    if (this.length === 0) return undefined;
    const request = this.#items[this.#first];
    this.#items[this.#first] = undefined;
    this.#first = (this.#first + 1) % this.#items.length;
    this.length--;
    return request;
  }
}
