/**
 * Linux under the SDK's host: sockets only. It shows that the firmware runs on the SDK; a Linux box as a gateway is
 * `hal/node`. There is no I2C, SPI and UART here, so a device on one of these is reported as one that cannot be opened.
 */
import { openSigner } from "site/signer";
import type { IOProvider } from "../io";
import { SdkClock } from "./clock";
import type { FaultHandler } from "./fault";
import { traceLog } from "./log";
import { cryptoWith, type OpenPlatform } from "./platform";
import { SdkRandom } from "./random";
import { sdkSecrets } from "./secrets";
import { tcpClass } from "./tcp";
import { udpClass } from "./udp";

export function linProvider(fault: FaultHandler): IOProvider {
  return { TCP: tcpClass(fault), UDP: udpClass(fault) };
}

export const openPlatform: OpenPlatform = (fault) => ({
  clock: new SdkClock(fault),
  random: new SdkRandom(Date.now()),
  log: traceLog,
  crypto: cryptoWith(openSigner(undefined, traceLog)),
  secrets: sdkSecrets,
  io: linProvider(fault),
  countBoot: () => 0,
  connect: (ready) => ready(),
});
