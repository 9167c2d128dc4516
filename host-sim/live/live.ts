/**
 * The simulator in real time: the world of a site, the gateway on real sockets, a broker, and a view for people.
 *
 * Gateway and world are the modules of the virtual run; only what drives the clock and what carries TCP differ.
 */
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Gateway } from "../../firmware/gateway";
import type { Plan } from "../../firmware/plan";
import { encodeDeterministic } from "../../firmware/uplink/cbor/encode";
import type { FirmataProvider } from "../../hal/firmata/provider";
import type { TCPConstructor, TCPOptions } from "../../hal/io";
import type { Log } from "../../hal/log";
import { nodeCrypto } from "../../hal/node/crypto";
import { TCP } from "../../hal/node/tcp";
import type { Secrets } from "../../hal/secrets";
import { driverNames, importDrivers, importEmulators, importFeatures } from "../registry";
import { simulatedSigner } from "../simulated-key";
import { WorldClock } from "../world/clock";
import { Network } from "../world/network";
import type { FireGrowth } from "../world/room";
import type { ScenarioPlan } from "../world/scenario-plan";
import { summarise } from "../world/simulation";
import { openTimeServers } from "../world/time-server";
import { World } from "../world/world";
import { EmbeddedBroker } from "./embedded-broker";
import { Keys } from "./keys";
import { livePins, onPins, PinClock } from "./live-pins";
import { liveTCP } from "./live-tcp";
import { Pump } from "./pump";
import { Recorder } from "./recorder";
import type { GatewayState } from "./state";
import { View } from "./view";

type BrokerPlace = { readonly host: string; readonly port: number; readonly url: string; readonly loginUrl?: string };

export type LiveOptions = {
  readonly plan: Plan;
  readonly scenario?: ScenarioPlan;
  readonly seed: number;
  /** Publish there instead of to an embedded broker. */
  readonly broker?: BrokerPlace;
  /** Until Ctrl-C when left out. */
  readonly durationUs?: number;
  readonly outputFolder?: string;
  /** An Arduino whose pins take the place of the world's. */
  readonly pins?: FirmataProvider;
  readonly secrets: Secrets;
  /** What outlives this process; a gateway without it begins anew each time. */
  readonly state?: GatewayState;
  readonly json: boolean;
};

/** How long a stopping gateway may take to hand over what it holds. */
const DRAIN_MS = 3_000;
const FIRE_BY_KEY: FireGrowth = "ultra-fast";

/** @returns the exit code: 0, or 3 when the scenario expected what did not happen */
export async function runLive(options: LiveOptions): Promise<number> {
  const embedded = options.broker === undefined ? await EmbeddedBroker.start(options.plan.uplink.port) : undefined;
  const address: BrokerPlace = options.broker ?? {
    host: "127.0.0.1",
    port: embedded!.port,
    url: `mqtt://127.0.0.1:${embedded!.port}`,
  };
  const recorder =
    options.outputFolder === undefined
      ? undefined
      : await Recorder.start(address.loginUrl ?? address.url, options.plan);
  try {
    const session = await LiveSession.open(options, address, embedded);
    await session.untilStopped();
    return await session.stop(recorder);
  } finally {
    await embedded?.close();
  }
}

class LiveSession {
  readonly #options: LiveOptions;
  readonly #world: World;
  readonly #gateway: Gateway;
  readonly #pump: Pump;
  readonly #view: View;
  readonly #startedMs = performance.now();
  #stop: () => void = () => {};
  /** What ended the world before its time. */
  #failure: unknown;
  #keys: Keys | undefined;

  private constructor(options: LiveOptions, world: World, gateway: Gateway, pump: Pump, view: View) {
    this.#options = options;
    this.#world = world;
    this.#gateway = gateway;
    this.#pump = pump;
    this.#view = view;
  }

