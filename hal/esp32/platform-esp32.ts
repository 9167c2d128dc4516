/** ESP32 and ESP32-S3: the SDK's pins, I2C, SPI, UART and lwIP sockets, Wi-Fi, and a boot counter in flash. */
import config from "mc/config";
import { openSigner } from "site/signer";
import type { IOProvider } from "../io";
import { SdkAnalog } from "./analog";
import { countBoot } from "./boot-counter";
import { SdkClock } from "./clock";
import { digitalClass } from "./digital";
import type { FaultHandler } from "./fault";
import { sdkFlash } from "./flash";
import { SdkI2C } from "./i2c";
import { sdkKeep } from "./keep";
import { RmtLightEmitter } from "./light-emitter";
import { traceLog } from "./log";
import { Network } from "./network";
import { cryptoWith, type OpenPlatform } from "./platform";
import { pulseCountClass } from "./pulse-count";
import { SdkRandom } from "./random";
import { sdkSecrets } from "./secrets";
import { serialClass } from "./serial";
import { SdkSPI } from "./spi";
import { tcpClass } from "./tcp";
import { udpClass } from "./udp";

export function esp32Provider(fault: FaultHandler): IOProvider {
  return {
    Digital: digitalClass(fault),
    Analog: SdkAnalog,
    PulseCount: pulseCountClass(fault),
    I2C: SdkI2C,
    SPI: SdkSPI,
    Serial: serialClass(fault),
    TCP: tcpClass(fault),
    UDP: udpClass(fault),
    LightEmitter: RmtLightEmitter,
    flash: sdkFlash,
  };
}

export const openPlatform: OpenPlatform = (fault) => {
  const clock = new SdkClock(fault);
  return {
    clock,
    random: new SdkRandom(clock.nowUs()),
    log: traceLog,
    crypto: cryptoWith(openSigner(sdkKeep, traceLog)),
    secrets: sdkSecrets,
    io: esp32Provider(fault),
    keep: sdkKeep,
    countBoot,
    connect(ready) {
      const { ssid, password } = config;
      if (typeof ssid !== "string" || ssid === "") {
        traceLog.warn("Wi-Fi: this image was built without ssid; the gateway starts without a network");
        ready();
        return;
      }
      const secret = typeof password === "string" ? password : "";
      new Network({ ssid, password: secret }, clock, traceLog, fault).start(ready);
    },
  };
};
