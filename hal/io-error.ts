/** The errors that the IO classes of every provider throw or hand to `onError`. */

/**
 * Why an IO failed.
 * - `closed`: a method was called after `close`: the caller's fault.
 * - `in-use`: the constructor asks for a resource that another instance holds: close that one first.
 * - `no-resource`: the platform does not have this pin, port, bus or program.
 * - `buffer-full`: more bytes than `onWritable` announced; none were taken. Wait for `onWritable`.
 * - `not-connected`: written before the first `onWritable`.
 * - `unsupported`: the class cannot do that, for example write to a Listener.
 * - `no-acknowledge`: nobody on the bus answers to this address.
 * - `bus`: the bus itself does not work, for example a line held low.
 * - `refused`, `timeout`, `reset`, `ended`: how a connection failed or ended.
 * - `device`: the operating system or the hardware reports a failure.
 */
export type IOFault =
  | "closed"
  | "in-use"
  | "no-resource"
  | "buffer-full"
  | "not-connected"
  | "unsupported"
  | "no-acknowledge"
  | "bus"
  | "refused"
  | "timeout"
  | "reset"
  | "ended"
  | "device";

export class IOError extends Error {
  readonly code: IOFault;

  constructor(code: IOFault, message: string) {
    super(message);
    this.code = code;
  }

  override get name(): string {
    return "IOError";
  }
}
