/** Modbus ASCII on a serial line, 7E1 by the standard. */
import { AsciiFraming } from "./ascii-framing";
import { SerialLane, type SerialLaneOptions } from "./serial-lane";

/** @throws what the Serial class throws */
export function openAsciiLane(options: SerialLaneOptions): SerialLane {
  return new SerialLane(options, new AsciiFraming());
}
