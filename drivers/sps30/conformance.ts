/** Facts for the conformance test. Sources: constants.ts. */
import type { Conformance } from "../conformance";
import { Quantity } from "../emulation";
import { putWord, WORD_BYTES } from "../word-crc8";
import { Command, PRODUCT_TYPE, RANGE, TYPE_WORDS } from "./constants";
import { SPS30 } from "./i2c";
import { SPS30UART } from "./uart";

/** Single precision leaves a ten-millionth of a value. */
const STEP = 0.001;

export const conformance: Conformance = {
  kind: "sensor",
  pages: [
    { name: "on I2C", page: {} },
    { name: "on a UART", bus: "serial", page: {} },
  ],
  channels: {
    pm1: { quantity: Quantity.pm1, ...RANGE.mass, resolution: STEP },
    pm25: { quantity: Quantity.pm25, ...RANGE.mass, resolution: STEP },
    pm4: { quantity: Quantity.pm4, ...RANGE.mass, resolution: STEP },
    pm10: { quantity: Quantity.pm10, ...RANGE.mass, resolution: STEP },
    "typical-size": { derived: "the part works it out from all masses", ...RANGE.size, resolution: STEP },
  },
  identification: { model: "Sensirion SPS30", classification: "Dust", uniqueID: true },
  // It measures by itself, each second; a tick of the same length would find nothing new now and then.
  everyMs: 2000,
  readyUs: 0,
  settleTicks: 2,
  // One that answers and measures no more is given up after five of its intervals.
  returnTicks: 10,
  checksum: true,
  identity: { command: [Command.productType >> 8, Command.productType & 0xff], foreign: foreignType() },
  badSettings: [],
  sensor: (options, bus) => (bus === "serial" ? new SPS30UART(options) : new SPS30(options)),
};

/** Another product's type, with right checksums. */
function foreignType(): readonly number[] {
  const text = `1${PRODUCT_TYPE.slice(1)}`;
  const bytes = new Uint8Array(TYPE_WORDS * WORD_BYTES);
  for (let i = 0; i < TYPE_WORDS; i++)
    putWord(bytes, i * WORD_BYTES, (text.charCodeAt(2 * i) << 8) | (text.charCodeAt(2 * i + 1) || 0));
  return [...bytes];
}