  static async open(
    options: LiveOptions,
    address: { host: string; port: number; url: string },
    embedded: EmbeddedBroker | undefined,
  ): Promise<LiveSession> {
    const { plan, pins } = options;
    const names = driverNames();
    const [drivers, emulators] = await Promise.all([importDrivers(names), importEmulators(names)]);
    const view = new View(plan, emulators, address.url);
    const world = new World({
      plan,
      ...(options.scenario === undefined ? {} : { scenario: options.scenario }),
      seed: options.seed,
      emulators,
      epochMs: Date.now(),
      reach: (what, up) => reach(what, up, embedded, view),
      acknowledge: (alarm) => gateway.acknowledge(alarm),
      command: (device, command, point) => gateway.command(device, command, point),
      say: (text) => view.say(text),
    });
    const failure: { stop: (error: unknown) => void } = { stop: () => {} };
    const pump = new Pump(world.kernel, (error) => failure.stop(error));
    // Its time servers are the world's as well: a PC's own clock needs none.
    const network = new Network(world.kernel, world.random.branch("network"), { latencyUs: 5_000 });
    openTimeServers(plan, network, world.kernel, world.epochMs);
    const clock = plan.time === undefined ? world.clock : new WorldClock(world.kernel, Number.NaN);
    const { boot = 1, keep, flash, signer = simulatedSigner(options.seed) } = options.state ?? {};
    const gateway = new Gateway({
      plan: encodeDeterministic(plan),
      drivers,
      clock: pins === undefined ? clock : new PinClock(clock, pump),
      random: world.random.branch("gateway"),
      log: logTo(view, plan, address),
      features: await importFeatures(),
      crypto: plan.uplink.sign === undefined ? nodeCrypto : { ...nodeCrypto, signer },
      io: {
        ...world.board.io,
        ...(pins === undefined ? {} : livePins(pins, pump)),
        UDP: network.host("192.0.2.7").UDP,
        ...(flash === undefined ? {} : { flash }),
        TCP: siteTCP(world, plan, liveTCP(TCP, pump, { from: plan.uplink, to: address })),
      },
      boot,
      ...(keep === undefined ? {} : { keep }),
      secrets: options.secrets,
      observer: {
        reading: (slot, channel) => view.reading(slot, channel),
        alarm: (alarm) => {
          world.journal.add({ ...alarm, acknowledgedUs: -1 });
          view.alarm(alarm);
        },
        acknowledged: (seq, nowUs, of) => {
          // An alarm of an earlier start is not in this journal.
          if (of !== boot) return;
          const outcome = world.journal.acknowledged(seq, nowUs);
          if (outcome !== undefined) view.acknowledged(outcome);
        },
      },
    });
    const session = new LiveSession(options, world, gateway, pump, view);
    failure.stop = (error) => session.#fail(error);
    if (pins !== undefined) {
      pins.onLost = (reason) => view.say(`the link to the Arduino is lost: ${reason}`);
      view.say(`on the pins of an Arduino (${pins.board.firmware}): ${onPins(plan.devices).join(", ") || "no device"}`);
    }
    return session;
  }

