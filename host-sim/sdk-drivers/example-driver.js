/**
 * A small ECMA-419 driver as anybody might write it, for the test: an SHT3x that measures by itself and calls back.
 * It imports what drivers of the Moddable SDK import and knows nothing of this house.
 */
import CRC8 from "crc";
import Time from "time";
import Timer from "timer";

const MEASURE = Uint8Array.of(0x24, 0x00);
const RESET = Uint8Array.of(0x30, 0xa2);

class Climate {
  #io;
  #onReadable;
  #onError;
  #timer;
  #crc = new CRC8(0x31, 0xff);
  #sample;
  #busy = false;

  constructor({ sensor, onReadable, onError, interval = 1000 }) {
    this.#io = new sensor.io({ hz: 400_000, address: 0x44, ...sensor });
    this.#onReadable = onReadable;
    this.#onError = onError;
    this.#io.write(RESET);
    Timer.delay(2);
    this.#timer = Timer.repeat(() => this.#measure(), interval);
  }

  #measure() {
    if (this.#busy) return;
    this.#busy = true;
    const ticks = Time.ticks;
    try {
      this.#io.write(MEASURE);
    } catch (error) {
      this.#busy = false;
      this.#onError?.call(this, error);
      return;
    }
    Timer.set(() => {
      this.#busy = false;
      const bytes = new Uint8Array(this.#io.read(6));
      const good = [0, 3].every((at) => this.#crc.reset().checksum(bytes.subarray(at, at + 2)) === bytes[at + 2]);
      if (!good) return this.#onError?.call(this, new Error("checksum"));
      this.#sample = {
        ticks,
        took: Time.delta(ticks),
        thermometer: { temperature: ((bytes[0] << 8) | bytes[1]) * (175 / 65535) - 45 },
        hygrometer: { humidity: ((bytes[3] << 8) | bytes[4]) * (100 / 65535) },
      };
      this.#onReadable?.call(this);
    }, 16);
  }

  sample() {
    return this.#sample;
  }

  close() {
    Timer.clear(this.#timer);
    this.#timer = undefined;
    this.#io?.close();
    this.#io = undefined;
  }
}

export default Climate;
