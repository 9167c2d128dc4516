/** Facts for the conformance test. Sources: constants.ts. */
import type { Conformance } from "../../drivers/conformance";
import { Quantity } from "../../drivers/emulation";
import { putWord, WORD_BYTES } from "../../drivers/word-crc8";
import { ADDRESSES, Command, IDENTITY, RANGE, RESET_US, STEP_CEL } from "./constants";
import { PartName } from "./driver";

export const conformance: Conformance = {
  kind: "sensor",
  pages: [
    { name: "one sample", page: {} },
    { name: "four samples, at the other address", page: { samples: 4, address: ADDRESSES[1] } },
  ],
  channels: { temperature: { quantity: Quantity.temperature, ...RANGE.temperature, resolution: STEP_CEL } },
  identification: { model: "Maker part-name", classification: "Temperature", uniqueID: false },
  readyUs: RESET_US,
  checksum: true,
  identity: { command: [Command.identify >> 8, Command.identify & 0xff], foreign: word(IDENTITY ^ 0x0101) },
  badSettings: [{ samples: 2 }],
  change: { samples: 4 },
  badChanges: [{ samples: 2 }, { samples: Number.NaN }],
  sensor: (options) => new PartName(options),
};

function word(value: number): readonly number[] {
  const bytes = new Uint8Array(WORD_BYTES);
  putWord(bytes, 0, value);
  return [...bytes];
}
