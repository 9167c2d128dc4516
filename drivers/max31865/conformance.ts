/** Facts for the conformance test. Sources: constants.ts. */
import type { Conformance } from "../conformance";
import { Quantity } from "../emulation";
import { RANGE } from "./constants";
import { MAX31865, type MAX31865Configuration } from "./driver";

export const conformance: Conformance = {
  kind: "sensor",
  pages: [
    { name: "a PT100 with four wires", bus: "spi", page: {} },
    { name: "a PT1000 with three wires, 60 Hz", bus: "spi", page: { element: "pt1000", wires: 3, filterHz: 60 } },
  ],
  // A step of the ratio is 0.031 K at 0 Cel and 0.042 K at 850 Cel, where the curve is flattest.
  channels: { temperature: { quantity: Quantity.temperature, ...RANGE, resolution: 0.043 } },
  identification: { model: "Maxim MAX31865", classification: "Temperature", uniqueID: false },
  readyUs: 0,
  // SPI without a checksum, and no register that says what the part is.
  checksum: false,
  badSettings: [{ element: "pt500" }, { wires: 5 }, { filterHz: 400 }, { referenceOhm: 50 }],
  change: { wires: 2 },
  badChanges: [{ element: "ni120" }, { wires: 1 }, { referenceOhm: Number.NaN }],
  sensor: (options, _bus, settings) => new MAX31865({ ...options, ...(settings as unknown as MAX31865Configuration) }),
};
