/** People read standard error; standard output belongs to results. */
import type { Log } from "../log";

export const stderrLog: Log = {
  info: (message) => void process.stderr.write(`${message}\n`),
  warn: (message) => void process.stderr.write(`warning: ${message}\n`),
};
