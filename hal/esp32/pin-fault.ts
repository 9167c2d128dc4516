import { IOError } from "../io-error";

/** The SDK's pin classes say "in use" for a pin that something holds, and other things for one that cannot do it. */
export function pinFault(what: string, error: unknown): IOError {
  const text = String(error);
  return new IOError(text.includes("in use") ? "in-use" : "no-resource", `${what}: ${text}`);
}
