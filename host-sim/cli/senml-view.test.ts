import { describe, expect, it } from "vitest";
import { formatRecord } from "./senml-view";

const topic = "argand/v1/site/gw/event";

describe("a record of a panel, as a person reads it", () => {
  it("says what a snapshot says", () => {
    const snapshot = (...bytes: number[]) => formatRecord(topic, { name: "facp/points", vd: Uint8Array.of(...bytes) });
    expect(snapshot(0, 0, 1, 62)).toBe("(no time) event facp/points points 0-317: quiet");
    expect(snapshot(0, 0, 1, 62, 0, 6, 17, 0, 199, 32)).toContain("quiet but 6 fire, trouble; 199 disabled");
    expect(snapshot(1, 2)).toContain("0102");
  });

  it("shows what the panel printed, in characters", () => {
    const txt = Uint8Array.from([0xc8, 0xb9, 0xc2, 0xa5, 0x20, 0x31]);
    expect(formatRecord(topic, { name: "facp/hall", v: 1, txt })).toContain('txt="裙楼 1"');
    expect(formatRecord(topic, { name: "facp/hall", v: 1, txt: Uint8Array.of(0xff, 0xff) })).toContain("ffff");
  });
});
