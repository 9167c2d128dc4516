/** Brokers as a site names them: URLs of MQTT, without secrets. */

export type BrokerEndpoint = { readonly host: string; readonly port: number; readonly tls: boolean };

type Problem = { readonly message: string; readonly expected: string };

const PORTS: { readonly [protocol: string]: number } = { "mqtt:": 1883, "mqtts:": 8883 };
/** Boards whose platform has TLS. */
const TLS_BOARDS: readonly unknown[] = ["linux"];
const EXPECTED = "mqtt://host:port";

/** @param board of the gateway, as far as it is known */
export function checkBroker(url: string, board: unknown): BrokerEndpoint | Problem {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return { message: `"${url}" is not a URL`, expected: EXPECTED };
  }
  if (parsed.username !== "" || parsed.password !== "")
    return {
      message: "a user and a password do not belong into a site's file",
      expected: `${EXPECTED}, and credential: with a name that the platform knows them by`,
    };
  const usual = PORTS[parsed.protocol];
  if (usual === undefined || parsed.hostname === "")
    return { message: `"${url}" is not the address of an MQTT broker`, expected: EXPECTED };
  const tls = parsed.protocol === "mqtts:";
  if (tls && !TLS_BOARDS.includes(board))
    return {
      message: `mqtts is not built yet for a board of kind ${String(board)}: the SDK's TLS does not hold a server to its certificate`,
      expected: `${EXPECTED}, or a gateway of kind linux`,
    };
  // A URL writes an IPv6 address in brackets, a socket without.
  const host = parsed.hostname.replace(/^\[(.*)\]$/, "$1");
  return { host, port: parsed.port === "" ? usual : Number(parsed.port), tls };
}

/** The first broker and the others have one kind of socket. */
export function checkAlternate(
  url: string,
  first: BrokerEndpoint | undefined,
  board: unknown,
): BrokerEndpoint | Problem {
  const other = checkBroker(url, board);
  if ("message" in other || first === undefined) return other;
  if (other.tls !== first.tls)
    return {
      message: "a broker with TLS and one without are no alternates of each other",
      expected: first.tls ? "mqtts" : "mqtt",
    };
  if (other.host === first.host && other.port === first.port)
    return { message: "this is the broker that stands first already", expected: "another one" };
  return other;
}
