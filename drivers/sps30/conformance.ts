/** What the conformance test is told. */
import type { Conformance } from "../conformance";

export const conformance: Conformance = {
  kind: "covered elsewhere",
  reason: "the part measures by itself each second, on two buses, so a second reading at once rightly brings nothing",
  coveredBy: "driver.test.ts",
};
