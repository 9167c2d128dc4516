/** Facts for the conformance test. Sources: constants.ts. */
import type { Conformance } from "../conformance";
import { Quantity } from "../emulation";
import { putWord, WORD_BYTES } from "../word-crc8";
import { Command, ID, RANGE, WAKE_US } from "./constants";
import { SHTC3 } from "./driver";

/** An SHTC1's answer has other lower bits; its checksum is right. */
const foreign = new Uint8Array(WORD_BYTES);
putWord(foreign, 0, ID - 1);

export const conformance: Conformance = {
  kind: "sensor",
  pages: [
    { name: "normal mode", page: {} },
    { name: "low-power mode", page: { mode: "low-power" } },
  ],
  // One step of the 16-bit words (section 5.11).
  channels: {
    temperature: { quantity: Quantity.temperature, ...RANGE.temperature, resolution: 175 / 65_536 },
    // Full scale is one step beyond the last word.
    humidity: {
      quantity: Quantity.humidity,
      ...RANGE.humidity,
      max: (100 * 65_535) / 65_536,
      resolution: 100 / 65_536,
    },
  },
  identification: { model: "Sensirion SHTC3", classification: "Humidity-Temperature", uniqueID: false },
  readyUs: WAKE_US,
  wakeUs: WAKE_US,
  checksum: true,
  identity: { command: [Command.readId >> 8, Command.readId & 0xff], foreign: [...foreign] },
  badSettings: [{ mode: "fast" }],
  change: { mode: "low-power" },
  badChanges: [{ mode: "fast" }],
  sensor(options) {
    const part = new SHTC3(options);
    return {
      identification: part.identification,
      get configuration() {
        return part.configuration;
      },
      configure: (change) => part.configure(change),
      start: () => part.wake(),
      proceed: () => part.measure(),
      sample: () => part.sample(),
      close: () => part.close(),
    };
  },
};
