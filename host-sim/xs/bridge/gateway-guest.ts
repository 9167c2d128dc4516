/**
 * The gateway's program: firmware/gateway.ts on the bridge. Its modules lie in ROM when `main` is called, as on a device.
 * The bundler supplies the site's plan and the drivers that it names (`argand:firmware`, see programs.ts).
 */
import { calibrate, drivers, features, Gateway, plan } from "argand:firmware";
import { bridgedIO } from "./gateway-io";
import { bridgedClock, bridgedCrypto, bridgedLog, bridgedRandom } from "./gateway-platform";
import { type BridgeHost, COUNTER_NAMES, Tell } from "./protocol";

declare const host: BridgeHost;

type XsString = { fromArrayBuffer(bytes: ArrayBuffer): string };

class Program {
  #gateway: InstanceType<typeof Gateway> | undefined;

  answer(op: number, a: number, b: number, _c: number, bytes: ArrayBuffer | undefined): unknown {
    switch (op) {
      case Tell.start:
        this.#gateway = new Gateway({
          plan,
          drivers,
          features,
          clock: bridgedClock,
          random: bridgedRandom,
          log: bridgedLog,
          crypto: bridgedCrypto(),
          io: bridgedIO,
          boot: 1,
          secrets: { credential: (name) => ({ user: name, password: "simulated" }) },
        });
        this.#gateway.start();
        return undefined;
      case Tell.stopSampling:
        this.#gateway!.stopSampling();
        return undefined;
      case Tell.undelivered:
        return this.#gateway!.undelivered;
      case Tell.counters: {
        const counters = this.#gateway!.counters();
        return Float64Array.from(COUNTER_NAMES.map((name) => counters[name])).buffer;
      }
      case Tell.acknowledge:
        return this.#gateway!.acknowledge((String as unknown as XsString).fromArrayBuffer(bytes!)) ? 1 : 0;
      case Tell.command: {
        const [device, command, point] = (String as unknown as XsString).fromArrayBuffer(bytes!).split(" ");
        return this.#gateway!.command(device, command, point) ? 1 : 0;
      }
      case Tell.calibrate:
        calibrate(a, b);
    }
    return undefined;
  }
}

/** Called once, in the gateway's own machine. */
(globalThis as { main?: () => void }).main = () => {
  const program = new Program();
  host.onCall(program.answer, 0, program);
};
