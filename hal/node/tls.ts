/** ECMA-419 `TLS` on Node's: a TCP that stands when the peer's certificate has been verified for the name that was asked for. */
import { isIP } from "node:net";
import { connect } from "node:tls";
import type { TCPConstructor, TCPOptions } from "../io";
import { NodeTCP } from "./tcp";

/** What a device trusts, and what it shows of itself; PEM. They belong to the platform: a site's file holds no secrets. */
export type TlsIdentity = {
  /** Certificates of those who may vouch for a server; absent: those that Node trusts. */
  readonly ca?: string;
  /** This device's own, where the server wants to see one (mutual TLS). */
  readonly certificate?: string;
  readonly key?: string;
};

/** Oldest version that is spoken: 1.2, which an ESP32's mbedTLS has too. */
const OLDEST = "TLSv1.2";

/** @returns the class of this identity. Its sockets fail with the certificate's fault as reason. */
export function tlsClass({ ca, certificate, key }: TlsIdentity): TCPConstructor {
  return class extends NodeTCP {
    constructor(options: TCPOptions) {
      super(options, {
        open: ({ host, port }) =>
          connect({
            host,
            port,
            minVersion: OLDEST,
            // Of a number no name can be indicated (RFC 6066 section 3); its certificate must hold the number.
            ...(isIP(host) === 0 ? { servername: host } : {}),
            ...(ca === undefined ? {} : { ca }),
            ...(certificate === undefined ? {} : { cert: certificate }),
            ...(key === undefined ? {} : { key }),
          }),
        stands: "secureConnect",
      });
    }
  };
}
