/**
 * One site in a world: the gateway's board with its buses, an emulator for each device of the plan, the rooms that they
 * hang in, the light between luminaires and receivers, and the scenario that moves it all.
 *
 * The world knows nothing of engines or of real time: a virtual run drives the kernel as fast as it goes, the live
 * simulator drives it by the wall clock.
 */
import {
  type Emulator,
  type EmulatorContext,
  type EmulatorRegistry,
  type NetworkPort,
  QUIET_AIR,
} from "../../drivers/emulation";
import type { DevicePlan } from "../../drivers/plan";
import type { Plan } from "../../firmware/plan";
import { AlarmJournal } from "./alarm-journal";
import { WorldBoard } from "./board";
import { MonitoringCentre } from "./centre";
import { DEFAULT_EPOCH_MS, WorldClock } from "./clock";
import { Kernel, WorldEvent } from "./kernel";
import { Network } from "./network";
import { hangLight } from "./optics/hang";
import type { RoomOfLight } from "./optics/room-of-light";
import { RandomBranch } from "./random";
import { Replay, type ReplayColumn } from "./replay";
import { type FireGrowth, measure, Room } from "./room";
import type { ScenarioPlan } from "./scenario-plan";
import { ScenarioError, ScenarioRunner } from "./scenario-runner";

/** How often emulators with a behaviour of their own look at the world. */
const EMULATOR_STEP_US = 100_000;

/** One way, as on a site's own network. */
const NETWORK_LATENCY_US = 5_000;

/** The air where no scenario says otherwise. */
const DEFAULT_VOLUME_M3 = 60;

export type WorldOptions = {
  readonly plan: Plan;
  readonly scenario?: ScenarioPlan;
  readonly replay?: { readonly csv: Uint8Array; readonly columns: readonly ReplayColumn[] };
  readonly seed: number;
  readonly emulators: EmulatorRegistry;
  readonly epochMs?: number;
  /** Takes the broker or the network away and brings it back; a live world may not be able to. */
  readonly reach: (what: string, up: boolean) => void;
  /** Acknowledges an alarm of the gateway. */
  readonly acknowledge: (alarm: string) => boolean;
  /** Takes the gateway's power and gives it back; left out where that cannot be done. */
  readonly reboot?: () => boolean;
  readonly stepClock?: (milliseconds: number) => void;
  /** Gives a device a command through the gateway; left out where the gateway cannot be reached that way. */
  readonly command?: (device: string, command: string, point: string) => boolean;
  /** Sends the gateway a command through the broker; left out where the broker is somebody else's. */
  readonly send?: (id: string, kind: string, words: readonly string[]) => boolean;
  /** Each frame as the monitoring centre took it. */
  readonly onCentreFrame?: (bytes: Uint8Array) => void;
  readonly say: (text: string) => void;
};

export class World {
  readonly kernel = new Kernel();
  readonly clock: WorldClock;
  /** True UNIX time at the beginning. */
  readonly epochMs: number;
  readonly random: RandomBranch;
  readonly board: WorldBoard;
  /** Of the site: devices on TCP, and whatever a run adds, such as a broker. */
  readonly network: Network;
  readonly journal = new AlarmJournal();
  /** In the world's network, in real time as well; `undefined` where the site has none. */
  readonly centre: MonitoringCentre | undefined;
  readonly scenario: ScenarioRunner | undefined;
  readonly replay: Replay | undefined;
  /** Between luminaires and the scenario's receivers. */
  readonly light: RoomOfLight;
  readonly #options: WorldOptions;
  readonly #rooms = new Map<string, Room>();
  /** Room of `device` or `device.channel`. */
  readonly #places = new Map<string, Room>();
  readonly #outdoors = new Room("outdoors", QUIET_AIR.temperature, QUIET_AIR.humidity, DEFAULT_VOLUME_M3);
  readonly #emulators = new Map<string, Emulator>();
  /** What devices at one address and port share. */
  readonly #servers = new Map<string, unknown>();
  readonly #stepping: Emulator[] = [];

