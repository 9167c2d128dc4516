/** Real time for the shared test suites. */
import type { Harness } from "../harness.test-suite";

const POLL_MS = 2;
const PATIENCE_MS = 20_000;
/** Loopback needs far less for everything that is under way. */
const SETTLE_MS = 40;

export const realTime: Harness = {
  async until(condition, what) {
    const deadline = Date.now() + PATIENCE_MS;
    while (!condition()) {
      if (Date.now() > deadline) throw new Error(`waited ${PATIENCE_MS} ms in vain: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  },
  settle: () => new Promise((resolve) => setTimeout(resolve, SETTLE_MS)),
};
