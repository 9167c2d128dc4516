/** Facts for the conformance test. Sources: constants.ts. */
import type { Conformance } from "../conformance";
import { Quantity } from "../emulation";
import { RANGE, RESET_US } from "./constants";
import { SHT3x } from "./driver";

export const conformance: Conformance = {
  kind: "sensor",
  pages: [
    { name: "high repeatability", page: {} },
    { name: "low repeatability", page: { repeatability: "low", address: 0x45 } },
  ],
  // One step of the 16-bit words (section 4.13).
  channels: {
    temperature: { quantity: Quantity.temperature, ...RANGE.temperature, resolution: 175 / 65_535 },
    humidity: { quantity: Quantity.humidity, ...RANGE.humidity, resolution: 100 / 65_535 },
  },
  identification: { model: "Sensirion SHT3x-DIS", classification: "Humidity-Temperature", uniqueID: true },
  readyUs: RESET_US,
  checksum: true,
  badSettings: [{ repeatability: "best" }],
  change: { repeatability: "low" },
  badChanges: [{ repeatability: "best" }],
  sensor: (options) => new SHT3x(options),
};
