/** ECMA-419 `SPI` over the SDK's, which wants a port and returns no count. */
import NativeSPI from "embedded:io/spi";
import type { ByteBuffer, SPI, SPIConstructor, SPIOptions } from "../io";
import { IOError } from "../io-error";
import { bytesOf, closedError, optionalBoolean, requireFormat, requireInteger } from "../io-options";
import { validateSPI } from "../io-validate";

const Native = NativeSPI as unknown as SPIConstructor;

/** SPI2_HOST of ESP-IDF: the first port that the flash does not use. */
const DEFAULT_PORT = 1;
/** What the SDK takes at most. */
const LARGEST_HZ = 40_000_000;
const LARGEST_TRANSFER = 65_535;

export class SdkSPI implements SPI {
  #bus: SPI | undefined;

  constructor(options: SPIOptions) {
    validateSPI(options);
    requireInteger(options.hz, "hz", 1, LARGEST_HZ);
    const complete: SPIOptions = { active: 0, port: DEFAULT_PORT, ...options };
    try {
      this.#bus = new Native(complete);
    } catch (error) {
      throw new IOError("in-use", `SPI with its clock on pin ${options.clock}: ${error}`);
    }
  }

  get format(): string {
    return "buffer";
  }

  set format(value: string) {
    requireFormat(value, "buffer");
  }

  read(byteLength: number): ArrayBuffer;
  read(into: ByteBuffer): number;
  read(want: number | ByteBuffer): ArrayBuffer | number {
    const bus = this.#open();
    if (typeof want === "number") return bus.read(requireInteger(want, "byteLength", 1, LARGEST_TRANSFER));
    bus.read(want);
    return bytesOf(want).length;
  }

  write(bytes: ByteBuffer): void {
    this.#open().write(bytes);
  }

  transfer(bytes: ByteBuffer): void {
    this.#open().transfer(bytes);
  }

  flush(deselect?: boolean): void {
    optionalBoolean(deselect, "deselect");
    this.#open().flush(deselect);
  }

  close(): void {
    this.#bus?.close();
    this.#bus = undefined;
  }

  #open(): SPI {
    if (this.#bus === undefined) throw closedError("SPI");
    return this.#bus;
  }
}
