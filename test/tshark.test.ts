/** What the gateway sends, as Wireshark's dissectors read it. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { encodeDeterministic } from "../firmware/uplink/cbor/encode";
import { signDocument } from "../firmware/uplink/cose/sign1";
import { Publish } from "../firmware/uplink/mqtt/protocol";
import { version3 } from "../firmware/uplink/mqtt/version-3";
import { Version5 } from "../firmware/uplink/mqtt/version-5";
import { utf8Bytes } from "../firmware/uplink/utf8";
import { nodeCrypto } from "../hal/node/crypto";
import { simulatedSigner } from "../host-sim/simulated-key";
import { has } from "./argand";

const installed = has("tshark", "--version") && has("text2pcap", "--version");
if (!installed) console.warn("skipped: what tshark says of our bytes (apt-get install tshark)");

describe.skipIf(!installed)("tshark", () => {
  const folder = mkdtempSync(join(tmpdir(), "argand-tshark-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Each packet behind invented headers of that port, dissected; `-V` text. */
  function dissect(packets: readonly Uint8Array[], transport: "-T" | "-u", port: number): string {
    const dump = packets
      .map((packet) =>
        Array.from({ length: Math.ceil(packet.length / 16) }, (_, row) => {
          const bytes = [...packet.subarray(16 * row, 16 * row + 16)].map((byte) => byte.toString(16).padStart(2, "0"));
          return `${(16 * row).toString(16).padStart(6, "0")} ${bytes.join(" ")}\n`;
        }).join(""),
      )
      .join("\n");
    writeFileSync(join(folder, "dump.txt"), dump);
    execFileSync("text2pcap", ["-q", transport, `40000,${port}`, "dump.txt", "dump.pcap"], {
      cwd: folder,
      stdio: "ignore",
    });
    const { stdout } = spawnSync("tshark", ["-r", "dump.pcap", "-V"], { cwd: folder, encoding: "utf8" });
    expect(stdout).not.toMatch(/malformed|Expert Info \((Error|Warning)/i);
    return stdout;
  }

  it.each([version3, new Version5()])("reads CONNECT, PUBLISH and SUBSCRIBE at level $level", (version) => {
    const connect = version.writeConnect({
      client: "gw-07",
      cleanSession: false,
      keepAliveS: 30,
      maximumPacketBytes: 512,
      sessionExpiryS: 86_400,
      will: { topic: "argand/v1/s/gw-07/state", payload: utf8Bytes("off"), delayS: 5 },
      properties: [["firmware", "argand"]],
    });
    const publish = new Publish();
    Object.assign(publish, {
      topic: utf8Bytes("argand/v1/s/gw-07/telemetry"),
      alias: version.level === 5 ? 3 : 0,
      payloadBytes: 4,
      packetId: 9,
      expiryS: 3600,
    });
    const message = new Uint8Array(version.publishBytes(publish));
    message.set([1, 2, 3, 4], version.writePublishHead(message, publish));
    // A dissector needs the CONNECT to know the version of what follows on the connection.
    const text = dissect(
      [Uint8Array.from([...connect, ...message, ...version.writeSubscribe(10, ["a/cmd"])])],
      "-T",
      1883,
    );
    expect(text).toContain("Client ID: gw-07");
    expect(text).toContain("Keep Alive: 30");
    expect(text).toContain("Topic: argand/v1/s/gw-07/telemetry");
    expect(text).toContain("Message Identifier: 9");
    expect(text).toContain("Topic: a/cmd");
    if (version.level === 5) {
      expect(text).toMatch(/Topic Alias.*\n?.*3/);
      expect(text).toContain("3600");
      expect(text).toContain("86400");
    }
  });

  it("reads a signed message as tag 18 around four items, and what it signs as SenML's map", () => {
    const pack = encodeDeterministic([
      new Map<number, string | number>([
        [0, "hall/temperature"],
        [2, 21.5],
      ]),
    ]);
    const signed = signDocument(pack, simulatedSigner(1), nodeCrypto);
    // CoAP, because it names the content: option 12, application/cbor.
    const coap = (body: Uint8Array) => Uint8Array.of(0x50, 0x02, 0, 1, 0xc1, 60, 0xff, ...body);
    const outer = dissect([coap(signed)], "-u", 5683);
    expect(outer).toMatch(/Tag: .*\(18\)/);
    expect(outer).toContain("Array: (4 items)");
    expect(outer).toContain("Byte String: (64 bytes)");
    const inner = dissect([coap(pack)], "-u", 5683);
    expect(inner).toContain("Map: (2 pairs)");
    expect(inner).toContain("hall/temperature");
  });
});
