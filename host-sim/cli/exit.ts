/** How a command ends. The codes are part of the interface: scripts and laboratories rely on them. */

export const ExitCode = {
  done: 0,
  /** The input is wrong: a manifest, a scenario, an option, a recording. */
  wrongInput: 1,
  /** The command could not run: something is missing or did not answer. */
  couldNotRun: 2,
  /** A simulation ran to its end, but something that its scenario expected did not happen. */
  notAsExpected: 3,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** An end that is the user's to mend; printed as one message, never with a stack. */
export class CommandError extends Error {
  readonly exitCode: ExitCode;
  constructor(exitCode: ExitCode, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

export function wrongInput(message: string): CommandError {
  return new CommandError(ExitCode.wrongInput, message);
}

export function couldNotRun(message: string): CommandError {
  return new CommandError(ExitCode.couldNotRun, message);
}
