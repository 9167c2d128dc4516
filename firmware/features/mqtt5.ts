/** MQTT 5 beside 3.1.1 (`uplink/mqtt`). */
import { Version5 } from "../uplink/mqtt/version-5";

export const feature = { Version5 };
