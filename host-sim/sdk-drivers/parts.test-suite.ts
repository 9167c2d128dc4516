/**
 * Emulators of parts that have no driver folder here, for drivers of the Moddable SDK. Test-only: as much of each part as a
 * reading needs, after its data sheet (from knowledge of it; confidence high unless a line says otherwise).
 */
import { Calibration } from "../../drivers/bme280/calibration";
import { BME280Emulator, WORDS } from "../../drivers/bme280/emulator";
import { type EmulatorContext, type I2CTarget, Quantity } from "../../drivers/emulation";
import type { DevicePlan } from "../../drivers/plan";
import type { NativeFunctions } from "./loader";

export type Part = (plan: DevicePlan, context: EmulatorContext) => { readonly i2c: I2CTarget };

const celsiusOf = (context: EmulatorContext) => context.quantity(Quantity.temperature);

/** A pointer, and registers of one or two bytes, most significant first: the LM75 and what came after it. */
abstract class PointerPart implements I2CTarget {
  readonly i2c: I2CTarget = this;
  protected readonly registers = new Uint16Array(4);
  readonly #widths: readonly number[];
  #pointer = 0;

  constructor(widths: readonly number[]) {
    this.#widths = widths;
  }

  write(bytes: Uint8Array): boolean {
    if (bytes.length === 0) return true;
    this.#pointer = bytes[0] & 3;
    if (bytes.length > this.#widths[this.#pointer])
      this.registers[this.#pointer] = this.#widths[this.#pointer] === 1 ? bytes[1] : (bytes[1] << 8) | bytes[2];
    return true;
  }

  read(into: Uint8Array): boolean {
    const value = this.#pointer === 0 ? this.temperatureWord() : this.registers[this.#pointer];
    const wide = this.#widths[this.#pointer] === 2;
    for (let i = 0; i < into.length; i++) into[i] = wide && i % 2 === 0 ? value >> 8 : value & 0xff;
    return true;
  }

  protected abstract temperatureWord(): number;
}

/** NXP LM75B: 11 bits of 0.125 Cel from bit 15 on (section 7.4.3); -55 to 125 Cel. */
export const lm75: Part = (_plan, context) =>
  new (class extends PointerPart {
    protected temperatureWord(): number {
      return (Math.round(celsiusOf(context) / 0.125) << 5) & 0xffff;
    }
  })([2, 1, 2, 2]);

/** TI TMP102: 12 bits of 0.0625 Cel from bit 15 on; with EM (bit 4 of the configuration) 13 bits (sections 7.3.2 and 7.5.3). */
export const tmp102: Part = (_plan, context) =>
  new (class extends PointerPart {
    protected temperatureWord(): number {
      const extended = (this.registers[1] & 0x10) !== 0;
      return (Math.round(celsiusOf(context) / 0.0625) << (extended ? 3 : 4)) & 0xffff;
    }
  })([2, 2, 2, 2]);

/**
 * Melexis MLX90614: SMBus words, least significant byte first, of 0.02 K, with a packet error code over addresses and command
 * (sections 8.4.2 and 8.6). Both temperatures are the room's: it looks at a wall.
 */
export const mlx90614: Part = (plan, context) => {
  const address = plan.connection.options["address"] as number;
  let command = 0;
  const i2c: I2CTarget = {
    write: (bytes) => {
      if (bytes.length > 0) command = bytes[0];
      return true;
    },
    read: (into) => {
      // RAM 0x06 is the ambient, 0x07 the first object temperature.
      const word = command === 0x06 || command === 0x07 ? Math.round((celsiusOf(context) + 273.15) / 0.02) : 0x8000;
      const answer = [word & 0xff, word >> 8];
      const code = pec([address << 1, command, (address << 1) | 1, ...answer]);
      for (let i = 0; i < into.length; i++) into[i] = [...answer, code][i] ?? 0xff;
      return true;
    },
  };
  return { i2c };
};

/** SMBus packet error code: x⁸ + x² + x + 1, start value 0. Bit by bit on purpose: not the code that it checks. */
function pec(bytes: readonly number[]): number {
  let code = 0;
  for (const byte of bytes)
    for (let bit = 7; bit >= 0; bit--) {
      const out = (code >> 7) ^ ((byte >> bit) & 1);
      code = ((code << 1) & 0xff) ^ (out ? 0x07 : 0);
    }
  return code;
}

/** Silicon Labs Si7020 and TE HTU21D: a command, then a word of 14 bits with a CRC-8 of 0x31 from 0 (sections 5.1 of both). */
export const si7020: Part = (_plan, context) => {
  let command = 0;
  const i2c: I2CTarget = {
    write: (bytes) => {
      if (bytes.length > 0) command = bytes[0];
      return true;
    },
    read: (into) => {
      const share = {
        227: (celsiusOf(context) + 46.85) / 175.72,
        229: (context.quantity(Quantity.humidity) + 6) / 125,
      }[command];
      if (share === undefined) return false;
      const word = Math.round(share * 65_536) & 0xfffc;
      const answer = [word >> 8, word & 0xff];
      let crc = 0;
      for (const byte of answer) {
        crc ^= byte;
        for (let bit = 0; bit < 8; bit++) crc = crc & 0x80 ? ((crc << 1) ^ 0x31) & 0xff : crc << 1;
      }
      for (let i = 0; i < into.length; i++) into[i] = [...answer, crc][i] ?? 0xff;
      return true;
    },
  };
  return { i2c };
};

/** Aosong AHT10: two numbers of 20 bits behind a status byte, 75 ms after the command 0xAC (section 5). */
export const aht10: Part = (_plan, context) => {
  let readyUs = Number.POSITIVE_INFINITY;
  const i2c: I2CTarget = {
    write: (bytes) => {
      if (bytes[0] === 0xac) readyUs = context.clock.nowUs() + 75_000;
      return true;
    },
    read: (into) => {
      const busy = context.clock.nowUs() < readyUs;
      const humidity = busy ? 0 : Math.round((context.quantity(Quantity.humidity) / 100) * 2 ** 20);
      const celsius = busy ? 0 : Math.round(((celsiusOf(context) + 50) / 200) * 2 ** 20);
      const middle = ((humidity & 0x0f) << 4) | (celsius >> 16);
      const answer = [
        busy ? 0x98 : 0x18,
        humidity >> 12,
        (humidity >> 4) & 0xff,
        middle,
        (celsius >> 8) & 0xff,
        celsius & 0xff,
      ];
      for (let i = 0; i < into.length; i++) into[i] = answer[i] ?? 0xff;
      return true;
    },
  };
  return { i2c };
};

/**
 * Bosch BMP280: a BME280 without humidity and with another identity (BST-BMP280-DS001 sections 4.3.1 and 3.6). In normal mode it
 * measures by itself: here whenever its data are read.
 */
class BMP280Emulator extends BME280Emulator {
  #control = 0;

  protected override readRegister(register: number): number {
    if (register === 0xd0) return 0x58;
    if (register === 0xf4) return this.#control;
    if (register === 0xf7 && (this.#control & 3) === 3) super.writeRegister(0xf4, (this.#control & 0xfc) | 1);
    return super.readRegister(register);
  }

  protected override writeRegister(register: number, value: number): void {
    if (register === 0xf4) this.#control = value;
    else super.writeRegister(register, value);
  }
}
export const bmp280: Part = (plan, context) => ({ i2c: new BMP280Emulator(plan, context).i2c! });

type Words = { readonly [name: string]: number };

/**
 * The arithmetic of the BMP280, which the SDK has in C, by our own: the floating point of the data sheet (section 8.1).
 * The driver hands over raw values of 24 bits, of which the lowest four are unused.
 */
export function bmp280Natives(): NativeFunctions {
  const calibration = new Calibration();
  return {
    xs_bmp280_host_object_constructor: () => undefined,
    xs_bmp280_close: () => undefined,
    xs_bmp280_setCalibration: (words: Words) => {
      const p = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => words[`P${n}`]);
      calibration.set({ T: [words["T1"], words["T2"], words["T3"]], P: p as never, H: WORDS.H });
    },
    xs_bmp280_calculate: (rawTemperature: number, rawPressure: number) => ({
      temperature: calibration.temperatureCel(rawTemperature >> 4),
      pressure: calibration.pressurePa(rawPressure >> 4),
    }),
  };
}

/**
 * A part whose measurement commands without clock stretching stand in for those with it. Our emulators of the SHT3x and SHTC3
 * know only the former; a driver that waits for the measurement anyway cannot tell the difference.
 */
export function withoutStretching(part: Part, commands: { readonly [stretching: number]: number }): Part {
  return (plan, context) => {
    const { i2c } = part(plan, context);
    return {
      i2c: {
        write: (bytes) => {
          const plain = bytes.length === 2 ? commands[(bytes[0] << 8) | bytes[1]] : undefined;
          return i2c.write(plain === undefined ? bytes : Uint8Array.of(plain >> 8, plain & 0xff));
        },
        read: (into) => i2c.read(into),
      },
    };
  };
}
