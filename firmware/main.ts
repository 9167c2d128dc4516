/**
 * The gateway on a device: what `argand build` links for one site and one target becomes a running gateway.
 *
 *   opening -> running -> failed -> (after a while) running ...
 *
 * Nothing that the firmware throws ends the process: it is logged, the gateway is closed, and started again as a new boot.
 */

import { packedPlan, packedSources } from "site/plan";
import { openPlatform } from "site/platform";
import { drivers, features } from "site/registry";
import type { Timer } from "../hal/clock";
import { Gateway } from "./gateway";
import { unpack } from "./packed";
import { PlanBook } from "./plan-book";

/** The wait before a new start doubles with each failure, and is the shortest again after a start that held. */
const SHORTEST_RESTART_US = 10_000_000;
const LONGEST_RESTART_US = 300_000_000;

/** Preloaded with its module: the bytes lie in flash. */
const PLAN = unpack(packedPlan);
const SOURCES = unpack(packedSources);

class Supervisor {
  readonly #platform = openPlatform((error) => this.failed(error));
  readonly #restart: Timer = this.#platform.clock.timer(() => this.run());
  #gateway: Gateway | undefined;
  #startedUs = 0;
  #restartUs = SHORTEST_RESTART_US;

  start(): void {
    this.#platform.connect(() => this.run());
  }

  private run(): void {
    const { clock, random, log, crypto, io, keep, secrets } = this.#platform;
    this.#startedUs = clock.nowUs();
    try {
      const boot = this.#platform.countBoot();
      const gateway = new Gateway({
        plan: PLAN,
        drivers,
        features,
        clock,
        random,
        log,
        crypto,
        io,
        boot,
        secrets,
        sources: SOURCES,
        ...(keep === undefined ? {} : { keep }),
      });
      this.#gateway = gateway;
      gateway.start();
      const { id, site } = new PlanBook(PLAN).readHead().gateway;
      log.info(`gateway ${id} of ${site}: ${gateway.slots.length} devices, boot ${bootText(boot)}`);
    } catch (error) {
      this.failed(error);
    }
  }

  private failed(error: unknown): void {
    const { clock, log } = this.#platform;
    if (clock.nowUs() - this.#startedUs > LONGEST_RESTART_US) this.#restartUs = SHORTEST_RESTART_US;
    log.warn(`gateway failed: ${error}; starts again in ${this.#restartUs / 1_000_000} s`);
    this.closeGateway();
    this.#restart.arm(clock.nowUs() + this.#restartUs);
    this.#restartUs = Math.min(this.#restartUs * 2, LONGEST_RESTART_US);
  }

  /** A gateway that has failed may fail to close as well; that must not keep it from starting again. */
  private closeGateway(): void {
    const gateway = this.#gateway;
    this.#gateway = undefined;
    try {
      gateway?.close();
    } catch (error) {
      this.#platform.log.warn(`gateway could not be closed: ${error}`);
    }
  }
}

function bootText(boot: number): string {
  return boot === 0 ? "0 (this platform does not count its boots)" : `${boot}`;
}

/** The SDK calls the default export of the main module. */
export default function main(): void {
  new Supervisor().start();
}
