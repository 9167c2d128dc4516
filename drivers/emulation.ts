/**
 * What a driver folder gives the simulator: `drivers/<name>/emulator.ts` exports `emulator`, an `EmulatorModule`.
 *
 * An emulator speaks registers and bytes, never values, so that the unmodified driver is what runs. It is portable, takes
 * its time from the world's clock and its chance from a random branch of its own.
 */
import type { Clock } from "../hal/clock";
import type { ListenerConstructor, TCPConstructor } from "../hal/io";
import type { LightEmitterOptions, LightFrame } from "../hal/light";
import type { Random } from "../hal/random";
import type { DevicePlan } from "./plan";

/** Physical quantities of the place where a device hangs. The unit belongs to the name. */
export const Quantity = {
  /** Air temperature, degree Celsius. */
  temperature: "temperature",
  /** Relative humidity, percent. */
  humidity: "humidity",
  /** Smoke: optical obscuration in dB/m, as EN 54-7 states detector response. */
  smoke: "smoke",
  /** Absolute air pressure, Pa. */
  pressure: "pressure",
  /** Carbon dioxide, parts per million by volume. */
  co2: "co2",
  /** Volatile organic compounds together, parts per billion by volume. */
  tvoc: "tvoc",
  /** Mass of the particles up to 1, 2.5, 4 and 10 micrometres, microgram per cubic metre. */
  pm1: "pm1",
  pm25: "pm25",
  pm4: "pm4",
  pm10: "pm10",
} as const;
export type Quantity = (typeof Quantity)[keyof typeof Quantity];

/** A quiet room: what a quantity is where nothing else says so. Round figures of the usual order. */
export const QUIET_AIR: { readonly [quantity in Quantity]: number } = {
  temperature: 20,
  humidity: 50,
  smoke: 0,
  pressure: 101_325,
  co2: 420,
  tvoc: 50,
  pm1: 4,
  pm25: 6,
  pm4: 7,
  pm10: 8,
};

export interface EmulatorContext {
  readonly clock: Clock;
  readonly random: Random;
  /**
   * The quantity at this device, now. Drawn from the room, a scenario or a recording.
   * @param channel for a device whose channels hang in different rooms, such as the detectors of a fire panel
   */
  quantity(name: Quantity, channel?: string): number;
  /** False where the air at that channel can never change: no room holds it, no recording drives it. */
  indoors?(channel: string): boolean;
  /** True where the quantity comes from a recording, which holds its own noise: add none. */
  recorded(name: Quantity): boolean;
}

/** A device on an I2C bus, addressed by its plan. */
export interface I2CTarget {
  /** A write transaction. `false`: not acknowledged. */
  write(bytes: Uint8Array): boolean;
  /** A read transaction fills `into`. `false`: the address was not acknowledged. */
  read(into: Uint8Array): boolean;
}

/** A device that hangs on an RS-485 line. Hears every byte on it, its own excepted. */
export interface SerialTarget {
  /** Bytes arrived; the last stop bit ended now. */
  receive(bytes: Uint8Array): void;
  /**
   * How many bytes it will hear before it does anything, whatever they are: only with the last of them may it speak, ask for
   * the time or look at the world. They may then come together, when that one ends. Left out: 1, each byte counts.
   */
  quietFor?(): number;
}

/** How a serial device answers. The line takes the bytes at its baud rate, after `delayUs` of silence. */
export interface SerialPort {
  transmit(bytes: Uint8Array, delayUs: number): void;
}

/** The network as a device at its address sees it: where it listens, and what it takes connections over with. */
export interface NetworkPort {
  readonly Listener: ListenerConstructor;
  readonly TCP: TCPConstructor;
  /** Where the site says that the device listens. */
  readonly port: number;
  /** Makes one object that all devices at this address and port share: a gateway with several units behind it. */
  shared<T>(make: () => T): T;
}

/** A device on an SPI bus: gets the bits as the controller shifted them out. */
export interface SPITarget {
  /** Most significant bit of each byte first, at `hz` bits a second, beginning now. */
  shift(bytes: Uint8Array, hz: number): void;
  /**
   * A device that also answers: it hears `bytes` and puts what it shifts out meanwhile in their place. The select pin is
   * active for the whole of it and for nothing else.
   */
  exchange?(bytes: Uint8Array, hz: number): void;
}

/** The wire to a digital pin, as a device sees it. */
export interface DigitalWire {
  /** Holds the wire high (1) or low (0), or lets it go: then the pin's pull decides. */
  drive(level: 0 | 1 | undefined): void;
}

/** A device on an analog pin. */
export interface AnalogTarget {
  /** Voltage at the pin now, in millivolts. */
  millivolts(): number;
}

/** A lamp on a pin that sends light. */
export interface LightTarget {
  /** A frame leaves, beginning now; VPPM pulses are lit for the share `duty`. */
  frame(frame: LightFrame, light: LightEmitterOptions, duty: number): void;
  /** From now on, or behind the frame on its way: the chips that are repeated between frames. */
  idle(chips: Uint8Array, count: number, clockHz: number): void;
}

/** The wires to a counter, as a device sees them. */
export interface PulseWire {
  /** So many pulses since the last call; negative when they ran backwards. */
  count(pulses: number): void;
}

export interface Emulator {
  /** Called once, when the device is wired. */
  readonly digital?: ((wire: DigitalWire) => void) | undefined;
  readonly analog?: AnalogTarget | undefined;
  /** Called once, when the device is wired. */
  readonly pulses?: ((wire: PulseWire) => void) | undefined;
  readonly light?: LightTarget;
  readonly i2c?: I2CTarget;
  readonly serial?: (port: SerialPort) => SerialTarget;
  /** Called once, when a device on a TCP bus is put at its address. */
  readonly tcp?: (network: NetworkPort) => void;
  readonly spi?: SPITarget;
  /** A scenario step such as `facp.zone 3 fire`: `act("zone", ["3", "fire"])`. Throws on an unknown verb. */
  act?(verb: string, words: readonly string[]): void;
  /** Called every 100 ms of world time, for parts with a behaviour of their own. */
  step?(nowUs: number): void;
}

export interface EmulatorModule {
  create(plan: DevicePlan, context: EmulatorContext): Emulator;
  /** What a reading without a unit means, for a person who watches the simulator. It stands here because ROM is dear. */
  describe?(value: number): string;
}

export type EmulatorRegistry = { readonly [name: string]: EmulatorModule };
