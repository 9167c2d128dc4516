/** Facts for the conformance test. Sources: constants.ts. */
import type { Conformance } from "../conformance";
import { Quantity } from "../emulation";
import { RANGE, Register } from "./constants";
import { BME280 } from "./driver";

/** The sister part without humidity. */
const BMP280_ID = 0x58;

export const conformance: Conformance = {
  kind: "sensor",
  pages: [
    { name: "a single sample", page: {} },
    { name: "four samples, the other address", page: { oversampling: 4, address: 0x77 } },
    { name: "on SPI", bus: "spi", page: { oversampling: 16 } },
  ],
  // Steps of 16 bits (sections 3.4.1 to 3.4.3) at the coarsest place of the range.
  channels: {
    temperature: { quantity: Quantity.temperature, ...RANGE.temperature, resolution: 0.006 },
    pressure: { quantity: Quantity.pressure, ...RANGE.pressure, resolution: 3.6 },
    humidity: { quantity: Quantity.humidity, ...RANGE.humidity, resolution: 0.018 },
  },
  identification: {
    model: "Bosch BME280",
    classification: "BarometricPressure-Humidity-Temperature",
    uniqueID: false,
  },
  readyUs: 0,
  settleTicks: 3,
  checksum: false,
  identity: { command: [Register.id], foreign: [BMP280_ID], spi: { command: [Register.id | 0x80], dummyBytes: 0 } },
  badSettings: [{ oversampling: 3 }],
  change: { oversampling: 2 },
  badChanges: [{ oversampling: 3 }],
  sensor: (options) => new BME280(options),
};
