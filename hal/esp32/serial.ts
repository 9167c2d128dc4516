/**
 * ECMA-419 `Serial` over the SDK's UART.
 *
 * Limits of the SDK (8.2.3): 8 data bits, no parity, 1 stop bit, nothing else, so another mode is refused. Its buffers are
 * the hardware's two FIFOs of 128 bytes: a write is at most what `onWritable` announced, and a receiver that does not read
 * for 128 bytes' time loses bytes. There is no `onError`.
 */
import NativeSerial from "embedded:io/serial";
import type { ByteBuffer, Serial, SerialConstructor, SerialOptions } from "../io";
import { IOError } from "../io-error";
import { bytesOf, closedError, requireInteger, requireStreamFormat } from "../io-options";
import { validateSerial } from "../io-validate";
import type { FaultHandler } from "./fault";

const Native = NativeSerial as unknown as SerialConstructor;

const LARGEST_BAUD = 20_000_000;
const FIFO_BYTES = 128;

export class SdkSerial implements Serial {
  target: unknown;
  #port: Serial | undefined;

  constructor(options: SerialOptions) {
    validateSerial(options, LARGEST_BAUD);
    if (options.receive === undefined && options.transmit === undefined)
      throw new TypeError("Serial needs receive or transmit");
    requireMode(options);
    this.target = options.target;
    try {
      this.#port = new Native(this.#nativeOptions(options));
    } catch (error) {
      throw new IOError("in-use", `serial port ${options.port ?? 0}: ${error}`);
    }
  }

  get format(): string {
    return this.#open().format;
  }

  set format(value: string) {
    this.#open().format = requireStreamFormat(value);
  }

  read(byteLength?: number): ArrayBuffer | number | undefined;
  read(into: ByteBuffer): number | undefined;
  read(want?: number | ByteBuffer): ArrayBuffer | number | undefined {
    const port = this.#open();
    if (want === undefined || port.format === "number") return port.read();
    if (typeof want === "object") return port.read(want);
    // Asked for more than there is, the SDK returns that many bytes with an undefined tail; a buffer it fills rightly.
    const buffer = new ArrayBuffer(Math.min(requireInteger(want, "byteLength", 1, 0x7fff_ffff), FIFO_BYTES));
    const count = port.read(buffer);
    return count === undefined ? undefined : buffer.slice(0, count);
  }

  write(data: ByteBuffer | number): void {
    const port = this.#open();
    if (port.format === "number") requireInteger(data, "byte", 0, 255);
    const size = port.format === "number" ? 1 : bytesOf(data).length;
    try {
      port.write(data);
    } catch {
      throw new IOError("buffer-full", `${size} bytes do not fit the transmit FIFO; wait for onWritable`);
    }
  }

  flush(input?: boolean, output?: boolean): void {
    const port = this.#open();
    const both = input === undefined && output === undefined;
    if (!both && (typeof input !== "boolean" || typeof output !== "boolean"))
      throw new TypeError("flush takes both of its arguments, or none");
    if (both || output === true)
      throw new IOError("unsupported", "what is in the transmit FIFO of this platform cannot be taken back");
    if (input === true) while (port.read() !== undefined);
  }

  close(): void {
    this.#port?.close();
    this.#port = undefined;
  }

  /** What a callback threw. A provider overrides this. */
  protected fault(error: unknown): void {
    throw error;
  }

  #open(): Serial {
    if (this.#port === undefined) throw closedError("Serial");
    return this.#port;
  }

  /** The SDK looks at which callbacks there are, so a missing one must be missing there too. */
  #nativeOptions(options: SerialOptions): SerialOptions {
    const { receive, transmit, baud, port = 0, format = "buffer", onReadable, onWritable } = options;
    return {
      baud,
      port,
      format,
      ...(receive === undefined ? {} : { receive }),
      ...(transmit === undefined ? {} : { transmit }),
      ...(onReadable === undefined ? {} : { onReadable: (bytes: number) => this.#call(onReadable, bytes) }),
      ...(onWritable === undefined ? {} : { onWritable: (bytes: number) => this.#call(onWritable, bytes) }),
    };
  }

  #call(callback: (this: Serial, bytes: number) => void, bytes: number): void {
    if (this.#port === undefined) return;
    try {
      callback.call(this, bytes);
    } catch (error) {
      this.fault(error);
    }
  }
}

/** The class of one provider: what its callbacks throw goes to `fault`. */
export function serialClass(fault: FaultHandler): SerialConstructor {
  return class extends SdkSerial {
    protected override fault(error: unknown): void {
      fault(error);
    }
  };
}

function requireMode(options: SerialOptions): void {
  const { data = 8, parity = "none", stop = 1 } = options;
  if (data === 8 && parity === "none" && stop === 1) return;
  throw new IOError(
    "unsupported",
    `the Moddable SDK's serial port is 8N1 only, but the site asks for ${data} data bits, ${parity} parity, ${stop} stop`,
  );
}
