/** Why the common conformance test is not for this driver. */
import type { Conformance } from "../conformance";

export const conformance: Conformance = {
  kind: "covered elsewhere",
  reason: "no part hangs on it: it reads the sampling loop itself",
  coveredBy: "driver.test.ts",
};
