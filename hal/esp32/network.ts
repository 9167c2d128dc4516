/**
 * Wi-Fi of the gateway: brings the station up, and keeps it up.
 *
 *   idle -> joining -> up
 *             |  ^      |
 *             v  |      |
 *           waiting <---+
 *
 * The gateway does not wait for it for ever: a site without a network still samples and stores. `ready` is called once,
 * when there is an address or when `READY_TIMEOUT_US` has passed.
 */
import NativeWiFi from "embedded:network/interface/wifi";
import type { Clock, Timer } from "../clock";
import type { Log } from "../log";
import type { FaultHandler } from "./fault";

export type WiFiSettings = {
  readonly ssid: string;
  /** Empty for an open network. */
  readonly password: string;
};

/** ECMA-419 network interface, as the SDK has it. */
type WiFi = {
  /** 200 off or disconnected, 300 connecting, 400 associated, 500 has an address. */
  readonly connection: number;
  readonly address: string | undefined;
  connect(options: { SSID: string; password?: string }): void;
  disconnect(): void;
};
const Native = NativeWiFi as unknown as new (options: { onChanged(property: string): void }) => WiFi;

/** From these values of `connection` on there is an attempt, and an address. */
const CONNECTING = 300;
const HAS_ADDRESS = 500;

const READY_TIMEOUT_US = 30_000_000;
/** Joining and DHCP together. */
const JOIN_TIMEOUT_US = 20_000_000;
const RETRY_US = 5_000_000;

export type NetworkState = "idle" | "joining" | "up" | "waiting";

export class Network {
  readonly #settings: WiFiSettings;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #fault: FaultHandler;
  readonly #stateTimer: Timer;
  readonly #readyTimer: Timer;
  #wifi: WiFi | undefined;
  #state: NetworkState = "idle";
  #ready: (() => void) | undefined;

  constructor(settings: WiFiSettings, clock: Clock, log: Log, fault: FaultHandler) {
    this.#settings = settings;
    this.#clock = clock;
    this.#log = log;
    this.#fault = fault;
    this.#stateTimer = clock.timer(() => this.#timedOut());
    this.#readyTimer = clock.timer(() => this.#announce());
  }

  get state(): NetworkState {
    return this.#state;
  }

  start(ready: () => void): void {
    this.#ready = ready;
    this.#readyTimer.arm(this.#clock.nowUs() + READY_TIMEOUT_US);
    this.#wifi = new Native({ onChanged: () => this.#changed() });
    this.#join();
  }

  #join(): void {
    const { ssid, password } = this.#settings;
    this.#enter("joining", JOIN_TIMEOUT_US);
    try {
      this.#wifi!.connect(password === "" ? { SSID: ssid } : { SSID: ssid, password });
    } catch (error) {
      this.#log.warn(`Wi-Fi: ${error}`);
      this.#enter("waiting", RETRY_US);
    }
  }

  #changed(): void {
    const connection = this.#wifi!.connection;
    if (connection >= HAS_ADDRESS) {
      if (this.#state === "up") return;
      this.#state = "up";
      this.#stateTimer.disarm();
      this.#log.info(`Wi-Fi: "${this.#settings.ssid}", address ${this.#wifi!.address}`);
      this.#announce();
    } else if (connection < CONNECTING && this.#state !== "waiting") {
      this.#log.warn(`Wi-Fi: "${this.#settings.ssid}" ${this.#state === "up" ? "lost" : "could not be joined"}`);
      this.#enter("waiting", RETRY_US);
    }
  }

  #timedOut(): void {
    if (this.#state === "joining") {
      this.#log.warn(`Wi-Fi: "${this.#settings.ssid}" gave no address in ${JOIN_TIMEOUT_US / 1_000_000} s`);
      this.#enter("waiting", RETRY_US);
      this.#wifi!.disconnect();
    } else this.#join();
  }

  #enter(state: NetworkState, timeoutUs: number): void {
    this.#state = state;
    this.#stateTimer.arm(this.#clock.nowUs() + timeoutUs);
  }

  #announce(): void {
    const ready = this.#ready;
    if (ready === undefined) return;
    this.#ready = undefined;
    this.#readyTimer.disarm();
    if (this.#state !== "up") this.#log.warn("Wi-Fi: not there yet; the gateway starts without it");
    try {
      ready();
    } catch (error) {
      this.#fault(error);
    }
  }
}
