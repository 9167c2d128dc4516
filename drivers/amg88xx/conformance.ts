/** Why the common conformance test is not for this driver. */
import type { Conformance } from "../conformance";

export const conformance: Conformance = {
  kind: "covered elsewhere",
  reason: "an image: no quantity feeds one channel alone, and frames come without being started",
  coveredBy: "driver.test.ts",
};
