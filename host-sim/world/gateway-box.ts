/** The gateway's box in a world: what it has that outlives the firmware which runs in it, and its power switch. */
import { Gateway, type GatewayCounters } from "../../firmware/gateway";
import type { Plan } from "../../firmware/plan";
import { partitionBytes } from "../../firmware/uplink/outbox/flash-store";
import type { Crypto } from "../../hal/crypto";
import type { Secrets } from "../../hal/secrets";
import { WorldClock } from "./clock";
import { NorFlash, WorldFlash } from "./flash";
import { GatewayClock, Power } from "./power";
import type { SimulatedGateway, SimulationInput, SimulationPlatform } from "./simulation";
import type { World } from "./world";

/** Of the flash of a board. */
const BLOCK_BYTES = 4096;
const GATEWAY_ADDRESS = "192.0.2.7";

export class GatewayBox {
  gateway: SimulatedGateway;
  readonly #simulation: SimulationInput;
  readonly #plan: Plan;
  readonly #platform: SimulationPlatform;
  readonly #world: World;
  readonly #power = new Power();
  readonly #flash: ReadonlyMap<string, NorFlash>;
  #boot = 0;
  /** Of the starts before the present one. */
  readonly #before: Record<string, number> = {};

  constructor(simulation: SimulationInput, plan: Plan, platform: SimulationPlatform, world: World) {
    this.#simulation = simulation;
    this.#plan = plan;
    this.#platform = platform;
    this.#world = world;
    this.#flash = flashOf(plan, world);
    this.gateway = this.#start();
  }

  get undelivered(): number {
    return this.gateway.undelivered;
  }

  /** The power goes, whatever the gateway was doing, and comes back at once. */
  reboot(): boolean {
    if (this.#platform.openGateway !== undefined) return false;
    addCounters(this.#before, this.gateway.counters());
    const host = this.#world.network.host(GATEWAY_ADDRESS);
    host.powerOff();
    this.#power.cut();
    for (const flash of this.#flash.values()) flash.powerOff();
    for (const flash of this.#flash.values()) flash.powerUp();
    host.powerOn();
    this.gateway = this.#start();
    return true;
  }

  stepClock(milliseconds: number): void {
    this.#power.wallStepMs += milliseconds;
  }

  stopSampling(): void {
    this.gateway.stopSampling();
  }

  counters(): GatewayCounters {
    const { latestUs, ...sums } = this.gateway.counters();
    const all = { ...this.#before };
    addCounters(all, sums);
    return { ...all, latestUs } as GatewayCounters;
  }

  #start(): SimulatedGateway {
    const { drivers, features, say } = this.#platform;
    const world = this.#world;
    const { kernel, journal, network } = world;
    const host = network.host(GATEWAY_ADDRESS);
    const boot = ++this.#boot;
    const startUs = kernel.nowUs();
    const since = (us: number) => us + startUs;
    // A gateway that asks time servers has no clock of its own, as an ESP32 after power-on.
    const clock = this.#plan.time === undefined ? world.clock : new WorldClock(kernel, Number.NaN);
    // The world encrypts nothing: what it shows of TLS is that the gateway asks for it.
    const io = { ...world.board.io, TCP: host.TCP, TLS: host.TCP, UDP: host.UDP, flash: new WorldFlash(this.#flash) };
    const openGateway = this.#platform.openGateway ?? ((options) => new Gateway(options));
    const gateway = openGateway({
      plan: this.#simulation.plan,
      drivers,
      clock: new GatewayClock(clock, this.#power),
      random: world.random.branch(boot === 1 ? "gateway" : `gateway/${boot}`),
      log: { info: say, warn: say },
      features,
      crypto: cryptoOf(this.#platform, this.#plan, this.#simulation.seed),
      io: this.#power.supply(io),
      boot,
      secrets: simulatedSecrets,
      observer: {
        alarm: (alarm) =>
          journal.add({
            ...alarm,
            seq: journalSeq(boot, alarm.seq),
            detectedUs: since(alarm.detectedUs),
            raisedUs: since(alarm.raisedUs),
            acknowledgedUs: -1,
          }),
        acknowledged: (seq, nowUs, of) => journal.acknowledged(journalSeq(of, seq), since(nowUs)),
      },
    });
    gateway.start();
    return gateway;
  }
}

/** The world's broker asks nobody who he is. */
export const simulatedSecrets: Secrets = { credential: (name) => ({ user: name, password: "simulated" }) };

/** The gateway's sequence numbers begin anew with each start. */
function journalSeq(boot: number, seq: number): number {
  return (boot - 1) * 0x1000_0000 + seq;
}

/** The partition that a site names, erased. */
function flashOf(plan: Plan, world: World): ReadonlyMap<string, NorFlash> {
  const { flash, alarmBytes, telemetryBytes } = plan.uplink.store;
  if (flash === undefined) return new Map();
  const blocks = partitionBytes(alarmBytes, telemetryBytes, BLOCK_BYTES) / BLOCK_BYTES;
  return new Map([[flash, new NorFlash(blocks, world.random.branch(`flash/${flash}`), BLOCK_BYTES)]]);
}

function addCounters(sums: Record<string, number>, counters: Record<string, number>): void {
  for (const [name, value] of Object.entries(counters)) sums[name] = (sums[name] ?? 0) + value;
}

/** Its private key takes a while to make, so that only a site which signs has one. */
function cryptoOf(platform: SimulationPlatform, plan: Plan, seed: number): Crypto {
  if (plan.uplink.sign === undefined || platform.signerOf === undefined) return platform.crypto;
  return { sha256: platform.crypto.sha256, signer: platform.signerOf(seed) };
}
