/**
 * Sensirion SPS30: particulate matter on I2C or UART. The part measures by itself each second; a tick reads what is new.
 *
 * `SPS30` (I2C) and `SPS30UART` (SHDLC frames) are the ECMA-419 classes; `driver` is what the gateway links.
 */
import type { I2COptions, SerialOptions } from "../../hal/io";
import { type DriverContext, type DriverModule, Quality } from "../contract";
import type { DevicePlan } from "../plan";
import { SteppedDevice } from "../stepped-device";
import { SPS30 } from "./i2c";
import { newSample, type SPS30Sample } from "./sample";
import { SPS30UART } from "./uart";

export type { SPS30Sample };
export { SPS30, SPS30UART };

const CHANNELS = ["pm1", "pm25", "pm4", "pm10", "typical-size"] as const;

class SPS30Device extends SteppedDevice<SPS30Sample> {
  readonly configuration: string;

  constructor(part: SPS30 | SPS30UART, plan: DevicePlan, context: DriverContext) {
    super(part, newSample(), CHANNELS, plan, context);
    this.configuration = `${part.configuration.format} values over ${plan.connection.io}`;
  }

  // hot path
  protected publish(sample: SPS30Sample): void {
    const matter = sample.particulateMatter;
    this.put(matter.pm1, 0, Quality.good);
    this.put(matter.pm25, 1, Quality.good);
    this.put(matter.pm4, 2, Quality.good);
    this.put(matter.pm10, 3, Quality.good);
    this.put(matter.typicalSize, 4, Quality.good);
  }
}

export const driver: DriverModule = {
  name: "sps30",
  version: "1",
  open: (plan, context) => new SPS30Device(connect(plan, context), plan, context),
};

function connect({ connection }: DevicePlan, { io, clock }: DriverContext): SPS30 | SPS30UART {
  const { I2C, Serial } = io;
  if (connection.io === "Serial") {
    if (Serial === undefined) throw new Error("this platform has no Serial");
    return new SPS30UART({ sensor: { ...(connection.options as unknown as SerialOptions), io: Serial }, clock });
  }
  if (I2C === undefined) throw new Error("this platform has no I2C");
  return new SPS30({ sensor: { ...(connection.options as unknown as I2COptions), io: I2C }, clock });
}