  constructor(options: WorldOptions) {
    this.#options = options;
    this.epochMs = options.epochMs ?? DEFAULT_EPOCH_MS;
    this.clock = new WorldClock(this.kernel, this.epochMs);
    this.random = new RandomBranch(options.seed);
    this.board = new WorldBoard(this.kernel, this.random.branch("board"));
    this.network = new Network(this.kernel, this.random.branch("network"), { latencyUs: NETWORK_LATENCY_US });
    if (options.replay !== undefined) this.replay = new Replay(options.replay.csv, options.replay.columns);
    this.centre = this.#openCentre(options.plan);
    this.#furnish(options.scenario);
    for (const device of options.plan.devices) this.#connect(device);
    this.light = this.#hangLight(options);
    this.#keepStepping();
    if (options.scenario !== undefined)
      this.scenario = new ScenarioRunner(this.kernel, options.scenario, this.#actions(), this.journal);
  }

  get rooms(): ReadonlyMap<string, Room> {
    return this.#rooms;
  }

  ignite(roomName: string, growth: FireGrowth): void {
    this.#room(roomName).ignite(growth, this.kernel.nowUs());
  }

  #openCentre(plan: Plan): MonitoringCentre | undefined {
    if (plan.uplink.gb26875 === undefined) return undefined;
    const { Listener, TCP } = this.network.host(plan.uplink.gb26875.host);
    const { onCentreFrame } = this.#options;
    const heard = onCentreFrame === undefined ? {} : { onFrame: onCentreFrame };
    return new MonitoringCentre({ Listener, TCP, plan, clock: this.clock, ...heard });
  }

  /** Words of a scenario for a device's emulator, such as `act("facp", "zone", ["north-1", "fire"])`. */
  act(device: string, verb: string, words: readonly string[]): void {
    const emulator = this.#emulators.get(device);
    if (emulator?.act === undefined) throw new ScenarioError(`"${device}" is not a device that can be acted on`);
    actOn(emulator.act.bind(emulator), device, verb, words);
  }

