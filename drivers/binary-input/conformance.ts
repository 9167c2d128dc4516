/** Why the common conformance test is not for this driver. */
import type { Conformance } from "../conformance";

export const conformance: Conformance = {
  kind: "covered elsewhere",
  reason: "a contact on a pin has no range, resolution or bus: its states and wire faults have a table of their own",
  coveredBy: "driver.test.ts",
};
