/** Facts for the conformance test. Sources: constants.ts. */
import type { Conformance } from "../conformance";
import { Quantity } from "../emulation";
import { RANGE, RESET_US } from "./constants";
import { SHT3x } from "./driver";
import { ALERT_AFTER_RESET } from "./modes";

export const conformance: Conformance = {
  kind: "sensor",
  pages: [
    { name: "high repeatability", page: {} },
    { name: "low repeatability", page: { repeatability: "low", address: 0x45 } },
    { name: "by itself, ten times a second", page: { measurementsPerSecond: 10 } },
    {
      name: "by itself, with limits",
      page: { measurementsPerSecond: 4, repeatability: "medium", alert: { highCel: 50, lowPercent: 5 } },
    },
  ],
  // One step of the 16-bit words (section 4.13).
  channels: {
    temperature: { quantity: Quantity.temperature, ...RANGE.temperature, resolution: 175 / 65_535 },
    humidity: { quantity: Quantity.humidity, ...RANGE.humidity, resolution: 100 / 65_535 },
  },
  identification: { model: "Sensirion SHT3x-DIS", classification: "Humidity-Temperature", uniqueID: true },
  readyUs: RESET_US,
  checksum: true,
  badSettings: [
    { repeatability: "best" },
    { repeatability: "high", measurementsPerSecond: 3 },
    { repeatability: "high", alert: ALERT_AFTER_RESET },
  ],
  change: {
    repeatability: "low",
    measurementsPerSecond: 2,
    heater: true,
    alert: { ...ALERT_AFTER_RESET, highCel: 40 },
  },
  badChanges: [
    { repeatability: "best" },
    { measurementsPerSecond: 5 },
    { heater: "warm" },
    { measurementsPerSecond: 1, alert: { ...ALERT_AFTER_RESET, lowCel: 70 } },
    { measurementsPerSecond: 1, alert: { ...ALERT_AFTER_RESET, hysteresisPercent: 40 } },
  ],
  sensor: (options) => new SHT3x(options),
};
