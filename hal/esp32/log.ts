/** Log lines go to the SDK's trace: the debugger's console, or the serial console of an instrumented build. */
import type { Log } from "../log";

export const traceLog: Log = {
  info: (message) => trace(message, "\n"),
  warn: (message) => trace("warning: ", message, "\n"),
};
