import { describe, expect, it, vi } from "vitest";
import type { IOProvider } from "../io";
import { nodeCrypto } from "./crypto";
import { stderrLog } from "./log";
import { nodeProvider } from "./provider";
import { NodeRandom } from "./random";

describe("nodeProvider", () => {
  it("has sockets and serial ports, and neither I2C nor SPI", () => {
    const provider: IOProvider = nodeProvider;
    expect(Object.keys(provider).sort()).toEqual(["Listener", "Serial", "TCP", "UDP"]);
    expect([provider.I2C, provider.SPI]).toEqual([undefined, undefined]);
  });
});

describe("nodeCrypto", () => {
  it("hashes as FIPS 180-4 says, into plain bytes", () => {
    const digest = nodeCrypto.sha256(Uint8Array.of(0x61, 0x62, 0x63));
    // The example "abc" of FIPS 180-4.
    expect(Buffer.from(digest).toString("hex")).toBe(
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
    expect(digest.constructor).toBe(Uint8Array);
  });
});

describe("NodeRandom", () => {
  it("draws unsigned 32-bit integers that differ, beyond its pool as well", () => {
    const random = new NodeRandom();
    const drawn = new Set(Array.from({ length: 1000 }, () => random.uint32()));
    expect(drawn.size).toBeGreaterThan(990);
    for (const value of drawn) expect(Number.isInteger(value) && value >= 0 && value <= 0xffffffff).toBe(true);
  });
});

describe("stderrLog", () => {
  it("writes one line to standard error", () => {
    const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    stderrLog.info("started");
    stderrLog.warn("late");
    expect(write.mock.calls.map((call) => call[0])).toEqual(["started\n", "warning: late\n"]);
    write.mockRestore();
  });
});
