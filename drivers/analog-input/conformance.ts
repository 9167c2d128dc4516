/** Why the common conformance test is not for this driver. */
import type { Conformance } from "../conformance";

export const conformance: Conformance = {
  kind: "covered elsewhere",
  reason: "a converter's pin: its range and steps are those of the site's scale, and nothing answers on a bus",
  coveredBy: "driver.test.ts",
};
