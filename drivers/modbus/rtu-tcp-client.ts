/** RTU frames through a serial server that passes bytes between a socket and a line ("RTU over TCP"). */
import { RtuFraming } from "./rtu-framing";
import { type SocketFraming, SocketLane, type SocketLaneOptions } from "./socket-lane";

/** As on the line itself; what the network adds is in the observed answer times. */
const LATE_GUARD_US = 50_000;

class RtuStreamFraming extends RtuFraming implements SocketFraming {
  strangers = 0;
  /** Any byte may be followed by a frame. */
  readonly lost = false;

  reset(): void {
    this.clear();
  }

  skip(): void {
    this.clear();
  }
}

export function openRtuOverTcpLane(options: SocketLaneOptions): SocketLane {
  return new SocketLane(options, new RtuStreamFraming(), LATE_GUARD_US);
}
