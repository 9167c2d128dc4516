/** `mqtt://[user:password@]host:port` on the command line. */
import { wrongInput } from "./exit";

export type BrokerAddress = {
  readonly host: string;
  readonly port: number;
  /** As it may be shown. */
  readonly url: string;
  /** With user and password, where some were given: for connecting alone. */
  readonly loginUrl: string;
};

export function parseBrokerUrl(text: string): BrokerAddress {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw wrongInput(`--broker: "${text}" is not a URL; expected mqtt://host:port`);
  }
  if (url.protocol !== "mqtt:")
    throw wrongInput(`--broker: only mqtt:// is built yet, not ${url.protocol}//; expected mqtt://host:port`);
  if (url.hostname === "") throw wrongInput("--broker: the host is missing; expected mqtt://host:port");
  const port = url.port === "" ? 1883 : Number(url.port);
  const place = `${url.hostname}:${port}`;
  const login = url.username === "" ? "" : `${url.username}${url.password === "" ? "" : `:${url.password}`}@`;
  return { host: url.hostname, port, url: `mqtt://${place}`, loginUrl: `mqtt://${login}${place}` };
}
