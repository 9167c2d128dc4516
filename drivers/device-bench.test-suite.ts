/** One device on a board of the world with its emulator, driven tick by tick as the gateway's scheduler does. */
import { WorldBoard } from "../host-sim/world/board";
import { WorldClock } from "../host-sim/world/clock";
import { Kernel } from "../host-sim/world/kernel";
import { RandomBranch } from "../host-sim/world/random";
import type { DeviceInstance, DeviceSink, DriverModule } from "./contract";
import type { Emulator, EmulatorModule } from "./emulation";
import type { ChannelPlan, DevicePlan } from "./plan";

export type Reading = { channel: string; value: number; quality: number; us: number };
export type Edge = { channel: string; kind: string; active: boolean; evidence: number; us: number };

export const channel = (name: string, unit = ""): ChannelPlan => ({ name, unit, filters: [], alarms: [] });

export class DeviceBench {
  readonly kernel = new Kernel();
  readonly clock = new WorldClock(this.kernel);
  readonly random = new RandomBranch(7);
  readonly board = new WorldBoard(this.kernel, this.random.branch("board"));
  readonly air: Record<string, number> = { temperature: 21, humidity: 45, smoke: 0 };
  readonly readings: Reading[] = [];
  readonly edges: Edge[] = [];
  readonly lost: string[] = [];
  readonly emulator: Emulator;
  readonly #driver: DriverModule;
  readonly plan: DevicePlan;

  constructor(
    plan: Partial<DevicePlan> & Pick<DevicePlan, "connection" | "channels">,
    driver: DriverModule,
    module: EmulatorModule,
  ) {
    this.plan = { id: "one", driver: driver.name, everyMs: 1000, settings: {}, trace: {}, ...plan };
    this.#driver = driver;
    this.emulator = module.create(this.plan, {
      clock: this.clock,
      random: this.random.branch("part"),
      quantity: (name) => this.air[name],
      recorded: () => true,
    });
    const { options } = this.plan.connection;
    this.emulator.digital?.(this.board.digital(options["pin"] as number));
    if (this.emulator.analog !== undefined)
      this.board.analog(options["pin"] as number).attach(this.emulator.analog, options["fullScaleMv"] as number);
    this.emulator.pulses?.(this.board.pulses(options["signal"] as number, options["control"] as number));
    if (this.emulator.i2c !== undefined)
      this.board
        .i2c(options["data"] as number, options["clock"] as number)
        .attach(options["address"] as number, this.emulator.i2c);
    if (this.emulator.spi !== undefined)
      this.board.spi(options["clock"] as number).attach(this.emulator.spi, options["select"] as number | undefined);
    if (this.emulator.serial !== undefined) this.board.serial(options["port"] as number).attach(this.emulator.serial);
  }

  open(): DeviceInstance {
    const name = (index: number) => this.plan.channels[index].name;
    const sink: DeviceSink = {
      reading: (index, value, quality, us) => void this.readings.push({ channel: name(index), value, quality, us }),
      block: () => {},
      edge: (index, kind, active, evidence, us) =>
        void this.edges.push({ channel: name(index), kind, active, evidence, us }),
      communication: (lost, reason) => void this.lost.push(lost ? reason : "back"),
    };
    const log = { info: () => {}, warn: () => {} };
    return this.#driver.open(this.plan, {
      clock: this.clock,
      random: this.random.branch("driver"),
      log: log as never,
      io: this.board.io,
      shared: (_bus, make) => make(),
      sink,
    });
  }

  /** One tick with all its returns. @returns the readings that it gave */
  tick(instance: DeviceInstance): Reading[] {
    const before = this.readings.length;
    for (let us = instance.start(this.kernel.nowUs()); us > 0; us = instance.finish(this.kernel.nowUs())) this.wait(us);
    return this.readings.slice(before);
  }

  wait(us: number): void {
    this.kernel.runUntil(this.kernel.nowUs() + us);
  }

  act(words: string): void {
    const [verb, ...rest] = words.split(" ");
    this.emulator.act!(verb, rest);
  }
}
