/** What a lane needs of a wire. */
import type { ModbusRequest } from "./request";

/** How frames reach the wire: a serial line or a socket. */
export interface LaneTransport {
  /** Least silence between a time-out and the next frame; 0 where late answers can be told apart by their number. */
  readonly guardUs: number;
  /**
   * When a frame can be sent: now, a later time to ask again, or `UNREACHABLE`. May begin to open the line.
   */
  readyAtUs(nowUs: number): number;
  /** Sends. Returns how long the frame takes on the wire. Throws when the line is broken. */
  send(request: ModbusRequest): number;
  /** Forgets what has arrived so far. */
  discard(): void;
  /** A try has timed out. */
  timedOut(): void;
  close(): void;
}

export const UNREACHABLE = -1;
