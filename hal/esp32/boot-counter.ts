/** Counts the starts of the gateway in the ESP32's non-volatile storage, so that `(boot, seq)` never repeats. */
import Preference from "preference";

const DOMAIN = "argand";
const KEY = "boot";

/** @returns 1 at the first start of this board */
export function countBoot(): number {
  const last = Preference.get(DOMAIN, KEY);
  const boot = typeof last === "number" && last >= 0 ? last + 1 : 1;
  Preference.set(DOMAIN, KEY, boot);
  return boot;
}
