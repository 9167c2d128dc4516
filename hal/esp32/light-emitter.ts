/** `LightEmitter` (hal/light.ts) on the RMT peripheral, by the native module beside this file. */
import NativeVlcEmitter from "vlc-emitter";
import type { ByteBuffer } from "../io";
import { IOError } from "../io-error";
import { bytesOf, closedError } from "../io-options";
import { validateFrame, validateLightEmitter, validateShine } from "../io-validate";
import type { LightEmitter, LightEmitterOptions, LightFrame } from "../light";

/** What `send` of the native module says. */
const BUSY = 1;
const PER_MILLE = 1000;

export class RmtLightEmitter implements LightEmitter {
  #native: NativeVlcEmitter | undefined;
  readonly #maxOctets: number;

  constructor(options: LightEmitterOptions) {
    validateLightEmitter(options);
    const { pin, clockHz, lineCode, zeroBegins = 0, invert = false, maxOctets } = options;
    this.#maxOctets = maxOctets;
    try {
      this.#native = new NativeVlcEmitter(pin, clockHz, lineCode === "vppm", zeroBegins, invert, maxOctets);
    } catch (error) {
      throw lightFault(pin, error);
    }
  }

  // hot path
  send(frame: LightFrame): void {
    const native = this.#native;
    if (native === undefined) throw closedError("LightEmitter");
    validateFrame(frame, this.#maxOctets);
    if (native.send(frame.octets, frame.preambleChips, frame.bitsAt, frame.bitCount) === BUSY)
      throw new IOError("buffer-full", "a frame is on its way; send the next one behind it");
  }

  shine(duty: number, idle: ByteBuffer, idleChips: number): void {
    if (this.#native === undefined) throw closedError("LightEmitter");
    validateShine(duty, idle, idleChips);
    this.#native.shine(Math.round(duty * PER_MILLE), bytesOf(idle), idleChips);
  }

  close(): void {
    this.#native?.close();
    this.#native = undefined;
  }
}

/** The native module throws texts; which of them means what is read in vlc-emitter.c. */
function lightFault(pin: number | string, error: unknown): IOError {
  const text = error instanceof Error ? error.message : String(error);
  if (text.includes("in use")) return new IOError("in-use", `pin ${pin} is in use`);
  if (text.includes("no RMT channel") || text.includes("no memory"))
    return new IOError("no-resource", `light on pin ${pin}: ${text}`);
  return new IOError("device", `light on pin ${pin}: ${text}`);
}
