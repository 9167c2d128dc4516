/** A board of the world with one emulated part on its bus, and the part's driver as the gateway opens it. For tests. */
import { WorldBoard } from "../host-sim/world/board";
import { WorldClock } from "../host-sim/world/clock";
import { Kernel } from "../host-sim/world/kernel";
import { RandomBranch } from "../host-sim/world/random";
import { type DeviceSink, type DriverModule, Quality } from "./contract";
import { type EmulatorModule, type I2CTarget, QUIET_AIR, type Quantity } from "./emulation";
import type { DevicePlan, PlanMap } from "./plan";

export const PINS = { data: 21, clock: 22 } as const;
export const SPI_PINS = { clock: 18, out: 23, in: 19, select: 5, hz: 1_000_000 } as const;
export const SERIAL_PORT = { port: 1, baud: 115_200 } as const;

export type Reading = readonly [channel: string, value: number, quality: Quality, ticksUs: number];

export type BenchOptions = {
  readonly driver: DriverModule;
  readonly emulator: EmulatorModule;
  readonly io?: "I2C" | "SPI" | "Serial";
  readonly address?: number;
  readonly channels: readonly string[];
  readonly settings?: PlanMap;
  readonly everyMs?: number;
  readonly recorded?: boolean;
};

export function partBench(options: BenchOptions) {
  const { io = "I2C", address = 0, everyMs = 1000 } = options;
  const connections = { I2C: { ...PINS, hz: 400_000, address }, SPI: SPI_PINS, Serial: SERIAL_PORT };
  const plan: DevicePlan = {
    id: "part",
    driver: options.driver.name,
    connection: { io, bus: "bus", options: connections[io] },
    everyMs,
    channels: options.channels.map((name) => ({ name, unit: "", filters: [], alarms: [] })),
    settings: options.settings ?? {},
    trace: {},
  };
  const kernel = new Kernel();
  const clock = new WorldClock(kernel);
  const random = new RandomBranch(7);
  const board = new WorldBoard(kernel, random.branch("board"));
  const air: Record<Quantity, number> = { ...QUIET_AIR };
  const part = options.emulator.create(plan, {
    clock,
    random: random.branch("part"),
    quantity: (name) => air[name],
    recorded: () => options.recorded ?? true,
  });
  const i2c = board.i2c(PINS.data, PINS.clock);
  /** Every command that the part heard. */
  const written: number[][] = [];
  const tap: I2CTarget = {
    write: (bytes) => {
      written.push([...bytes]);
      return part.i2c!.write(bytes);
    },
    read: (into) => part.i2c!.read(into),
  };
  const spi = board.spi(SPI_PINS.clock);
  const line = board.serial(SERIAL_PORT.port);
  if (io === "I2C") i2c.attach(address, tap);
  if (io === "SPI") spi.attach(part.spi!, SPI_PINS.select);
  if (io === "Serial") line.attach(part.serial!);

  const readings: Reading[] = [];
  const links: [lost: boolean, reason: string][] = [];
  const warnings: string[] = [];
  const sink: DeviceSink = {
    reading: (at, ...reading) => readings.push([plan.channels[at].name, ...reading]),
    block: () => {},
    edge: () => {},
    communication: (lost, reason) => links.push([lost, reason]),
  };
  const context = {
    clock,
    random: random.branch("driver"),
    log: { info: () => {}, warn: (message: string) => warnings.push(message) },
    io: board.io,
    shared: <T>(_bus: string, make: () => T) => make(),
    sink,
  };
  const wait = (us: number) => kernel.runUntil(kernel.nowUs() + us);
  const open = () => options.driver.open(plan, context);
  const device = open();
  /** One period, as the scheduler runs it. */
  const tick = () => {
    const startedUs = kernel.nowUs();
    for (let dueUs = device.start(startedUs); dueUs > 0; dueUs = device.finish(kernel.nowUs())) wait(dueUs);
    const leftUs = everyMs * 1000 - (kernel.nowUs() - startedUs);
    if (leftUs > 0) wait(leftUs);
  };
  /** The values of one period by channel; bad ones are absent. */
  const measure = (): { [channel: string]: number } => {
    readings.length = 0;
    tick();
    return Object.fromEntries(readings.filter(([, , quality]) => quality === Quality.good));
  };
  return {
    plan,
    kernel,
    clock,
    board,
    air,
    part,
    i2c,
    spi,
    line,
    tap,
    written,
    readings,
    links,
    warnings,
    context,
    wait,
    open,
    device,
    tick,
    measure,
  };
}
