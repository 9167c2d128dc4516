/**
 * An exception that leaves a callback ends the process on a device. So every callback that this provider makes is caught,
 * and what was thrown goes to one handler, which brings the gateway into a known state.
 */
export type FaultHandler = (error: unknown) => void;
