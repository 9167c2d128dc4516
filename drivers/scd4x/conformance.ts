/** What the conformance test is told. */
import type { Conformance } from "../conformance";

export const conformance: Conformance = {
  kind: "covered elsewhere",
  reason: "the part measures by itself each 5 s, so most ticks of a second rightly bring nothing",
  coveredBy: "driver.test.ts",
};
