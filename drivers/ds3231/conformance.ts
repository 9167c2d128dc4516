/** Facts for the conformance test. Sources: constants.ts. */
import type { Conformance } from "../conformance";
import { Quantity } from "../emulation";
import { RANGE, STEP_CEL } from "./constants";
import { DS3231 } from "./driver";

export const conformance: Conformance = {
  kind: "sensor",
  pages: [
    { name: "as it comes", page: {} },
    { name: "with a daily alarm, never set", page: { set: "never", daily: "03:30:00", aging: -5 } },
  ],
  channels: {
    temperature: { quantity: Quantity.temperature, ...RANGE, resolution: STEP_CEL },
    // It was set from the world's clock: half a second at most, in whole seconds.
    offset: { min: 0, max: 1, expected: () => 0, resolution: 1.01 },
    alarm: { min: 0, max: 1, expected: () => 0, resolution: 0 },
  },
  identification: { model: "Maxim DS3231", classification: "RealTimeClock", uniqueID: false },
  readyUs: 0,
  checksum: false,
  badSettings: [{ aging: 200 }, { aging: 0, daily: 90_000 }],
  change: { alarm: { daily: 3600 }, aging: 3 },
  badChanges: [{ aging: 0.5 }, { alarm: { daily: -1 } }, { alarm: { at: 0 } }],
  sensor: ({ sensor, clock, ...more }) => new DS3231({ ...more, clock: sensor, timebase: clock }),
};
