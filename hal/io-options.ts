/**
 * Checks of constructor options and arguments, the same for every provider: a wrong type is a `TypeError`, a right type
 * with a wrong value a `RangeError`. They look, and never write (options may be frozen).
 */
import type { ByteBuffer } from "./io";
import { IOError } from "./io-error";

/** ECMA-419 section 8: a constructor without its options object throws. */
export function requireOptions(options: unknown, what: string): void {
  if (typeof options !== "object" || options === null) throw new TypeError(`${what} needs an options object`);
}

export function requireInteger(value: unknown, name: string, min: number, max: number): number {
  if (typeof value !== "number") throw new TypeError(`${name} must be a number`);
  if (!Number.isInteger(value) || value < min || value > max)
    throw new RangeError(`${name} must be an integer from ${min} to ${max}, is ${value}`);
  return value;
}

export function requirePositive(value: unknown, name: string): number {
  if (typeof value !== "number") throw new TypeError(`${name} must be a number`);
  if (!(value > 0 && value < Number.POSITIVE_INFINITY)) throw new RangeError(`${name} must be above 0, is ${value}`);
  return value;
}

export function requireText(value: unknown, name: string): string {
  if (typeof value !== "string") throw new TypeError(`${name} must be a string`);
  if (value === "") throw new RangeError(`${name} must not be empty`);
  return value;
}

export function requireSpecifier(value: unknown, name: string): number | string {
  if (typeof value !== "number" && typeof value !== "string")
    throw new TypeError(`${name} must be a number or a string`);
  return value;
}

export function optionalBoolean(value: unknown, name: string): boolean {
  if (value === undefined) return false;
  if (typeof value !== "boolean") throw new TypeError(`${name} must be a boolean`);
  return value;
}

export function optionalCallback(value: unknown, name: string): void {
  if (value !== undefined && typeof value !== "function") throw new TypeError(`${name} must be a function`);
}

export type StreamFormat = "buffer" | "number";

export function requireStreamFormat(value: unknown): StreamFormat {
  if (value === "buffer" || value === "number") return value;
  throw new RangeError(`format must be "buffer" or "number", is ${JSON.stringify(value)}`);
}

/** For classes with a single data format. */
export function requireFormat(value: unknown, only: string): void {
  if (value !== only) throw new RangeError(`format must be "${only}", is ${JSON.stringify(value)}`);
}

/** The bytes of a buffer or of the part that a view restricts it to. No copy. */
export function bytesOf(data: ByteBuffer | unknown): Uint8Array {
  if (data instanceof Uint8Array) return data;
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  if (typeof SharedArrayBuffer !== "undefined" && data instanceof SharedArrayBuffer) return new Uint8Array(data);
  throw new TypeError("a buffer or a view of one is needed");
}

/** What `write` was given, as bytes of its own: in `"number"` format one byte. */
export function copyForWrite(data: unknown, format: StreamFormat): Uint8Array<ArrayBuffer> {
  if (format === "number") return Uint8Array.of(requireInteger(data, "byte", 0, 255));
  return new Uint8Array(bytesOf(data));
}

export function closedError(what: string): IOError {
  return new IOError("closed", `this ${what} is closed`);
}
