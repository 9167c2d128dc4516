/** Modbus TCP. */
import { MbapFraming } from "./mbap-framing";
import { SocketLane, type SocketLaneOptions } from "./socket-lane";
import { WideLane } from "./wide-lane";

export { MODBUS_TCP_PORT } from "./socket-lane";

export type TcpLaneOptions = SocketLaneOptions & {
  /** The peer may answer as another unit than was asked. Default false. */
  readonly anyUnit?: boolean;
  /**
   * Requests on their way at once. Default 1, since serial gateways and panels queue badly; up to 16 where the server's manual
   * says that it takes so many.
   */
  readonly inFlight?: number;
};

/** Transaction numbers tell late answers apart: no silence is needed after a time-out. */
const NO_GUARD_US = 0;

export function openTcpLane(options: TcpLaneOptions): SocketLane {
  const framing = new MbapFraming(options.anyUnit === true);
  const { inFlight = 1 } = options;
  if (inFlight === 1) return new SocketLane(options, framing, NO_GUARD_US);
  return new SocketLane(options, framing, NO_GUARD_US, (socket) => new WideLane(socket, framing, options, inFlight));
}
