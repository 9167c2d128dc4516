/** Time servers as a site names them: `address` or `address:port`. UDP resolves no names, so an address is a number. */
import { isIP } from "node:net";
import { clip } from "./diagnostic";

export type TimeServerAddress = { readonly address: string; readonly port: number };

const NTP_PORT = 123;
/** `[IPv6]:port`, bare IPv6, or `IPv4:port`; the port may be left out. */
const SERVER = /^(?:\[([^\]]*)\]|([^:[\]]*|[^[\]]*:[^[\]]*:[^[\]]*?))(?::(\d{1,5}))?$/;

/** @param report told what is wrong with the server at an index, and what was expected */
export function checkTimeServers(
  servers: readonly unknown[],
  report: (index: number, message: string, expected?: string) => void,
): TimeServerAddress[] {
  const checked: TimeServerAddress[] = [];
  servers.forEach((text, i) => {
    const [, bracketed, plain, digits] =
      (isIP(String(text)) !== 0 ? ["", "", String(text)] : SERVER.exec(String(text))) ?? [];
    const address = bracketed || plain || "";
    const port = digits === undefined ? NTP_PORT : Number(digits);
    if (isIP(address) === 0)
      report(
        i,
        `"${clip(String(text))}" is not the address of a time server: names are not resolved`,
        "a numeric address such as 192.0.2.123 or [2001:db8::123]:123",
      );
    else if (port < 1 || port > 65_535) report(i, `there is no port ${port}`, "1 to 65535");
    else if (checked.some((other) => other.address === address && other.port === port))
      report(i, `${address} is named twice: a server cannot confirm itself`);
    else checked.push({ address, port });
  });
  return checked;
}
