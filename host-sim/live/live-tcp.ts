/**
 * The gateway's TCP in a live world: real sockets, with two additions. The world is caught up before a callback reaches the
 * gateway, so that its clock is right; and the plan's broker may be found at another address, as behind a port forwarding,
 * so that the very same plan (and digest) runs against any broker.
 */
import type { TCPConstructor, TCPOptions } from "../../hal/io";
import type { Pump } from "./pump";

export type Forwarding = {
  readonly from: { readonly host: string; readonly port: number };
  readonly to: { readonly host: string; readonly port: number };
};

export function liveTCP(TCP: TCPConstructor, pump: Pump, forwarding: Forwarding): TCPConstructor {
  return class extends TCP {
    constructor(options: TCPOptions) {
      const { from, to } = forwarding;
      const forwarded = options.address === from.host && options.port === from.port;
      super({
        ...options,
        ...(forwarded ? { address: to.host, port: to.port } : {}),
        ...timed(pump, "onReadable", options.onReadable),
        ...timed(pump, "onWritable", options.onWritable),
        ...timed(pump, "onError", options.onError),
      });
    }
  };
}

/** `callback` under its name, with the world brought up to now around it. */
function timed<T, A>(pump: Pump, name: string, callback: ((this: T, argument: A) => void) | undefined) {
  if (callback === undefined) return {};
  return {
    [name](this: T, argument: A) {
      pump.advance();
      callback.call(this, argument);
      pump.arm();
    },
  };
}
