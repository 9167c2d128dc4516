/** Facts for the conformance test. Sources: constants.ts. */
import type { Conformance } from "../conformance";
import { Quantity } from "../emulation";
import { putWord, WORD_BYTES } from "../word-crc8";
import { CO2_STEPS, Command, RANGE, TVOC_STEPS } from "./constants";
import { SGP30 } from "./driver";

const PPB_PER_PPM = 1000;
/** Product type 1: the SGPC3. */
const FOREIGN_FEATURES = 0x1006;

export const conformance: Conformance = {
  kind: "sensor",
  pages: [{ name: "as it comes", page: {} }],
  // The coarsest steps, at the upper end (table 2).
  channels: {
    co2: { quantity: Quantity.co2, ...RANGE.co2, resolution: CO2_STEPS[0].step },
    tvoc: {
      quantity: Quantity.tvoc,
      ...RANGE.tvoc,
      resolution: TVOC_STEPS[0].step / PPB_PER_PPM,
      expected: (ppb) => ppb / PPB_PER_PPM,
    },
  },
  identification: {
    model: "Sensirion SGP30",
    classification: "CarbonDioxideDetector-VolatileOrganicCompoundsDetector",
    uniqueID: true,
  },
  readyUs: 0,
  // 15 s of warm-up, whose fixed values count as uncertain.
  settleTicks: 17,
  checksum: true,
  identity: { command: [Command.getFeatureSet >> 8, Command.getFeatureSet & 0xff], foreign: foreignAnswer() },
  badSettings: [{ absoluteHumidity: 300 }],
  change: { absoluteHumidity: 8.5 },
  badChanges: [{ absoluteHumidity: 300 }, { absoluteHumidity: -1 }],
  sensor: (options) => new SGP30(options),
};

function foreignAnswer(): readonly number[] {
  const bytes = new Uint8Array(WORD_BYTES);
  putWord(bytes, 0, FOREIGN_FEATURES);
  return [...bytes];
}
