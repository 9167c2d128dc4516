/**
 * What `hal/esp32` and `firmware/main.ts` use of the Moddable SDK, in our own words, so that they can be type-checked
 * without the SDK: `tsc -p hal/esp32/tsconfig.json`. A build with the SDK does not see this file; it checks against the
 * SDK's own typings.
 *
 * The IO classes are declared `unknown`: the SDK's typings of them differ from its code (8.2.3), and every use here names
 * the shape it relies on.
 */

declare function trace(...text: string[]): void;

declare module "timer" {
  class Timer {
    private constructor();
    static repeat(callback: (timer: Timer) => void, interval: number): Timer;
    static schedule(timer: Timer, interval?: number, repeat?: number): void;
    private brand: boolean;
  }

  export { Timer as default };
}

declare module "time" {
  const Time: { readonly ticks: number; readonly microseconds?: number };

  export { Time as default };
}

declare module "crypt" {
  export class Digest {
    constructor(type: "SHA256");
    write(message: string | ArrayBuffer): void;
    close(): ArrayBuffer;
  }
}

declare module "preference" {
  const Preference: {
    get(domain: string, key: string): string | boolean | number | ArrayBuffer | undefined;
    set(domain: string, key: string, value: string | boolean | number | ArrayBuffer): void;
  };

  export { Preference as default };
}

declare module "mc/config" {
  const config: Record<string, unknown>;

  export { config as default };
}

declare module "net" {
  const Net: { resolve(host: string, callback: (host: string, address?: string) => void): void };

  export { Net as default };
}

declare module "embedded:io/socket/tcp" {
  const TCP: unknown;

  export { TCP as default };
}

declare module "embedded:io/socket/udp" {
  const UDP: unknown;

  export { UDP as default };
}

declare module "embedded:io/digital" {
  const Digital: unknown;

  export { Digital as default };
}

declare module "embedded:io/analog" {
  const Analog: unknown;

  export { Analog as default };
}

declare module "embedded:io/pulsecount" {
  const PulseCount: unknown;

  export { PulseCount as default };
}

declare module "embedded:io/i2c" {
  const I2C: unknown;

  export { I2C as default };
}

declare module "embedded:io/spi" {
  const SPI: unknown;

  export { SPI as default };
}

declare module "embedded:io/serial" {
  const Serial: unknown;

  export { Serial as default };
}

declare module "embedded:storage/flash" {
  const flash: unknown;

  export { flash as default };
}

declare module "embedded:network/interface/wifi" {
  const WiFi: unknown;

  export { WiFi as default };
}

/** Written by `argand build` for one site and one target. */
declare module "site/plan" {
  /** For firmware/packed.ts. */
  export const packedPlan: string;
  /** SHA-256 over the sources that were linked, packed likewise. */
  export const packedSources: string;
}

/** `hal/esp32/signer` where the site signs, otherwise a function that gives nothing. */
declare module "site/signer" {
  export const openSigner: typeof import("./signer").openSigner;
}

declare module "site/platform" {
  export const openPlatform: import("./platform").OpenPlatform;
}
