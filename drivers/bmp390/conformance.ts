/** Facts for the conformance test. Sources: constants.ts. */
import type { Conformance } from "../conformance";
import { Quantity } from "../emulation";
import { RANGE, Register, SPI_DUMMY_BYTES } from "./constants";
import { BMP390 } from "./driver";

/** The part before it, at the same address. */
const BMP388_ID = 0x50;

export const conformance: Conformance = {
  kind: "sensor",
  pages: [
    { name: "eight samples", page: {} },
    { name: "32 samples, the other address", page: { oversampling: 32, address: 0x77 } },
    { name: "on SPI", bus: "spi", page: { oversampling: 16 } },
  ],
  channels: {
    pressure: { quantity: Quantity.pressure, ...RANGE.pressure, resolution: 0.5 },
    temperature: { quantity: Quantity.temperature, ...RANGE.temperature, resolution: 0.006 },
  },
  identification: { model: "Bosch BMP390", classification: "BarometricPressure-Temperature", uniqueID: false },
  readyUs: 0,
  settleTicks: 3,
  checksum: false,
  identity: {
    command: [Register.id],
    foreign: [BMP388_ID],
    spi: { command: [Register.id | 0x80], dummyBytes: SPI_DUMMY_BYTES },
  },
  badSettings: [{ oversampling: 3 }],
  change: { oversampling: 2 },
  badChanges: [{ oversampling: 3 }],
  sensor: (options) => new BMP390(options),
};
