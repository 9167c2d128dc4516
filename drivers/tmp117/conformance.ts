/** Facts for the conformance test. Sources: constants.ts. */
import type { Conformance } from "../conformance";
import { Quantity } from "../emulation";
import { DEVICE_ID, RANGE, Register, STEP_CEL } from "./constants";
import { TMP117 } from "./driver";

export const conformance: Conformance = {
  kind: "sensor",
  pages: [
    { name: "8 averages", page: {} },
    { name: "a single conversion, at another address", page: { averaging: 1, address: 0x4b } },
    {
      name: "ALERT as a thermostat",
      page: { highLimitCel: 60, lowLimitCel: 55, alertMode: "therm", alertActive: "high" },
    },
  ],
  channels: { temperature: { quantity: Quantity.temperature, ...RANGE, resolution: STEP_CEL } },
  identification: { model: "Texas Instruments TMP117", classification: "Temperature", uniqueID: true },
  readyUs: 0,
  // SMBus without packet error checking: a flipped bit cannot be seen.
  checksum: false,
  // The TMP116 has 0x1116 there.
  identity: { command: [Register.deviceId], foreign: [0x11, (DEVICE_ID & 0xff) - 1] },
  badSettings: [{ averaging: 2 }, { highLimitCel: 10, lowLimitCel: 20 }, { highLimitCel: 300 }],
  change: { averaging: 32, highLimitCel: 60, alertMode: "therm" },
  badChanges: [
    { alertMode: "both" },
    { alertActive: 1 },
    { averaging: 2 },
    { highLimitCel: 300 },
    { lowLimitCel: 192 },
    { highLimitCel: Number.NaN },
  ],
  sensor: (options) => new TMP117(options),
};
