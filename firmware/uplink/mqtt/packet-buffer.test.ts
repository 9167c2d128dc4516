import { describe, expect, it } from "vitest";
import { PacketBuffer } from "./packet-buffer";

describe("a packet's buffer", () => {
  it("ends with the packet while it is cut, and keeps its bytes", () => {
    const packet = new PacketBuffer(100);
    packet.begin(3);
    packet.bytes.set([1, 2, 3]);
    packet.cut();
    expect([...packet.bytes]).toEqual([1, 2, 3]);
    packet.restore();
    expect(packet.bytes.length).toBeGreaterThanOrEqual(100);
    expect([...packet.bytes.subarray(0, 3)]).toEqual([1, 2, 3]);
  });

  it("takes longer packets than it was made for", () => {
    const packet = new PacketBuffer(10);
    packet.begin(1000);
    expect(packet.bytes.length).toBeGreaterThanOrEqual(1000);
    packet.cut();
    expect(packet.bytes).toHaveLength(1000);
  });
});
