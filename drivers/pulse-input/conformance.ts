/** Why the common conformance test is not for this driver. */
import type { Conformance } from "../conformance";

export const conformance: Conformance = {
  kind: "covered elsewhere",
  reason: "counts on pins: its resolution is one pulse, and nothing answers on a bus",
  coveredBy: "driver.test.ts",
};