  #fail(error: unknown): void {
    this.#failure = error;
    this.#stop();
  }

  /** Runs until the duration is over, Ctrl-C, or `q`. */
  async untilStopped(): Promise<void> {
    const stopped = new Promise<void>((resolve) => {
      this.#stop = resolve;
    });
    const { durationUs } = this.#options;
    const end = durationUs === undefined ? undefined : setTimeout(() => this.#stop(), durationUs / 1000);
    const signals = ["SIGINT", "SIGTERM"] as const;
    for (const signal of signals) process.once(signal, this.#stop);
    this.#keys = Keys.listen({ q: () => this.#stop(), f: () => this.#ignite(), a: () => this.#acknowledge() });
    this.#view.start(this.#world, this.#gateway, this.#keys !== undefined);
    this.#gateway.start();
    this.#pump.arm();
    await stopped;
    clearTimeout(end);
    for (const signal of signals) process.off(signal, this.#stop);
  }

  /** Stops sampling, hands over what is held, closes, reports. */
  async stop(recorder: Recorder | undefined): Promise<number> {
    this.#keys?.close();
    this.#pump.advance();
    this.#gateway.stopSampling();
    const sampledUs = this.#world.kernel.nowUs();
    this.#pump.arm();
    const deadlineMs = performance.now() + DRAIN_MS;
    while (this.#gateway.undelivered > 0 && performance.now() < deadlineMs)
      await new Promise((resolve) => setTimeout(resolve, 20));
    this.#world.scenario?.finish(sampledUs);
    const summary = summarise(this.#world, this.#gateway, sampledUs);
    this.#gateway.close();
    this.#pump.stop();
    this.#view.stop(summary);
    if (this.#failure !== undefined) throw this.#failure;
    const uplink = (await recorder?.stop()) ?? [];
    this.#write(uplink);
    if (this.#options.json) this.#printJson(summary, uplink);
    return summary.expectations.every((expectation) => expectation.met) ? 0 : 3;
  }

  #acknowledge(): void {
    this.#pump.advance();
    const seen = this.#gateway.activeAlarms.filter((alarm) => this.#gateway.acknowledge(alarm));
    this.#view.say(seen.length === 0 ? "there is nothing to acknowledge" : `acknowledged: ${seen.join(", ")}`);
    this.#pump.arm();
  }

  #ignite(): void {
    const room = [...this.#world.rooms.keys()][0];
    if (room === undefined) {
      this.#view.say("the scenario has no room to burn");
      return;
    }
    this.#pump.advance();
    this.#world.ignite(room, FIRE_BY_KEY);
    this.#view.say(`a fire begins in ${room}`);
    this.#pump.arm();
  }

  #write(uplink: readonly Uint8Array[]): void {
    const folder = this.#options.outputFolder;
    if (folder === undefined) return;
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "uplink.bin"), Buffer.concat(uplink));
  }

  #printJson(summary: ReturnType<typeof summarise>, uplink: readonly Uint8Array[]): void {
    const hash = createHash("sha256");
    for (const piece of uplink) hash.update(piece);
    const result = {
      engine: "v8",
      seed: this.#options.seed,
      wallSeconds: Math.round(performance.now() - this.#startedMs) / 1000,
      ...summary,
      // In real time there is a digest only of what was recorded with --out.
      uplinkSha256: this.#options.outputFolder === undefined ? null : hash.digest("hex"),
    };
    process.stdout.write(`${JSON.stringify(result, undefined, 2)}\n`);
  }
}

/** Devices on TCP and the monitoring centre live in the world's network; everything else, such as the broker, is real. */
function siteTCP(world: World, plan: Plan, real: TCPConstructor): TCPConstructor {
  const simulated = new Set(
    plan.devices
      .filter(({ connection }) => connection.io === "TCP")
      .map(({ connection }) => `${connection.options["address"]}:${connection.options["port"]}`),
  );
  const { gb26875 } = plan.uplink;
  if (gb26875 !== undefined) simulated.add(`${gb26875.host}:${gb26875.port}`);
  const inWorld = world.network.host("gateway").TCP;
  return class {
    constructor(options: TCPOptions) {
      const Chosen = simulated.has(`${options.address}:${options.port}`) ? inWorld : real;
      // biome-ignore lint/correctness/noConstructorReturn: the class that is constructed depends on the address
      return new Chosen(options);
    }
  } as unknown as TCPConstructor;
}

/** The gateway knows the broker by the site's address; people want to read the one that is used. */
function logTo(view: View, { uplink }: Plan, address: { host: string; port: number }): Log {
  const say = (text: string) =>
    view.say(text.replace(`${uplink.host}:${uplink.port}`, `${address.host}:${address.port}`));
  return { info: say, warn: say };
}

function reach(what: string, up: boolean, embedded: EmbeddedBroker | undefined, view: View): void {
  if (embedded === undefined) view.say(`fault: ${what}: a broker of somebody else's is left alone`);
  else void (up ? embedded.up() : embedded.down());
}
