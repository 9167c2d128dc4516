/** Modbus TCP. */
import { MbapFraming } from "./mbap-framing";
import { SocketLane, type SocketLaneOptions } from "./socket-lane";

export { MODBUS_TCP_PORT } from "./socket-lane";

export type TcpLaneOptions = SocketLaneOptions & {
  /** The peer may answer as another unit than was asked. Default false. */
  readonly anyUnit?: boolean;
};

/** Transaction numbers tell late answers apart: no silence is needed after a time-out. */
const NO_GUARD_US = 0;

export function openTcpLane(options: TcpLaneOptions): SocketLane {
  return new SocketLane(options, new MbapFraming(options.anyUnit === true), NO_GUARD_US);
}
