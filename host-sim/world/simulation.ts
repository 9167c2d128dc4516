/**
 * A virtual run: one site, one world, one gateway, one broker, as fast as the engine goes. The same module runs in V8 and
 * in XS, from the same bytes to the same bytes.
 */
import type { DriverRegistry } from "../../drivers/contract";
import type { EmulatorRegistry, Quantity } from "../../drivers/emulation";
import type { PlanMap } from "../../drivers/plan";
import { encodeCommand } from "../../firmware/commands/form";
import type { Features } from "../../firmware/features/feature";
import type { Gateway, GatewayCounters, GatewayOptions } from "../../firmware/gateway";
import { loadPlan } from "../../firmware/plan-book";
import { decodeCbor } from "../../firmware/uplink/cbor/reader";
import type { Crypto, Signer } from "../../hal/crypto";
import { Broker } from "./broker";
import { GatewayBox } from "./gateway-box";
import type { Network } from "./network";
import type { ReplayColumn } from "./replay";
import type { ScenarioPlan } from "./scenario-plan";
import type { Expectation } from "./scenario-runner";
import { type CentreSummary, type OpticalSummary, summariseCentre, summariseReceiver } from "./summary";
import { openTimeServers } from "./time-server";
import { World } from "./world";

/** Everything that decides a virtual run. Travels as deterministic CBOR, so that both engines read the same bytes. */
export type SimulationInput = {
  readonly plan: Uint8Array;
  readonly scenario: ScenarioPlan | null;
  readonly seed: number;
  /** Sampling time. 0: as long as the recording. */
  readonly durationUs: number;
  readonly replay: { readonly csv: Uint8Array; readonly columns: readonly ReplayColumn[] } | null;
};

/** What an engine brings. */
export interface SimulationPlatform {
  readonly crypto: Crypto;
  /** The gateway's key, from the seed; absent where the site does not sign. */
  readonly signerOf?: (seed: number) => Signer;
  readonly drivers: DriverRegistry;
  readonly emulators: EmulatorRegistry;
  /** Those that the plan wants, or more. */
  readonly features: Features;
  /** Each message as the broker took it. */
  readonly onPublish: (topic: string, payload: Uint8Array) => void;
  readonly say: (text: string) => void;
  readonly onProgress: (nowUs: number, durationUs: number) => void;
  /** The gateway, where it is not simply made of `drivers` in this engine's own heap. */
  readonly openGateway?: (options: GatewayOptions) => SimulatedGateway;
}

/** What a simulation asks of a gateway. */
export type SimulatedGateway = Pick<Gateway, "start" | "stopSampling" | "undelivered" | "acknowledge" | "command"> & {
  counters(): GatewayCounters;
};

type Summarised = Pick<SimulatedGateway, "undelivered" | "counters">;

export type AlarmSummary = {
  readonly channel: string;
  readonly class: string;
  /** It was raised. */
  readonly active: boolean;
  /** `on`, `off`, `latched`, `acknowledged`. */
  readonly state: string;
  readonly detectedSeconds: number;
  /** From the first sample over the limit to the broker's acknowledgement; `null` while there is none. */
  readonly latencySeconds: number | null;
};

export type SimulationSummary = {
  readonly virtualSeconds: number;
  readonly samples: number;
  readonly batches: number;
  readonly alarms: number;
  readonly published: number;
  readonly acknowledged: number;
  /** Messages that never reached the broker: dropped by a full store, or left in it at the end. */
  readonly lost: number;
  /** Of the samples, those that made no record: a filter held them back, or they repeated a bad quality. */
  readonly heldSamples: number;
  readonly missedTicks: number;
  readonly events: number;
  readonly alarmList: readonly AlarmSummary[];
  readonly receivers: readonly OpticalSummary[];
  /** What the monitoring centre had of it; `null` where the site has none. */
  readonly centre: CentreSummary | null;
  /** Mappings of the recording that nobody asked for, as `column=device.quantity`. */
  readonly unreadMappings: readonly string[];
  readonly expectations: readonly { readonly text: string; readonly met: boolean }[];
};

/** Alarms listed in a summary; the rest is only counted. */
const LISTED_ALARMS = 100;
/** Virtual time between two reports of progress. */
const SLICE_US = 10_000_000;
/** How long the gateway may take to hand over what it still holds when sampling has ended. */
const DRAIN_US = 120_000_000;

