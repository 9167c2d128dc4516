/** Why the common conformance test is not for this driver. */
import type { Conformance } from "../conformance";

export const conformance: Conformance = {
  kind: "covered elsewhere",
  reason: "a listener to what a panel prints: it has points and records, no channels to sample",
  coveredBy: "driver.test.ts",
};
