/** Facts for the conformance test. Sources: constants.ts. */
import type { Conformance } from "../conformance";
import { Quantity } from "../emulation";
import { putWord, WORD_BYTES } from "../word-crc8";
import { Command, RANGE } from "./constants";
import { SCD4x } from "./driver";

/** A variant that no SCD4x has. */
const foreign = new Uint8Array(WORD_BYTES);
putWord(foreign, 0, 0x9440);

export const conformance: Conformance = {
  kind: "sensor",
  // In low power it measures each 30 s, so that at each 5 s a tick rightly brings nothing: driver.test.ts has that mode.
  pages: [
    { name: "periodic", page: {} },
    { name: "at an altitude", page: { altitude: 0, pressure: 101_300 } },
  ],
  channels: {
    // Parts per million in whole numbers (section 3.5.2); the air's pressure is the one that the part assumes.
    co2: { quantity: Quantity.co2, ...RANGE.co2, resolution: 1 },
    temperature: { quantity: Quantity.temperature, ...RANGE.temperature, resolution: 175 / 65_535 },
    humidity: { quantity: Quantity.humidity, ...RANGE.humidity, resolution: 100 / 65_535 },
  },
  identification: {
    model: "Sensirion SCD41",
    classification: "CarbonDioxideDetector-Humidity-Temperature",
    uniqueID: true,
  },
  // It measures by itself, each 5 s.
  everyMs: 5000,
  readyUs: 0,
  settleTicks: 2,
  // One that answers and measures no more is given up after five of its intervals.
  returnTicks: 10,
  checksum: true,
  identity: { command: [Command.getVariant >> 8, Command.getVariant & 0xff], foreign: [...foreign] },
  badSettings: [
    { mode: "fast", altitude: 0 },
    { mode: "periodic", altitude: 9000 },
  ],
  change: { mode: "low-power", altitude: 120 },
  badChanges: [{ mode: "fast" }, { altitude: -500 }, { pressure: 1 }],
  sensor: (options) => new SCD4x(options),
};