  /** Builds the rooms and says who hangs in which. */
  #furnish(scenario: ScenarioPlan | undefined): void {
    for (const plan of scenario?.rooms ?? []) {
      const room = new Room(plan.name, plan.temperatureCel, plan.humidityPercent, plan.volumeM3);
      this.#rooms.set(plan.name, room);
      for (const member of plan.members)
        this.#places.set(member.channel === "" ? member.device : `${member.device}.${member.channel}`, room);
    }
  }

  /** Hangs the device's emulator on its bus. */
  #connect(device: DevicePlan): void {
    if (device.connection.io === "none") return;
    const module = this.#options.emulators[device.driver];
    if (module === undefined) throw new Error(`driver "${device.driver}" has no emulator`);
    const emulator = module.create(device, this.#context(device));
    this.#emulators.set(device.id, emulator);
    if (emulator.step !== undefined) this.#stepping.push(emulator);
    const options = device.connection.options;
    if (device.connection.io === "TCP")
      emulator.tcp?.(this.#networkPort(options["address"] as string, options["port"] as number));
    else if (emulator.serial !== undefined) this.board.serial(options["port"] as number).attach(emulator.serial);
    if (emulator.i2c !== undefined)
      this.board
        .i2c(options["data"] as number, options["clock"] as number)
        .attach(options["address"] as number, emulator.i2c);
    if (emulator.digital !== undefined) emulator.digital(this.board.digital(options["pin"] as number));
    if (emulator.analog !== undefined)
      this.board.analog(options["pin"] as number).attach(emulator.analog, options["fullScaleMv"] as number | undefined);
    if (emulator.light !== undefined && device.connection.io === "LightEmitter")
      this.board.light(options["pin"] as number).attach(emulator.light);
    if (emulator.pulses !== undefined)
      emulator.pulses(this.board.pulses(options["signal"] as number, options["control"] as number));
    if (emulator.spi !== undefined && device.connection.io === "SPI")
      this.board
        .spi(options["clock"] as number, options["out"] as number)
        .attach(emulator.spi, options["select"] as number | undefined);
  }

  #networkPort(address: string, port: number): NetworkPort {
    const { Listener, TCP } = this.network.host(address);
    const key = `${address} ${port}`;
    const servers = this.#servers;
    return {
      Listener,
      TCP,
      port,
      shared<T>(make: () => T): T {
        const known = servers.get(key);
        if (known !== undefined) return known as T;
        const made = make();
        servers.set(key, made);
        return made;
      },
    };
  }

  #context(device: DevicePlan): EmulatorContext {
    const replay = this.replay;
    const kernel = this.kernel;
    const own = this.#places.get(device.id) ?? this.#outdoors;
    const known = new Map<string, Room>();
    const place = (channel?: string): Room => {
      if (channel === undefined) return own;
      let room = known.get(channel);
      if (room === undefined) {
        room = this.#places.get(`${device.id}.${channel}`) ?? own;
        known.set(channel, room);
      }
      return room;
    };
    return {
      clock: this.clock,
      random: this.random.branch(`device/${device.id}`),
      indoors: (channel) =>
        replay !== undefined || this.#places.has(`${device.id}.${channel}`) || this.#places.has(device.id),
      recorded: (quantity) => replay?.drives(device.id, quantity) === true,
      quantity: (quantity, channel) =>
        replay?.drives(device.id, quantity) === true
          ? replay.value(device.id, quantity, kernel.nowUs())
          : measure(place(channel), quantity, kernel.nowUs()),
    };
  }

  #hangLight({ plan, scenario }: WorldOptions): RoomOfLight {
    const plans = new Map(plan.devices.map((device) => [device.id, device]));
    try {
      return hangLight(scenario, this.kernel, this.random, (id) => {
        const device = plans.get(id);
        return device === undefined ? undefined : { plan: device, emulator: this.#emulators.get(id) };
      });
    } catch (error) {
      throw new ScenarioError(error instanceof Error ? error.message : String(error));
    }
  }

  #keepStepping(): void {
    if (this.#stepping.length === 0) return;
    const stepping = this.#stepping;
    const kernel = this.kernel;
    const event = new WorldEvent(() => {
      for (const emulator of stepping) emulator.step!(kernel.nowUs());
      kernel.schedule(event, kernel.nowUs() + EMULATOR_STEP_US);
    });
    kernel.schedule(event, EMULATOR_STEP_US);
  }

  #actions() {
    return {
      ignite: (room: string, growth: FireGrowth) => this.ignite(room, growth),
      extinguish: (room: string) => this.#room(room).extinguish(this.kernel.nowUs()),
      act: (device: string, verb: string, words: readonly string[]) => this.act(device, verb, words),
      reach: (what: string, up: boolean) => this.#options.reach(what, up),
      reboot: () => this.#options.reboot?.() ?? false,
      stepClock: (milliseconds: number) => this.#options.stepClock?.(milliseconds),
      acknowledge: (alarm: string) => this.#options.acknowledge(alarm),
      command: (device: string, command: string, point: string) =>
        this.#options.command?.(device, command, point) ?? false,
      send: (id: string, kind: string, words: readonly string[]) => this.#options.send?.(id, kind, words) ?? false,
      centre: this.centre,
      light: this.light,
      say: (text: string) => this.#options.say(text),
    };
  }

  #room(name: string): Room {
    const room = this.#rooms.get(name);
    if (room === undefined) throw new ScenarioError(`there is no room "${name}"`);
    return room;
  }
}

/** An emulator that does not know a verb or a word says so: the fault lies in the scenario. */
function actOn(
  act: (verb: string, words: readonly string[]) => void,
  device: string,
  verb: string,
  words: readonly string[],
): void {
  try {
    act(verb, words);
  } catch (error) {
    throw new ScenarioError(`${device}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
