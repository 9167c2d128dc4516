/** Facts for the conformance test, with a room of one temperature before the imager. Sources: constants.ts. */
import type { Conformance, ConformanceChannel } from "../conformance";
import { Quantity } from "../emulation";
import { Eeprom, OTHER_DEVICE, PIXELS } from "./constants";
import { MLX90640 } from "./driver";

const HOT_CEL = 60;
/** Its housing must stand what the room has; objects alone may have 300 Cel: driver.test.ts. */
const ROOM = { min: -38, max: 80 } as const;
/** A step of the 16-bit words is 0.1 K at 20 Cel and 0.2 K at -40 Cel, one of the part's own temperature 0.15 K. */
const STEP_CEL = 0.3;
const SELF_HEATING_CEL = 5;

const pixel: ConformanceChannel = { quantity: Quantity.temperature, ...ROOM, resolution: STEP_CEL };
/** The first block of the EEPROM as another device of the family has it. */
const foreign = new Array<number>(2 * (Eeprom.deviceSelect + 1)).fill(0);
foreign[2 * Eeprom.deviceSelect + 1] = OTHER_DEVICE;

export const conformance: Conformance = {
  kind: "sensor",
  pages: [
    { name: "as it comes", page: {} },
    { name: "8 Hz, a dull surface", page: { refreshRate: 8, emissivity: 0.8 } },
  ],
  channels: {
    min: pixel,
    max: pixel,
    mean: pixel,
    // A room of 60 Cel is not among the test's.
    hot: { ...pixel, expected: (celsius) => (celsius >= HOT_CEL ? PIXELS : 0) },
    hottest: {
      derived: "in a room of one temperature the rounding of a word decides",
      min: 1,
      max: PIXELS,
      resolution: 1,
    },
    ambient: { ...pixel, resolution: 0.15, expected: (celsius) => celsius + SELF_HEATING_CEL },
  },
  identification: { model: "Melexis MLX90640", classification: "Temperature", uniqueID: true },
  everyMs: 2000,
  readyUs: 0,
  settleTicks: 1,
  checksum: false,
  identity: { command: [0x24, 0x00], foreign },
  badSettings: [{ refreshRate: 3 }, { emissivity: 0 }],
  change: { refreshRate: 8, hotCel: 45 },
  badChanges: [{ refreshRate: 64 }, { emissivity: 1.5 }, { hotCel: Number.NaN }],
  sensor: (options) => new MLX90640(options),
};
