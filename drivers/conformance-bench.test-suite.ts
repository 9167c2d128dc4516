/** A sensor on an I2C bus of the world, with a wrapper between bus and emulator through which faults are injected. */
import type { SensorConformance } from "./conformance";
import type { DeviceInstance, DriverModule } from "./contract";
import { DeviceBench, type Reading } from "./device-bench.test-suite";
import type { EmulatorModule, I2CTarget } from "./emulation";
import type { PlanMap } from "./plan";
import type { DriverSchema, SchemaContext } from "./schema";

export const PINS = { data: 21, clock: 22 } as const;
const BUS = { ...PINS, hz: 100_000 } as const;
/** Period of a tick of the test. */
const PERIOD_US = 1_000_000;

export type Folder = {
  readonly driver: DriverModule;
  readonly emulator: EmulatorModule;
  readonly schema: DriverSchema;
  readonly facts: SensorConformance;
};

/** What lies between the bus and the emulator. */
export class FaultyTarget implements I2CTarget {
  target: I2CTarget;
  /** Takes commands and never answers a read. */
  silent = false;
  /** Bit to flip in the next answer, modulo its length. */
  flipBit = -1;
  /** Answers instead of the part once this command was written. */
  foreign: { readonly command: readonly number[]; readonly foreign: readonly number[] } | undefined;
  #asked = false;

  constructor(target: I2CTarget) {
    this.target = target;
  }

  write(bytes: Uint8Array): boolean {
    const { foreign } = this;
    this.#asked = foreign?.command.every((byte, i) => bytes[i] === byte) === true;
    return this.target.write(bytes);
  }

  read(into: Uint8Array): boolean {
    if (this.silent) return false;
    if (!this.target.read(into)) return false;
    if (this.#asked) into.set(this.foreign!.foreign.slice(0, into.length));
    if (this.flipBit >= 0) {
      const bit = this.flipBit % (8 * into.length);
      into[bit >> 3] ^= 1 << (bit & 7);
      this.flipBit = -1;
    }
    return true;
  }
}

export class ConformanceBench {
  readonly device: DeviceBench;
  readonly tap: FaultyTarget;
  readonly address: number;
  readonly facts: SensorConformance;
  readonly #emulator: EmulatorModule;
  #boots = 0;

  constructor(folder: Folder, page: { readonly [key: string]: unknown }, settings?: PlanMap) {
    const { schema, facts, driver, emulator } = folder;
    this.facts = facts;
    this.#emulator = emulator;
    const context: SchemaContext = {
      bus: { kind: "i2c", options: BUS },
      dataFile: () => undefined,
      dataNames: () => [],
    };
    let tap: FaultyTarget | undefined;
    const wrapped: EmulatorModule = {
      create: (plan, world) => {
        const part = emulator.create(plan, world);
        if (part.i2c === undefined) throw new Error(`the emulator of ${schema.driver} does not hang on I2C`);
        tap = new FaultyTarget(part.i2c);
        return { i2c: tap };
      },
    };
    const options = { ...BUS, ...schema.connection?.(page) } as PlanMap;
    this.address = options["address"] as number;
    const channels = schema.channels(page, context).map(({ name, unit }) => ({ name, unit, filters: [], alarms: [] }));
    this.device = new DeviceBench(
      {
        connection: { io: "I2C", bus: "i2c0", options },
        channels,
        settings: settings ?? schema.settings(page, context),
      },
      driver,
      wrapped,
    );
    this.tap = tap!;
    for (const name of Object.keys(facts.channels)) this.share(name, 0.4);
  }

  get bus() {
    return this.device.board.i2c(PINS.data, PINS.clock);
  }

  /** Sets what feeds a channel to a share of its range. @returns the reading to be expected */
  share(channel: string, share: number): number {
    const { quantity, min, max, expected } = this.facts.channels[channel];
    const value = min + (max - min) * share;
    this.device.air[quantity] = value;
    return expected === undefined ? value : expected(value);
  }

  /** The reading to be expected now. */
  expected(channel: string): number {
    const { quantity, expected } = this.facts.channels[channel];
    const value = this.device.air[quantity];
    return expected === undefined ? value : expected(value);
  }

  /** Half a step, and what single precision leaves of a reading. */
  tolerance(channel: string): number {
    const { resolution, min, max } = this.facts.channels[channel];
    return resolution / 2 + 1e-6 * Math.max(1, Math.abs(min), Math.abs(max));
  }

  /** Opens the device and lets it settle. */
  open(): DeviceInstance {
    const instance = this.device.open();
    this.device.wait(this.facts.readyUs);
    this.settle(instance);
    return instance;
  }

  settle(instance: DeviceInstance): void {
    for (let i = 0; i < (this.facts.settleTicks ?? 0); i++) this.tick(instance);
  }

  /** One tick and the rest of its second. */
  tick(instance: DeviceInstance): Reading[] {
    const endUs = this.device.kernel.nowUs() + PERIOD_US;
    const readings = this.device.tick(instance);
    this.device.kernel.runUntil(Math.max(endUs, this.device.kernel.nowUs()));
    return readings;
  }

  /** The part loses its power and has it back: what it knew is gone. */
  powerCycle(): void {
    const { device } = this;
    this.#boots++;
    this.tap.target = this.#emulator.create(device.plan, {
      clock: device.clock,
      random: device.random.branch(`part ${this.#boots}`),
      quantity: (name) => device.air[name],
      recorded: () => true,
    }).i2c!;
  }
}
