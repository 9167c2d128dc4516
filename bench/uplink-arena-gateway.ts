/** The gateway's half of bench/uplink-arena.ts: an uplink with its store in flash, and nothing else. */
import { FlashStore } from "../firmware/uplink/outbox/flash-store";
import { Uplink } from "../firmware/uplink/uplink";
import { bridgedIO } from "../host-sim/xs/bridge/gateway-io";
import { bridgedClock, bridgedLog, bridgedRandom } from "../host-sim/xs/bridge/gateway-platform";
import type { BridgeHost } from "../host-sim/xs/bridge/protocol";
import { Ask1, SIZES } from "./uplink-arena-plan";

declare const host: BridgeHost;

class Program {
  #uplink: Uplink | undefined;
  readonly #batch: Uint8Array = new Uint8Array(600);
  readonly #none = new Uint8Array(0);

  answer(op: number): number {
    if (op === Ask1.open) this.open();
    const uplink = this.#uplink!;
    const seq = uplink.nextSeq();
    if (op === Ask1.alarm) uplink.publishAlarm(seq, this.#batch, 0, 250);
    else uplink.publishBatch(seq, this.#batch, 0, 600, 64);
    return uplink.undelivered;
  }

  private open(): void {
    const partition = bridgedIO.flash!.open({ path: "outbox" });
    const store = new FlashStore({ partition, ...SIZES, boot: 1, clock: bridgedClock });
    this.#uplink = new Uplink({
      plan: {
        ...{ host: "192.0.2.1", port: 1883, tls: false, client: "gw", keepAliveMs: 60_000 },
        batch: { everyMs: 10_000, max: 64 },
        store: { ...SIZES, flash: "outbox" },
      },
      gateway: { id: "gw", site: "hall", board: "esp32-s3", trace: {} },
      ...{ boot: 1, clock: bridgedClock, random: bridgedRandom, log: bridgedLog, TCP: bridgedIO.TCP!, store },
      documents: { count: 0, get: () => ({ suffix: "", bytes: this.#none }) },
      owner: { gapEvent: () => ({ bytes: this.#batch, offset: 0, length: 250 }), acknowledged: () => {} },
    });
    this.#uplink.start();
  }
}

(globalThis as { main?: () => void }).main = () => {
  const program = new Program();
  host.onCall(program.answer, 0, program);
};
