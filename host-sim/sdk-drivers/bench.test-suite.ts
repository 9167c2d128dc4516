/** A world with one emulated part on its I2C, for drivers that were written elsewhere. */
import { type Emulator, type EmulatorContext, QUIET_AIR, type Quantity } from "../../drivers/emulation";
import type { DevicePlan } from "../../drivers/plan";
import type { I2CConstructor, I2COptions } from "../../hal/io";
import { WorldBoard } from "../world/board";
import { WorldClock } from "../world/clock";
import { Kernel } from "../world/kernel";
import { RandomBranch } from "../world/random";
import { deviceModules } from "./modules";
import { smbusClass } from "./smbus";

export const PINS = { data: 21, clock: 22 } as const;

/** As much of an ECMA-419 sensor as the tests use. */
export interface ForeignSensor {
  configure?(options: object): void;
  // biome-ignore lint/suspicious/noExplicitAny: what a driver of somebody else's returns is what we look at
  sample(): any;
  close(): void;
}
export type ForeignSensorClass = new (options: object) => ForeignSensor;

export type BenchOptions = {
  readonly address: number;
  readonly part: (plan: DevicePlan, context: EmulatorContext) => Pick<Emulator, "i2c">;
  /** Virtual time that each I2C call takes: the work of a device around a transfer. Default 0. */
  readonly callUs?: number;
};

export function foreignBench({ address, part, callUs = 0 }: BenchOptions) {
  const kernel = new Kernel();
  const clock = new WorldClock(kernel);
  const random = new RandomBranch(7);
  const board = new WorldBoard(kernel, random.branch("board"));
  const air: Record<Quantity, number> = { ...QUIET_AIR, temperature: 21.5, humidity: 45 };
  const plan: DevicePlan = {
    id: "part",
    driver: "foreign",
    connection: { io: "I2C", bus: "bus", options: { ...PINS, hz: 400_000, address } },
    everyMs: 1000,
    channels: [],
    settings: {},
    trace: {},
  };
  const bus = board.i2c(PINS.data, PINS.clock);
  const context = {
    clock,
    random: random.branch("part"),
    quantity: (name: Quantity) => air[name],
    recorded: () => true,
  };
  bus.attach(address, part(plan, context).i2c!);
  const I2C = callUs === 0 ? board.io.I2C! : slow(board.io.I2C!, kernel, callUs);
  return {
    kernel,
    board,
    bus,
    air,
    I2C,
    SMBus: smbusClass(I2C),
    modules: deviceModules(kernel),
    wait: (us: number) => kernel.runUntil(kernel.nowUs() + us),
  };
}

function slow(Base: I2CConstructor, kernel: Kernel, us: number): I2CConstructor {
  const pass = () => kernel.runUntil(kernel.nowUs() + us);
  return class extends Base {
    constructor(options: I2COptions) {
      super(options);
      const { read, write } = this;
      Object.assign(this, {
        read: (...list: Parameters<typeof read>) => {
          pass();
          return read.apply(this, list);
        },
        write: (...list: Parameters<typeof write>) => {
          pass();
          return write.apply(this, list);
        },
      });
    }
  };
}
