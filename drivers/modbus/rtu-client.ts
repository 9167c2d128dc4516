/** Modbus RTU on a serial line. */
import { RtuFraming } from "./rtu-framing";
import { SerialLane, type SerialLaneOptions } from "./serial-lane";

export type RtuLaneOptions = SerialLaneOptions;

/** @throws what the Serial class throws */
export function openRtuLane(options: RtuLaneOptions): SerialLane {
  return new SerialLane(options, new RtuFraming());
}
