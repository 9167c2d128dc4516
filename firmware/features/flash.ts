/** Messages that the broker does not have wait in flash instead of in memory (`uplink/outbox`). */
import { openFlashStore } from "../uplink/outbox/open-flash-store";

export const feature = { openFlashStore };
