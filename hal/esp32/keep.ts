/** A few bytes in the ESP32's non-volatile storage, which replaces a value whole or not at all. */
import Preference from "preference";
import type { Keep } from "../keep";

const DOMAIN = "argand";

export const sdkKeep: Keep = {
  read(name) {
    const value: unknown = Preference.get(DOMAIN, name);
    return value instanceof ArrayBuffer ? new Uint8Array(value) : undefined;
  },
  write(name, bytes) {
    // It takes whole buffers only.
    Preference.set(DOMAIN, name, bytes.slice().buffer);
  },
};
