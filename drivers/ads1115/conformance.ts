/** Facts for the conformance test. Sources: constants.ts. */
import { loopScale } from "../analog-input/constants";
import type { Conformance, ConformanceChannels } from "../conformance";
import { FULL_STEPS } from "./constants";
import { ADS1115 } from "./driver";
import type { InputSettings } from "./input";

/** 4.096 V over 16 bits with sign, in mV. */
const STEP_MV = 4096 / FULL_STEPS;

const CHANNELS: ConformanceChannels = {
  level: { act: (value) => `level value ${value}`, min: 0, max: 5, resolution: (STEP_MV / 100 / 16) * 5 },
  // Behind a divider of 11 to 1, in a range of 2.048 V.
  battery: { act: (value) => `battery value ${value}`, min: -14, max: 14, resolution: (11 * STEP_MV) / 2 / 1000 },
};
const LEVEL = { input: 0, unit: "m", loop: { shuntOhm: 100, low: 0, high: 5 } } as const;
const BATTERY = { input: "2-3", voltage: { upperOhm: 100_000, lowerOhm: 10_000, highMv: 14_000, high: 14 } } as const;

export const conformance: Conformance = {
  kind: "sensor",
  pages: [
    { name: "a loop and a difference behind a divider", page: { inputs: { level: LEVEL, battery: BATTERY } } },
    {
      name: "one input with limits of the ALERT pin, slow, another address",
      page: { rate: 8, address: 0x4b, inputs: { level: LEVEL }, alert: { low: 1, high: 4, after: 2 } },
    },
  ],
  channels: ({ inputs }) => {
    const named = Object.keys(inputs as object);
    return Object.fromEntries(named.map((name) => [name, CHANNELS[name]]));
  },
  identification: { model: "Texas Instruments ADS1115", classification: "AnalogInput", uniqueID: false },
  readyUs: 0,
  // I2C without a checksum, and no register that says what the part is.
  checksum: false,
  badSettings: [
    { rate: 128, inputs: [] },
    { rate: 100, inputs: [{ input: 0, rangeMv: 2048, scale: loopScale(100, 0, 5) }] },
  ],
  change: { rate: 16 },
  badChanges: [{ rate: 100 }, { inputs: [] }, { alert: { low: 2, high: 1, after: 1 } }],
  sensor: (options, _bus, { inputs }) => new ADS1115({ ...options, inputs: inputs as unknown as InputSettings[] }),
};
