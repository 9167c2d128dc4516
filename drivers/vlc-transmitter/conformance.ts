/** Why the common conformance test is not for this driver. */
import type { Conformance } from "../conformance";

export const conformance: Conformance = {
  kind: "covered elsewhere",
  reason: "it sends and has nothing to sample: its channel is a lamp's beacon on SPI",
  coveredBy: "driver.test.ts",
};
