/**
 * The gateway's pins in a world: which bus hangs on which pins, and the ECMA-419 classes that lead there.
 *
 * A bus comes into being when a device is hung on it or an IO class is constructed on its pins; pins where nothing hangs
 * work, and nobody answers, as on a real board. A pin serves one bus at a time.
 */
import type {
  AnalogOptions,
  DigitalOptions,
  I2COptions,
  IOProvider,
  PinSpecifier,
  PortSpecifier,
  PulseCountOptions,
  PWMOptions,
  SerialOptions,
  SPIOptions,
} from "../../hal/io";
import { IOError } from "../../hal/io-error";
import type { LightEmitterOptions } from "../../hal/light";
import { AnalogPin, analogClass } from "./analog";
import { DigitalPin, digitalClass } from "./digital";
import { I2CBus, i2cClass } from "./i2c-bus";
import type { Kernel } from "./kernel";
import { LightPin, lightEmitterClass } from "./light";
import type { NetworkHost } from "./network";
import { PulsePin, pulseCountClass } from "./pulse-count";
import { PWMPin, pwmClass } from "./pwm";
import type { RandomBranch } from "./random";
import { serialClass } from "./serial";
import { SerialLine } from "./serial-line";
import { SPIBus, spiClass } from "./spi-bus";
import type { Wiring } from "./wiring";

export class WorldBoard {
  readonly io: IOProvider;
  readonly #kernel: Kernel;
  readonly #random: RandomBranch;
  readonly #i2c = new Map<string, I2CBus>();
  readonly #serial = new Map<string, SerialLine>();
  readonly #spi = new Map<string, SPIBus>();
  readonly #digital = new Map<string, DigitalPin>();
  readonly #analog = new Map<string, AnalogPin>();
  readonly #pulses = new Map<string, PulsePin>();
  readonly #pwm = new Map<string, PWMPin>();
  readonly #lights = new Map<string, LightPin>();
  readonly #pins = new Pins();

  /** @param host the gateway's place in a network; without one the board has no sockets */
  constructor(kernel: Kernel, random: RandomBranch, host?: NetworkHost) {
    this.#kernel = kernel;
    this.#random = random;
    const pins = this.#pins;
    const i2c = wiring(
      pins,
      (o: I2COptions) => this.i2c(o.data, o.clock),
      (o) => [o.data, o.clock],
    );
    const spi = wiring(pins, (o: SPIOptions) => this.spi(o.clock, o.out), spiPins);
    const serial = wiring(pins, (o: SerialOptions) => this.#lineOf(o), serialPins);
    const digital = wiring(
      pins,
      (o: DigitalOptions) => this.digital(o.pin),
      (o) => [o.pin],
    );
    const analog = wiring(
      pins,
      (o: AnalogOptions) => this.analog(o.pin),
      (o) => [o.pin],
    );
    const pwm = wiring(
      pins,
      (o: PWMOptions) => this.pwm(o.pin),
      (o) => [o.pin],
    );
    const pulses = wiring(
      pins,
      (o: PulseCountOptions) => this.pulses(o.signal, o.control),
      (o) => [o.signal, o.control],
    );
    const lights = wiring(
      pins,
      (o: LightEmitterOptions) => this.light(o.pin),
      (o) => [o.pin],
    );
    this.io = {
      Digital: digitalClass(kernel, digital),
      Analog: analogClass(analog),
      PWM: pwmClass(pwm),
      PulseCount: pulseCountClass(kernel, pulses),
      LightEmitter: lightEmitterClass(kernel, lights),
      I2C: i2cClass(i2c),
      SPI: spiClass(spi),
      Serial: serialClass(kernel, serial),
      ...(host === undefined ? {} : { TCP: host.TCP, Listener: host.Listener, UDP: host.UDP }),
    };
  }

  i2c(data: PinSpecifier, clock: PinSpecifier): I2CBus {
    const key = `${data}/${clock}`;
    return findOrMake(this.#i2c, key, () => new I2CBus(this.#random.branch(`i2c/${key}`)));
  }

  digital(pin: PinSpecifier): DigitalPin {
    return findOrMake(this.#digital, `${pin}`, () => new DigitalPin());
  }

  analog(pin: PinSpecifier): AnalogPin {
    return findOrMake(this.#analog, `${pin}`, () => new AnalogPin());
  }

  light(pin: PinSpecifier): LightPin {
    return findOrMake(this.#lights, `${pin}`, () => new LightPin());
  }

  pwm(pin: PinSpecifier): PWMPin {
    return findOrMake(this.#pwm, `${pin}`, () => new PWMPin());
  }

  /** A counter by its two wires. */
  pulses(signal: PinSpecifier, control: PinSpecifier): PulsePin {
    return findOrMake(this.#pulses, `${signal}/${control}`, () => new PulsePin());
  }

  /** A UART by its number or name. */
  serial(port: PortSpecifier): SerialLine {
    return this.#line(`port ${port}`);
  }

  /** A UART that is named by its pins alone. */
  serialPins(receive: PinSpecifier, transmit: PinSpecifier): SerialLine {
    return this.#line(`pins ${receive}/${transmit}`);
  }

  /** A bus is known by its clock; `out` is there for the reader of a site. */
  spi(clock: PinSpecifier, _out?: PinSpecifier): SPIBus {
    return findOrMake(this.#spi, `${clock}`, () => new SPIBus(this.#kernel));
  }

  #lineOf(options: SerialOptions): SerialLine {
    return options.port === undefined
      ? this.serialPins(options.receive!, options.transmit!)
      : this.serial(options.port);
  }

  #line(key: string): SerialLine {
    return findOrMake(this.#serial, key, () => new SerialLine(this.#kernel, this.#random.branch(`serial/${key}`)));
  }
}

/** Who uses a pin, and how often: instances of one bus share its pins. */
class Pins {
  readonly #users = new Map<PinSpecifier, { readonly bus: object; count: number }>();

  take(pins: readonly PinSpecifier[], bus: object): void {
    for (const pin of pins) {
      const user = this.#users.get(pin);
      if (user !== undefined && user.bus !== bus) throw new IOError("in-use", `pin ${pin} is in use by another bus`);
    }
    for (const pin of pins) {
      const user = this.#users.get(pin);
      if (user === undefined) this.#users.set(pin, { bus, count: 1 });
      else user.count++;
    }
  }

  release(pins: readonly PinSpecifier[]): void {
    for (const pin of pins) {
      const user = this.#users.get(pin)!;
      if (--user.count === 0) this.#users.delete(pin);
    }
  }
}

function wiring<Options, Bus extends object>(
  pins: Pins,
  find: (options: Options) => Bus,
  pinsOf: (options: Options) => readonly (PinSpecifier | undefined)[],
): Wiring<Options, Bus> {
  return {
    take: (options) => {
      const bus = find(options);
      const taken = distinct(pinsOf(options));
      pins.take(taken, bus);
      return { bus, release: () => pins.release(taken) };
    },
  };
}

function spiPins(options: SPIOptions): readonly (PinSpecifier | undefined)[] {
  return [options.clock, options.out, options.in];
}

function serialPins(options: SerialOptions): readonly (PinSpecifier | undefined)[] {
  return [options.receive, options.transmit];
}

/** SPI with three wires names one pin twice. */
function distinct(pins: readonly (PinSpecifier | undefined)[]): PinSpecifier[] {
  return [...new Set(pins.filter((pin) => pin !== undefined))];
}

function findOrMake<T>(map: Map<string, T>, key: string, make: () => T): T {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
