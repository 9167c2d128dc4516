/** Virtual time for the shared test suites of the IO classes. */
import type { Harness } from "../../hal/harness.test-suite";
import type { Kernel } from "./kernel";

const STEP_US = 1_000;
/** Virtual; longer than any time-out that the suites wait for. */
const PATIENCE_US = 300_000_000;
const SETTLE_US = 2_000_000;

export function virtualTime(kernel: Kernel): Harness {
  return {
    async until(condition, what) {
      const deadlineUs = kernel.nowUs() + PATIENCE_US;
      while (!condition()) {
        if (kernel.nowUs() > deadlineUs) throw new Error(`waited ${PATIENCE_US} µs in vain: ${what}`);
        kernel.runUntil(kernel.nowUs() + STEP_US);
      }
    },
    async settle() {
      kernel.runUntil(kernel.nowUs() + SETTLE_US);
    },
  };
}
