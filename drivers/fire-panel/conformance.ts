/** Why the common conformance test is not for this driver. */
import type { Conformance } from "../conformance";

export const conformance: Conformance = {
  kind: "covered elsewhere",
  reason: "a Modbus client that polls a panel: its channels are states with edges, its faults those of RS-485 and TCP",
  coveredBy: "driver.test.ts",
};
