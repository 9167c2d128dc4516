import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FlickerMeter } from "../../host-sim/world/optics/flicker";
import { readUfsook, UfsookDecoder, UfsookEncoder, UfsookSymbol } from "./ufsook";

/** What a camera sees with its shutter open for `open` chips from chip `at` on. */
function picture(chip: (index: number) => number, at: number, open: number): number {
  let lit = 0;
  for (let i = 0; i < open; i++) lit += chip(at + i);
  return lit / open;
}

describe("UFSOOK", () => {
  it("blinks at 120 and 105 Hz for a camera of 30 pictures a second, and above 1 kHz before", () => {
    const encoder = new UfsookEncoder();
    const octets = Uint8Array.of(0b01);
    const periods = (bit: number) => {
      let rises = 0;
      for (let i = 0; i < encoder.chipsPerBit; i++) {
        const at = bit * encoder.chipsPerBit + i;
        if (encoder.chip(octets, at) === 1 && (i === 0 || encoder.chip(octets, at - 1) === 0)) rises++;
      }
      return (rises * encoder.chipHz) / encoder.chipsPerBit;
    };
    expect([periods(1), periods(2)]).toEqual([120, 105]);
    expect(periods(0)).toBeGreaterThan(1000);
    // Two camera periods.
    expect(encoder.chipsPerBit / encoder.chipHz).toBeCloseTo(2 / 30, 12);
  });

  it("is read by a camera that looks at any moment but those of an edge, at any rate and n", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 6 }),
        fc.constantFrom(24, 25, 30, 50, 60),
        fc.integer({ min: 2, max: 6 }),
        fc.nat(),
        (octets, fps, n, phase) => {
          const encoder = new UfsookEncoder({ fps, n });
          const perPicture = encoder.chipsPerBit / 2;
          // Open for an even number of chips, so that a delimiter is half lit, and for a tenth of the shortest half period.
          const open = 2 * Math.max(1, Math.floor(encoder.chipsPerBit / (4 * n) / 20));
          const decoder = new UfsookDecoder(octets.length);
          const chip = (index: number) => encoder.chip(octets, index);
          const start = 1 + (phase % (perPicture - open - 2));
          const lit = (at: number) => picture(chip, at, open);
          // A picture across an edge of mark or space is grey: this camera does not look then.
          const clear = [1, 2].every((bit) =>
            [encoder.chipsPerBit / (4 * n), encoder.chipsPerBit / (4 * n - 2)].every(
              (half) => Math.floor(start / half) === Math.floor((start + open - 1) / half) || bit === 0,
            ),
          );
          fc.pre(clear);
          let whole = false;
          for (let bit = 0; bit <= 8 * octets.length; bit++) {
            const at = bit * encoder.chipsPerBit + start;
            whole = decoder.take(lit(at), lit(at + perPicture));
          }
          expect(whole).toBe(true);
          expect(decoder.octets).toEqual(octets);
          expect(decoder).toMatchObject({ packets: 1, broken: 0 });
        },
      ),
    );
  });

  it("is one half lit on the mean, and flickers by the measure of PHY I", () => {
    const encoder = new UfsookEncoder();
    const octets = Uint8Array.of(0x5a, 0xc3);
    let lit = 0;
    for (let i = 0; i < encoder.chipCount(2); i++) lit += encoder.chip(octets, i);
    expect(lit / encoder.chipCount(2)).toBe(0.5);
    const meter = new FlickerMeter(0.5, encoder.chipHz);
    for (let i = 0; i < encoder.chipCount(2); i++) meter.chip(encoder.chip(octets, i));
    // Blinking at 105 Hz is slower than the 200 Hz that PHY I keeps to: any 5 ms is far from steady, and the meter says so.
    expect(meter.worst).toBeGreaterThan(0.5);
  });

  it("takes pictures for what they are, and counts packets that broke off", () => {
    expect(readUfsook(0, 0)).toBe(UfsookSymbol.mark);
    expect(readUfsook(1, 1)).toBe(UfsookSymbol.mark);
    expect(readUfsook(1, 0)).toBe(UfsookSymbol.space);
    expect(readUfsook(0.5, 0.5)).toBe(UfsookSymbol.delimiter);
    expect(readUfsook(0.5, 1)).toBe(UfsookSymbol.unclear);
    const decoder = new UfsookDecoder(1);
    decoder.take(1, 1);
    decoder.take(0.5, 0.5);
    decoder.take(1, 0);
    decoder.take(0.5, 0.5);
    decoder.take(1, 0.5);
    decoder.take(1, 1);
    expect(decoder).toMatchObject({ packets: 0, broken: 2 });
  });

  it("refuses cameras that there are not", () => {
    for (const wrong of [{ fps: 0 }, { fps: 29.97 }, { n: 1 }, { n: 3.5 }])
      expect(() => new UfsookEncoder(wrong)).toThrow(expect.objectContaining({ code: "out-of-range" }));
  });
});
