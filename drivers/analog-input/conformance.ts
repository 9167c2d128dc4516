/** Facts for the conformance test. Sources: constants.ts. */
import type { Conformance } from "../conformance";
import { loopScale, voltageScale } from "./constants";
import { AnalogInput } from "./driver";

/** The test's converter: 12 bits over 2450 mV. */
const STEP_MV = 2450 / 4095;

export const conformance: Conformance = {
  kind: "sensor",
  pages: [
    { name: "a current loop", bus: "analog", page: { pin: 1, unit: "m", loop: { shuntOhm: 100, low: 0, high: 5 } } },
    {
      name: "a voltage behind a divider",
      bus: "analog",
      page: { pin: 1, voltage: { upperOhm: 30_000, lowerOhm: 10_000 } },
    },
  ],
  channels: (page) => ({
    value:
      "loop" in page
        ? { act: (value) => `value ${value}`, min: 0, max: 5, resolution: (STEP_MV / 100 / 16) * 5 }
        : { act: (value) => `value ${value}`, min: 0, max: 9.79, resolution: (4 * STEP_MV) / 1000 },
  }),
  identification: { model: "analog input", classification: "AnalogInput", uniqueID: false },
  readyUs: 0,
  checksum: false,
  badSettings: [{ unit: "m", low: 0, high: 5, scale: { perMv: 0, offset: 0 } }],
  change: { scale: voltageScale(1, 0, 1000, 0, 1) },
  badChanges: [{ scale: { perMv: 0, offset: 0 } }, { scale: { perMv: Number.NaN, offset: 0 } }],
  sensor: (options) => new AnalogInput({ ...options, scale: loopScale(100, 0, 5) }),
};
