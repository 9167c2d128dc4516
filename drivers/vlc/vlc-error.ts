/**
 * Why the codec refuses.
 * - `unknown-value`: a profile names something that nobody defined: a slip in the site or the caller's code.
 * - `not-built`: the standard has it, this codec does not have it yet: choose another value.
 * - `out-of-range`: a number outside of what the standard allows: the caller's fault.
 * - `malformed`: octets that are no frame; what arrived is at fault, not the caller.
 */
export type VlcFault = "unknown-value" | "not-built" | "out-of-range" | "malformed";

export class VlcError extends Error {
  readonly code: VlcFault;

  constructor(code: VlcFault, message: string) {
    super(message);
    this.code = code;
  }

  override get name(): string {
    return "VlcError";
  }
}
