/** Facts for the conformance test. Sources: constants.ts. */
import type { Conformance } from "../conformance";
import type { LineLimits } from "./constants";
import { BinaryInput } from "./driver";

export const conformance: Conformance = {
  kind: "sensor",
  pages: [
    { name: "a plain contact", bus: "digital", page: { pin: 4 } },
    { name: "a plain contact that rests closed", bus: "digital", page: { pin: 4, rest: "closed", debounceMs: 0 } },
    { name: "a supervised line", bus: "analog", page: { pin: 1, class: "fire" } },
  ],
  channels: ({ rest }) => ({
    contact: {
      act: (position) => ((position === 1) === (rest !== "closed") ? "close" : "open"),
      values: [0, 1],
      min: 0,
      max: 1,
      resolution: 0,
    },
  }),
  identification: { model: "dry contact", classification: "Switch", uniqueID: false },
  readyUs: 0,
  checksum: false,
  badSettings: [],
  change: { rest: "closed" },
  badChanges: [{ rest: "ajar" }],
  sensor: (options, bus, settings) =>
    new BinaryInput({
      ...options,
      sensor: {
        ...(options.sensor as object),
        ...(bus === "digital" ? { pull: settings["pull"] } : { limits: settings["limits"] as LineLimits }),
      } as never,
    }),
};
