/** A PC or Linux box as the gateway: the IO classes that Node can give. No I2C and no SPI. */
import type { IOProvider } from "../io";
import { NodeListener } from "./listener";
import { serialClass } from "./serial";
import { NodeTCP } from "./tcp";
import { NodeUDP } from "./udp";

export const nodeProvider = {
  TCP: NodeTCP,
  Listener: NodeListener,
  UDP: NodeUDP,
  Serial: serialClass(),
} as const satisfies IOProvider;
