/** Facts for the conformance test, on I2C. Sources: constants.ts. On SPI the driver's own test covers the same range. */
import type { Conformance } from "../conformance";
import { Quantity } from "../emulation";
import { RANGE, Register } from "./constants";
import { BMP390 } from "./driver";

/** The part before it, at the same address. */
const BMP388_ID = 0x50;

export const conformance: Conformance = {
  kind: "sensor",
  pages: [
    { name: "eight samples", page: {} },
    { name: "32 samples, the other address", page: { oversampling: 32, address: 0x77 } },
  ],
  channels: {
    pressure: { quantity: Quantity.pressure, ...RANGE.pressure, resolution: 0.5 },
    temperature: { quantity: Quantity.temperature, ...RANGE.temperature, resolution: 0.006 },
  },
  identification: { model: "Bosch BMP390", classification: "BarometricPressure-Temperature", uniqueID: false },
  readyUs: 0,
  settleTicks: 3,
  checksum: false,
  identity: { command: [Register.id], foreign: [BMP388_ID] },
  badSettings: [{ oversampling: 3 }],
  sensor: (options) => new BMP390(options),
};
