/** An Arduino that runs Firmata as the pins of this machine. */
import type { IOProvider } from "../io";
import { analogClass } from "./analog";
import { digitalClass } from "./digital";
import { i2cClass } from "./i2c";
import { FirmataLink } from "./link";
import type { BoardDescription, FirmataAddress } from "./protocol";
import { pwmClass } from "./pwm";

export type FirmataProvider = {
  readonly io: Required<Pick<IOProvider, "Digital" | "Analog" | "PWM" | "I2C">>;
  readonly board: BoardDescription;
  /** Told once when the link has ended; every call throws from then on. */
  onLost: (reason: string) => void;
  /** Ends the link. Everything that is open must be closed before. */
  close(): Promise<void>;
};

/** @throws IOError see `FirmataLink.open` */
export async function openFirmata(address: FirmataAddress): Promise<FirmataProvider> {
  const link = await FirmataLink.open(address, (reason) => provider.onLost(reason));
  const provider: FirmataProvider = {
    io: { Digital: digitalClass(link), Analog: analogClass(link), PWM: pwmClass(link), I2C: i2cClass(link) },
    board: link.board,
    onLost: () => {},
    close: () => link.close(),
  };
  return provider;
}
