/**
 * Real pins in a live world: the classes of an Arduino in the place of the world's. The world is caught up before a callback
 * reaches the gateway, so that its clock is right.
 */
import type { Clock, TimeQuality, Timer } from "../../hal/clock";
import type { FirmataProvider } from "../../hal/firmata/provider";
import type { Digital, DigitalOptions, IOProvider } from "../../hal/io";
import type { Pump } from "./pump";

export function livePins({ io }: FirmataProvider, pump: Pump): Pick<IOProvider, "Digital" | "Analog" | "PWM" | "I2C"> {
  return {
    ...io,
    Digital: class extends io.Digital {
      constructor(options: DigitalOptions) {
        const { onReadable } = options;
        super(onReadable === undefined ? options : { ...options, onReadable: timed(pump, onReadable) });
      }
    },
  };
}

/**
 * The world's clock stands still inside an event; a transfer to a real part takes its time. A part that is started at the end of
 * such a transfer must be given its whole time, so the gateway's clock goes on meanwhile.
 */
export class PinClock implements Clock {
  readonly #world: Clock;
  readonly #pump: Pump;

  constructor(world: Clock, pump: Pump) {
    this.#world = world;
    this.#pump = pump;
  }

  nowUs(): number {
    return Math.max(this.#world.nowUs(), this.#pump.elapsedUs());
  }

  wallMs(): number {
    return this.#world.wallMs() + Math.floor((this.nowUs() - this.#world.nowUs()) / 1000);
  }

  wallQuality(): TimeQuality {
    return this.#world.wallQuality();
  }

  timer(callback: () => void, target?: object): Timer {
    return this.#world.timer(callback, target);
  }
}

function timed(pump: Pump, callback: (this: Digital) => void) {
  return function (this: Digital) {
    pump.advance();
    callback.call(this);
    pump.arm();
  };
}

/** Devices of the site that hang on such pins now, for people. */
export function onPins(
  devices: readonly { readonly id: string; readonly connection: { readonly io: string } }[],
): string[] {
  const kinds = ["I2C", "Digital", "Analog", "PWM"];
  return devices.filter(({ connection }) => kinds.includes(connection.io)).map(({ id }) => id);
}
