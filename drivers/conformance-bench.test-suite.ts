/** A sensor on a board of the world, on the bus that its page names, with faults to be injected between board and emulator. */
import type { ConnectedBus } from "./bus-use";
import type {
  ConformanceBus,
  ConformanceChannels,
  ConformancePage,
  ConformanceSensor,
  SensorConformance,
} from "./conformance";
import type { DeviceInstance, DriverModule } from "./contract";
import { DeviceBench, type Reading } from "./device-bench.test-suite";
import { type EmulatorModule, QUIET_AIR } from "./emulation";
import { FaultyPart } from "./faulty-part.test-suite";
import type { ConnectionPlan, PlanMap } from "./plan";
import type { DriverSchema, SchemaContext } from "./schema";

/** A bus of each kind, as a compiled site has it. */
const BUSES: { readonly [kind in ConformanceBus]: { readonly io: ConnectionPlan["io"]; readonly options: PlanMap } } = {
  i2c: { io: "I2C", options: { data: 21, clock: 22, hz: 100_000 } },
  spi: { io: "SPI", options: { clock: 18, out: 23, in: 19, select: 5, hz: 1_000_000 } },
  serial: { io: "Serial", options: { port: 1, baud: 115_200, data: 8, parity: "none", stop: 1 } },
  analog: { io: "Analog", options: { fullScaleMv: 2450 } },
  digital: { io: "Digital", options: {} },
};
const DEFAULT_PERIOD_MS = 1000;

export type Folder = {
  readonly driver: DriverModule;
  readonly emulator: EmulatorModule;
  readonly schema: DriverSchema;
  readonly facts: SensorConformance;
};

export class ConformanceBench {
  readonly device: DeviceBench;
  readonly part: FaultyPart;
  readonly kind: ConformanceBus;
  readonly facts: SensorConformance;
  readonly channels: ConformanceChannels;
  readonly settings: PlanMap;
  readonly #folder: Folder;
  readonly #page: ConformancePage["page"];
  readonly #context: SchemaContext;
  readonly #periodUs: number;
  /** What each channel that is fed by an act was told last. */
  readonly #told: Record<string, number> = {};
  #boots = 0;

