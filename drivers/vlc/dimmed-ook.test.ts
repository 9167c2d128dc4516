/** OOK dimmed by compensation symbols. There are no known answers: what is shown is that it is consistent and as bright as it says. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FlickerMeter } from "../../host-sim/world/optics/flicker";
import { bitAt, bitsToSoft } from "./bits";
import { VlcDecoder, VlcOutcome } from "./decoder";
import { decodeOptional, dimmingFor, encodeOptional, makeDimming } from "./dimmed-ook";
import { VlcEncoder } from "./encoder";
import { lineSymbolCount, writeLineSymbols } from "./line-chips";
import { DEFAULT_PROFILE, frameCheck } from "./profile";

function frameOf(mcs: number, level: number, octets: number) {
  const encoder = new VlcEncoder({ mcs, dimmedTo: level });
  const psdu = Uint8Array.from({ length: octets }, (_, i) => (i * 29) & 0xff);
  frameCheck(DEFAULT_PROFILE).append(psdu, octets - 2);
  encoder.encode(psdu, octets);
  const count = lineSymbolCount(encoder);
  const packed = new Uint8Array((count + 7) >> 3);
  expect(writeLineSymbols(encoder, packed)).toBe(count);
  const soft = new Int32Array(count);
  bitsToSoft(packed, count, soft);
  return { encoder, psdu, packed, count, soft };
}

const outOfRange = expect.objectContaining({ code: "out-of-range" });

describe("OOK dimmed by compensation", () => {
  it("is decoded again, at every level and in every MCS of OOK", () => {
    const decoder = new VlcDecoder(DEFAULT_PROFILE, { dimmed: true });
    fc.assert(
      fc.property(
        fc.nat(4),
        fc.integer({ min: 10, max: 90 }),
        fc.integer({ min: 5, max: 120 }),
        (mcs, percent, octets) => {
          const { encoder, psdu, soft, count } = frameOf(mcs, percent / 100, octets);
          expect(decoder.decode(soft, encoder.preambleChips, count)).toBe(VlcOutcome.frame);
          expect(decoder.psdu.subarray(0, octets)).toEqual(psdu);
          const { headerLineSymbols, optionalLineSymbols, payloadLineSymbols } = decoder;
          expect(headerLineSymbols + optionalLineSymbols + payloadLineSymbols).toBe(count - encoder.preambleChips);
          expect(decoder.decode(soft, encoder.preambleChips, count - 1)).toBe(VlcOutcome.badLength);
        },
      ),
      { numRuns: 60 },
    );
  });

  it.each([0.1, 0.25, 0.4, 0.5, 0.6, 0.7, 0.9])("has the level %d in its payload, in any 5 ms", (level) => {
    const { encoder, packed, count } = frameOf(4, level, 1000);
    const meter = new FlickerMeter(level, 200_000);
    const pieces = encoder.preambleChips + 2 * encoder.headerBits;
    for (let i = pieces; i < count; i++) meter.chip(bitAt(packed, i));
    expect(Math.abs(meter.mean - level)).toBeLessThan(0.02);
    expect(meter.worst * level).toBeLessThan(0.02);
  });

  it("says in its header that it is dimmed; a decoder that was not made for it refuses it", () => {
    const { encoder, soft, count } = frameOf(2, 0.3, 20);
    const decoder = new VlcDecoder();
    expect(decoder.decode(soft, encoder.preambleChips, count)).toBe(VlcOutcome.unsupported);
    expect(decoder.phr.dimmed).toBe(true);
  });

  it("keeps its fields in their bits, notices each that is wrong, and takes none that no frame can have", () => {
    const octets = new Uint8Array(4);
    const back = makeDimming();
    for (let percent = 10; percent <= 90; percent++) {
      const { light: _light, ...fields } = dimmingFor(percent / 100);
      expect(fields.compensation + fields.resync + fields.subframe).toBeLessThanOrEqual(1001);
      encodeOptional({ ...fields, light: 0 }, octets);
      expect(decodeOptional(octets, back)).toBe(true);
      expect(back).toMatchObject(fields);
      for (let bit = 0; bit < 32; bit++) {
        octets[bit >> 3] ^= 1 << (bit & 7);
        expect(decodeOptional(octets, back)).toBe(false);
        octets[bit >> 3] ^= 1 << (bit & 7);
      }
    }
    for (const subframe of [0, 1, 7]) {
      encodeOptional({ compensation: 1, resync: 1, subframe, light: 0 }, octets);
      expect(decodeOptional(octets, back)).toBe(false);
    }
  });

  it("ends for fields and lengths of any kind", () => {
    const decoder = new VlcDecoder(DEFAULT_PROFILE, { dimmed: true });
    const { encoder, soft, count } = frameOf(3, 0.8, 30);
    fc.assert(
      fc.property(fc.array(fc.nat(count - 1), { maxLength: 400 }), fc.nat(count), (flips, end) => {
        const capture = Int32Array.from(soft);
        for (const flip of flips) capture[flip] *= -1;
        const outcome = decoder.decode(capture, encoder.preambleChips, end);
        expect(Object.values(VlcOutcome)).toContain(outcome);
        if (outcome === VlcOutcome.frame)
          expect(frameCheck(DEFAULT_PROFILE).holds(decoder.psdu, decoder.psduLength)).toBe(true);
      }),
    );
  });

  it("refuses levels and profiles that it has no answer for", () => {
    for (const level of [0, 0.05, 0.95, Number.NaN]) expect(() => dimmingFor(level)).toThrow(outOfRange);
    expect(() => new VlcEncoder({ mcs: 8, dimmedTo: 0.5 })).toThrow(outOfRange);
    const profile = { ...DEFAULT_PROFILE, phrTail: "in-header" } as const;
    expect(() => new VlcEncoder({ mcs: 4, profile, dimmedTo: 0.3 })).toThrow(
      expect.objectContaining({ code: "not-built" }),
    );
  });
});
