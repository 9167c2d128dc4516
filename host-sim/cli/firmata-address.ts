/** Where an Arduino is, on the command line: a serial port, or a host with its port. */
import type { FirmataAddress } from "../../hal/firmata/protocol";
import { wrongInput } from "./exit";

const LAST_PORT = 65_535;

export function parseFirmataAddress(text: string): FirmataAddress {
  const network = /^\[?([^/\\\]]+)\]?:(\d+)$/.exec(text);
  if (network === null) {
    if (text === "" || text.includes("://"))
      throw wrongInput(`--firmata: "${text}" is neither a serial port, as /dev/ttyACM0 or COM3, nor host:port`);
    return { path: text };
  }
  const port = Number(network[2]);
  if (port < 1 || port > LAST_PORT) throw wrongInput(`--firmata: a port is from 1 to ${LAST_PORT}, is ${network[2]}`);
  return { host: network[1], port };
}