  constructor(folder: Folder, { page, bus = "i2c" }: ConformancePage, settings?: PlanMap) {
    const { schema, facts, driver, emulator } = folder;
    this.#folder = folder;
    this.#page = page;
    this.facts = facts;
    this.kind = bus;
    this.channels = typeof facts.channels === "function" ? facts.channels(page) : facts.channels;
    const everyMs = facts.everyMs ?? DEFAULT_PERIOD_MS;
    this.#periodUs = everyMs * 1000;
    const { io, options } = BUSES[bus];
    this.#context = { bus: { kind: bus, options }, dataFile: () => undefined, dataNames: () => [] };
    let part: FaultyPart | undefined;
    const wrapped: EmulatorModule = {
      create: (plan, world) => {
        part = new FaultyPart(emulator.create(plan, world));
        return part;
      },
    };
    const channels = schema
      .channels(page, this.#context)
      .map(({ name, unit }) => ({ name, unit, filters: [], alarms: [] }));
    this.settings = settings ?? schema.settings(page, this.#context);
    this.device = new DeviceBench(
      {
        connection: { io, bus: "bus", options: { ...options, ...schema.connection?.(page) } },
        channels,
        everyMs,
        settings: this.settings,
      },
      driver,
      wrapped,
    );
    Object.assign(this.device.air, QUIET_AIR);
    this.part = part!;
    for (const name of Object.keys(this.channels)) this.share(name, 0.4);
  }

  get address(): number {
    return this.device.plan.connection.options["address"] as number;
  }

  /** The bus with the device's own options, for `busUse`. */
  get connected(): ConnectedBus {
    return { kind: this.kind, options: this.device.plan.connection.options, everyMs: this.device.plan.everyMs };
  }

  /** What its page says that it asks of the wires. */
  get busUse() {
    return this.#folder.schema.busUse?.(this.#page, this.connected, this.#context);
  }

  /** Microseconds for which the wires were taken since the beginning. */
  get busyUs(): number {
    const { board } = this.device;
    const { options } = this.device.plan.connection;
    if (this.kind === "i2c") return board.i2c(options["data"] as number, options["clock"] as number).busyUs;
    if (this.kind === "spi") return board.spi(options["clock"] as number).busyUs;
    return this.kind === "serial" ? board.serial(options["port"] as number).busyUs : 0;
  }

  /** The part is taken off its bus, or put back. A contact on a digital pin cannot be: its pin always reads something. */
  set away(away: boolean) {
    this.part.away = away;
    if (this.kind === "analog")
      this.device.board.analog(this.device.plan.connection.options["pin"] as number).failed = away;
  }

  /** A line of the bus is held low. */
  set stuck(stuck: boolean) {
    const { options } = this.device.plan.connection;
    if (this.kind === "i2c") this.device.board.i2c(options["data"] as number, options["clock"] as number).stuck = stuck;
    else this.part.heldLow = stuck;
  }

  /** Sets what feeds a channel to a share of its range. @returns the reading to be expected */
  share(channel: string, share: number): number {
    const { quantity, act, min, max, values } = this.channels[channel];
    const value = values === undefined ? min + (max - min) * share : values[share < 0.5 ? 0 : values.length - 1];
    if (quantity !== undefined) this.device.air[quantity] = value;
    if (act !== undefined) {
      this.#told[channel] = value;
      const [verb, ...words] = act(value).split(" ");
      this.part.act(verb, words);
    }
    return this.expected(channel);
  }

  /** The reading to be expected now; NaN where nothing says. */
  expected(channel: string): number {
    const { quantity, act, expected, derived } = this.channels[channel];
    if (derived !== undefined) return Number.NaN;
    const value =
      act !== undefined ? this.#told[channel] : quantity === undefined ? Number.NaN : this.device.air[quantity];
    return expected === undefined ? value : expected(value);
  }

  /** Half a step, and what single precision leaves of a reading. */
  tolerance(channel: string): number {
    const { resolution, min, max } = this.channels[channel];
    return resolution / 2 + 1e-6 * Math.max(1, Math.abs(min), Math.abs(max));
  }

  /** Opens the device and lets it settle. */
  open(): DeviceInstance {
    const instance = this.device.open();
    this.device.wait(this.facts.readyUs);
    this.settle(instance);
    return instance;
  }

  /** Opens the ECMA-419 class on the same wires. */
  openSensor(more: { readonly onConfiguration?: () => void; readonly io?: unknown } = {}): ConformanceSensor {
    const { io, options } = this.device.plan.connection;
    const own = "io" in more ? more.io : this.device.board.io[io as "I2C"];
    const sensor = { ...options, io: own } as never;
    const { onConfiguration } = more;
    const all = { sensor, clock: this.device.clock, ...(onConfiguration === undefined ? {} : { onConfiguration }) };
    return this.facts.sensor(all, this.kind, this.settings);
  }

  settle(instance: DeviceInstance): void {
    for (let i = 0; i < (this.facts.settleTicks ?? 0); i++) this.tick(instance);
  }

  /** One tick and the rest of its period. */
  tick(instance: DeviceInstance): Reading[] {
    const endUs = this.device.kernel.nowUs() + this.#periodUs;
    const readings = this.device.tick(instance);
    this.device.kernel.runUntil(Math.max(endUs, this.device.kernel.nowUs()));
    return readings;
  }

  /** Waits until the part, which measures by itself, has something new. */
  pass(): void {
    this.device.wait(this.#periodUs);
  }

  /** The part loses its power and has it back: what it knew is gone. */
  powerCycle(): void {
    const { device } = this;
    this.#boots++;
    this.part.replace(
      this.#folder.emulator.create(device.plan, {
        clock: device.clock,
        random: device.random.branch(`part ${this.#boots}`),
        quantity: (name) => device.air[name],
        recorded: () => true,
      }),
    );
    for (const [channel, { act }] of Object.entries(this.channels)) {
      if (act === undefined) continue;
      const [verb, ...words] = act(this.#told[channel]).split(" ");
      this.part.act(verb, words);
    }
  }
}
