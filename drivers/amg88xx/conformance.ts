/** Facts for the conformance test, with a room of one temperature before the imager. Sources: constants.ts. */
import type { Conformance, ConformanceChannel } from "../conformance";
import { Quantity } from "../emulation";
import {
  CEL_PER_PIXEL_STEP,
  CEL_PER_THERMISTOR_STEP,
  GAIN_RANGE,
  type Gain,
  PIXELS,
  THERMISTOR_RANGE,
} from "./constants";
import { AMG88xx } from "./driver";

const HOT_CEL = 60;

export const conformance: Conformance = {
  kind: "sensor",
  pages: [
    { name: "high gain", page: {} },
    { name: "low gain, a frame a second, the other address", page: { gain: "low", framesPerSecond: 1, address: 0x69 } },
  ],
  channels: ({ gain = "high" }) => {
    const range = GAIN_RANGE[gain as Gain];
    const pixel: ConformanceChannel = { quantity: Quantity.temperature, ...range, resolution: CEL_PER_PIXEL_STEP };
    return {
      min: pixel,
      max: pixel,
      mean: pixel,
      hot: {
        ...pixel,
        // The test's steps do not end at the limit itself, where a rounded pixel would count.
        expected: (celsius) => (Math.round(celsius / CEL_PER_PIXEL_STEP) >= HOT_CEL / CEL_PER_PIXEL_STEP ? PIXELS : 0),
      },
      hottest: { ...pixel, expected: () => 1 },
      thermistor: {
        quantity: Quantity.temperature,
        // Below its range a high gain part says overflow for all.
        min: range.min,
        max: THERMISTOR_RANGE.max,
        resolution: CEL_PER_THERMISTOR_STEP,
      },
    };
  },
  identification: { model: "Panasonic AMG88xx", classification: "Temperature", uniqueID: false },
  readyUs: 0,
  checksum: false,
  badSettings: [{ framesPerSecond: 2 }],
  change: { framesPerSecond: 1, hotCel: 45 },
  badChanges: [{ framesPerSecond: 3 }, { hotCel: Number.NaN }],
  sensor: (options) => new AMG88xx(options),
};
