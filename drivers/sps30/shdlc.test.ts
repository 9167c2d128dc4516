import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Frame, START_FLOAT, START_SUBCOMMAND } from "./constants";
import { Reception, ShdlcReader, shdlcFrame } from "./shdlc";

function hear(bytes: Iterable<number>): ShdlcReader {
  const reader = new ShdlcReader();
  for (const byte of bytes) reader.put(byte);
  return reader;
}

describe("SHDLC", () => {
  it.each([
    ["start", [0, Frame.start, 2, START_SUBCOMMAND, START_FLOAT], [0x7e, 0x00, 0x00, 0x02, 0x01, 0x03, 0xf9, 0x7e]],
    ["stop", [0, Frame.stop, 0], [0x7e, 0x00, 0x01, 0x00, 0xfe, 0x7e]],
    ["read", [0, Frame.readValues, 0], [0x7e, 0x00, 0x03, 0x00, 0xfc, 0x7e]],
    ["reset", [0, Frame.reset, 0], [0x7e, 0x00, 0xd3, 0x00, 0x2c, 0x7e]],
  ])("has the frame of the data sheet's example: %s", (_, content, frame) => {
    expect([...shdlcFrame(content)]).toEqual(frame);
  });

  it("stuffs the four values that lines and flags need", () => {
    // Content 7e 7d 11 13 sums to 0x11f, so its checksum is 0xe0.
    expect([...shdlcFrame([0x7e, 0x7d, 0x11, 0x13])]).toEqual([
      0x7e, 0x7d, 0x5e, 0x7d, 0x5d, 0x7d, 0x31, 0x7d, 0x33, 0xe0, 0x7e,
    ]);
  });

  it("brings any content back, whatever was on the line before", () => {
    const bytes = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 3, maxLength: 60 });
    const noise = fc.array(fc.integer({ min: 0, max: 0x7d }), { maxLength: 10 });
    fc.assert(
      fc.property(bytes, noise, (content, before) => {
        const reader = hear([...before, ...shdlcFrame(content)]);
        expect(reader.reception).toBe(Reception.whole);
        expect([...reader.content.subarray(0, reader.length)]).toEqual(content);
      }),
    );
  });

  it("never takes a content for whole in which one byte changed", () => {
    const bytes = fc.array(fc.integer({ min: 0, max: 0x10 }), { minLength: 4, maxLength: 40 });
    fc.assert(
      fc.property(bytes, fc.nat(), fc.integer({ min: 1, max: 0x0f }), (content, where, flip) => {
        const frame = shdlcFrame(content);
        const at = 1 + (where % (frame.length - 2));
        frame[at] ^= flip;
        const reader = hear(frame);
        const same = content.every((byte, i) => reader.content[i] === byte) && reader.length === content.length;
        expect(reader.reception !== Reception.whole || same).toBe(true);
      }),
    );
  });

  it("gives up what is too long, and begins again when it is told", () => {
    const reader = hear([0x7e, ...Array(300).fill(1)]);
    expect(reader.reception).toBe(Reception.damaged);
    reader.clear();
    for (const byte of shdlcFrame([1, 2, 3])) reader.put(byte);
    expect(reader.reception).toBe(Reception.whole);
  });
});
