/** Why the common conformance test is not for this driver. */
import type { Conformance } from "../conformance";

export const conformance: Conformance = {
  kind: "covered elsewhere",
  reason:
    "a Modbus client whose channels a site describes: it measures nothing of its own, its faults are those of RS-485 and TCP",
  coveredBy: "driver.test.ts",
};