/** @param input deterministic CBOR of a `SimulationInput` */
export function runSimulation(input: Uint8Array, platform: SimulationPlatform): SimulationSummary {
  const simulation = decodeCbor(input) as unknown as SimulationInput;
  const plan = loadPlan(simulation.plan);
  let broker: Broker | undefined;
  let box: GatewayBox | undefined;
  const digest = new Digest(platform.crypto);
  const world = new World({
    plan,
    ...(simulation.scenario === null ? {} : { scenario: simulation.scenario }),
    ...(simulation.replay === null ? {} : { replay: simulation.replay }),
    seed: simulation.seed,
    emulators: platform.emulators,
    acknowledge: (alarm) => box?.gateway.acknowledge(alarm) ?? false,
    reboot: () => box?.reboot() ?? false,
    stepClock: (milliseconds) => box?.stepClock(milliseconds),
    command: (device, command, point) => box?.gateway.command(device, command, point) ?? false,
    send: (id, kind, words) => {
      broker!.hand(`argand/v1/${plan.gateway.site}/${plan.gateway.id}/cmd`, encodeCommand(id, kind, words));
      return true;
    },
    reach: (what, up) => reach(what, up, broker!, world.network),
    onCentreFrame: (bytes) => digest.add(bytes),
    say: platform.say,
  });
  const { network } = world;
  const brokerHost = network.host(plan.uplink.host);
  broker = new Broker({
    Listener: brokerHost.Listener,
    TCP: brokerHost.TCP,
    port: plan.uplink.port,
    onPublish: platform.onPublish,
  });
  openTimeServers(plan, network, world.kernel, world.epochMs);
  const gateway = new GatewayBox(simulation, plan, platform, world);
  box = gateway;
  const durationUs = simulation.durationUs > 0 ? simulation.durationUs : (world.replay?.durationUs ?? 0);
  // Sampling ends before the last instant: an interval of n seconds holds n ticks of one second, not n + 1.
  runSlices(world, durationUs - 1, durationUs, platform);
  gateway.stopSampling();
  const sampledUs = world.kernel.nowUs() + 1;
  drain(world, gateway);
  world.scenario?.finish(sampledUs);
  const summary = summarise(world, gateway, sampledUs);
  return summary.centre === null ? summary : { ...summary, centre: { ...summary.centre, sha256: digest.hex } };
}

/** Of frames one after the other: each step hashes what was before and the next. */
class Digest {
  readonly #crypto: Crypto;
  #value: Uint8Array = new Uint8Array(0);

  constructor(crypto: Crypto) {
    this.#crypto = crypto;
  }

  add(bytes: Uint8Array): void {
    const all = new Uint8Array(this.#value.length + bytes.length);
    all.set(this.#value);
    all.set(bytes, this.#value.length);
    this.#value = this.#crypto.sha256(all);
  }

  get hex(): string {
    let text = "";
    for (let i = 0; i < this.#value.length; i++) text += (this.#value[i] + 0x100).toString(16).slice(1);
    return text;
  }
}

/** The compiled site of a `SimulationInput`. */
export function simulationPlan(input: Uint8Array): Uint8Array {
  return (decodeCbor(input) as unknown as SimulationInput).plan;
}

function runSlices(world: World, untilUs: number, durationUs: number, platform: SimulationPlatform): void {
  for (let atUs = SLICE_US; atUs < untilUs; atUs += SLICE_US) {
    world.kernel.runUntil(atUs);
    platform.onProgress(atUs, durationUs);
  }
  world.kernel.runUntil(untilUs);
}

/** Lets the gateway hand over what it holds; ends early when nothing is left. */
function drain(world: World, gateway: Summarised): void {
  const deadlineUs = world.kernel.nowUs() + DRAIN_US;
  while (gateway.undelivered > 0 && world.kernel.nowUs() < deadlineUs)
    world.kernel.runUntil(world.kernel.nowUs() + 100_000);
}

function reach(what: string, up: boolean, broker: Broker, network: Network): void {
  if (what === "network") network.down = !up;
  else if (up) broker.up();
  else broker.down();
}

export function summarise(world: World, gateway: Summarised, sampledUs: number): SimulationSummary {
  const counters = gateway.counters();
  return {
    virtualSeconds: sampledUs / 1_000_000,
    samples: counters.samples,
    batches: counters.batches,
    alarms: world.journal.raised,
    published: counters.published,
    acknowledged: counters.acknowledged,
    lost: counters.dropped + gateway.undelivered,
    heldSamples: counters.heldSamples,
    missedTicks: counters.missedTicks,
    events: world.kernel.executed,
    alarmList: world.journal.outcomes.slice(0, LISTED_ALARMS).map((outcome) => ({
      channel: `${outcome.device}.${outcome.channel}`,
      class: outcome.class,
      active: outcome.state === "on" || outcome.state === "standing",
      state: outcome.state,
      detectedSeconds: outcome.detectedUs / 1_000_000,
      latencySeconds: outcome.acknowledgedUs < 0 ? null : (outcome.acknowledgedUs - outcome.detectedUs) / 1_000_000,
    })),
    receivers: world.light.receivers.map(summariseReceiver),
    centre: world.centre === undefined ? null : summariseCentre(world.centre),
    unreadMappings: (world.replay?.unread ?? []).map((map) => `${map.column}=${map.device}.${map.quantity}`),
    expectations: (world.scenario?.expectations ?? []).map((expectation: Expectation) => ({
      text: expectation.text,
      met: expectation.state === "met",
    })),
  };
}

/** So that a plain object of this module can be handed to the CBOR writer. */
export type SimulationInputMap = SimulationInput & PlanMap;
export type { Quantity };
