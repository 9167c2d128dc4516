/** Whole frames: from the MAC frame to chips and back. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BEACON_OCTETS, BeaconReader, BeaconWriter } from "./beacon";
import { chipsToSoft } from "./bits";
import { Crc16, type CrcVariant } from "./crc16";
import { VlcDecoder, VlcOutcome } from "./decoder";
import { frameChips, VlcEncoder } from "./encoder";
import { HEADER_CHIPS } from "./header-code";
import { AddressMode, decodeMacHeader, encodeMacFrame, makeMacHeader } from "./mac-frame";
import { decodePhr, encodePhr, makePhr } from "./phr";
import { preambleChips } from "./preamble";
import { DEFAULT_PROFILE, requireBuiltProfile, type VlcProfile } from "./profile";
import { bitsOf, chipsOf, fromHex, toHex, vectors } from "./vectors.test-suite";
import type { VlcError } from "./vlc-error";

const present = vectors !== undefined;

/**
 * MCS 4, channel 0, FLP 64, P4, data frame to all with sequence number 1 and the payload "VLC": 1196 chips. From the
 * independent known answers (ppdu, MCS 4), which may be copied. Packed with the least significant bit first.
 */
const KNOWN_PSDU = "401001564c433968";
const KNOWN_FRAME = {
  n: 1196,
  packed: [
    "5555555555555555c2d29e96b0b4a7a5aaaaaaaaaaaaaaaaaa5aa5a55aaa5aa555aa5aaaa5aaa55aaaaaaaaaa5aaaaa55a55aaa5aa5555",
    "a55a5aa55a55aa55aa555aaa55aaa5555a5aa5555aaa5aa5a5a55aaaa55aa55555555aa555aa55a5a55a55555a555aaaa5aaaaa5555aa5",
    "a55aaaa5a555aaa5aa5aaaaa5555a55a5aa5aaaaaaaaaaaaaaa99a9aaa6a99a9a559aa9956aa6609",
  ].join(""),
};

const KNOWN_PREAMBLE_CHIPS = preambleChips(64);

describe("the complete MCS 4 frame", () => {
  it("is the known one, chip for chip", () => {
    const encoder = new VlcEncoder();
    const psdu = fromHex(KNOWN_PSDU);
    const count = encoder.encode(psdu, psdu.length);
    expect(count).toBe(KNOWN_FRAME.n);
    expect(count).toBe(frameChips(64, psdu.length));
    expect(chipsOf(encoder.chips, count)).toBe(bitsOf(KNOWN_FRAME));
  });

  it("is decoded from the known chips to the known octets", () => {
    const soft = knownSoftChips();
    const decoder = new VlcDecoder();
    expect(decoder.decode(soft, KNOWN_PREAMBLE_CHIPS, soft.length)).toBe(VlcOutcome.frame);
    expect(toHex(decoder.psdu.subarray(0, decoder.psduLength))).toBe(KNOWN_PSDU);
    expect(decoder.phr).toEqual({ burst: false, channel: 0, mcs: 4, length: 8, dimmed: false });
  });

  it.skipIf(!present)("equals the vector file, and so do its header and payload alone", () => {
    const vector = vectors!.ppdu.find((ppdu) => ppdu.mcs === 4)!;
    expect(vector.psdu).toBe(KNOWN_PSDU);
    expect(vector.all_chips).toEqual(KNOWN_FRAME);
    const all = bitsOf(KNOWN_FRAME).slice(KNOWN_PREAMBLE_CHIPS);
    expect(all).toBe(bitsOf(vector.phr_chips) + bitsOf(vector.psdu_chips));
  });

  it.skipIf(!present)(
    "reads the header of the MCS 0 to 3 vector frames, and says that their payload is not built",
    () => {
      for (const vector of vectors!.ppdu.filter((ppdu) => ppdu.mcs < 4 && ppdu.variant === undefined)) {
        const soft = Int32Array.from(bitsOf(vector.all_chips), (chip) => (chip === "1" ? 1 : -1));
        const decoder = new VlcDecoder();
        expect(decoder.decode(soft, KNOWN_PREAMBLE_CHIPS, soft.length)).toBe(VlcOutcome.unsupported);
        expect(decoder.phr).toMatchObject({ mcs: vector.mcs, length: 8 });
        expect(decoder).toMatchObject({ unsupported: 1, repairedHeaders: 0 });
      }
    },
  );
});

describe("PHY header", () => {
  it.skipIf(!present)("has the known octets and checksums in every CRC variant", () => {
    for (const vector of vectors!.phr)
      for (const [variant, hcs] of Object.entries(vector.hcs)) {
        const phr = {
          burst: vector.burst === 1,
          channel: vector.channel,
          mcs: vector.mcs,
          length: vector.len,
          dimmed: vector.dimmed === 1,
        };
        const crc = new Crc16(variant as CrcVariant);
        const octets = new Uint8Array(6);
        encodePhr(phr, crc, octets);
        expect(toHex(octets)).toBe(vector.octets + hcs.slice(2) + hcs.slice(0, 2));
        const back = makePhr();
        expect(decodePhr(octets, crc, back)).toBe(true);
        expect(back).toEqual(phr);
        octets[1] ^= 4;
        expect(decodePhr(octets, crc, back)).toBe(false);
      }
  });

  it("refuses fields that do not fit", () => {
    const crc = new Crc16("mcrf4xx");
    const into = new Uint8Array(6);
    for (const bad of [{ channel: 8 }, { mcs: 64 }, { length: 1024 }, { length: Number.NaN }])
      expect(() => encodePhr({ ...makePhr(), ...bad }, crc, into)).toThrow(codeOf("out-of-range"));
  });
});

describe("MAC frame", () => {
  const crc = new Crc16("mcrf4xx");

  it.skipIf(!present)("is the known one, without and with a source address", () => {
    for (const vector of vectors!.psdu) {
      const header = makeMacHeader();
      const psdu = fromHex(vector.psdu);
      expect(decodeMacHeader(psdu, psdu.length, header)).toBe(true);
      expect(header).toMatchObject({ type: 1, sequence: vector.seq, destinationMode: AddressMode.broadcast });
      expect(header.length).toBe(vector.mhr.length / 2);
      const msdu = fromHex(vector.msdu);
      const into = new Uint8Array(64);
      const length = encodeMacFrame(header, msdu, msdu.length, crc, into);
      expect(toHex(into.subarray(0, length))).toBe(vector.psdu);
    }
  });

  it("carries a beacon: sequence number, then the id with its most significant octet first", () => {
    const writer = new BeaconWriter(0x1a2b3c4d, crc);
    writer.write(0x1ff);
    expect(toHex(writer.psdu).slice(0, 14)).toBe("4010ff1a2b3c4d");
    const reader = new BeaconReader();
    expect(reader.read(writer.psdu, BEACON_OCTETS)).toBe(true);
    expect(reader).toMatchObject({ id: 0x1a2b3c4d, sequence: 0xff });
  });

  it("keeps ids up to 2^32-1", () => {
    const reader = new BeaconReader();
    const writer = new BeaconWriter(0xffff_ffff, crc);
    writer.write(0);
    reader.read(writer.psdu, BEACON_OCTETS);
    expect(reader.id).toBe(0xffff_ffff);
  });

  it("does not take another frame for a beacon, and never reads past the end", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (octets) => {
        const header = makeMacHeader();
        if (decodeMacHeader(octets, octets.length, header))
          expect(header.length + 2).toBeLessThanOrEqual(octets.length);
        const reader = new BeaconReader();
        if (reader.read(octets, octets.length)) expect(octets[0] & 0xc0).toBe(0x40);
      }),
    );
  });
});

describe("VlcEncoder and VlcDecoder", () => {
  const anyProfile = fc.record({
    flp: fc.integer({ min: 32, max: 100 }).map((half) => 2 * half),
    tdp: fc.constantFrom("P1", "P2", "P3", "P4"),
    crc: fc.constantFrom("mcrf4xx", "ccitt-false", "kermit", "x25", "arc"),
    manchester: fc.constantFrom("0=01", "0=10"),
  });

  it("give back every PSDU, under every profile that is built", () => {
    fc.assert(
      fc.property(
        anyProfile,
        fc.uint8Array({ minLength: 1, maxLength: 200 }),
        fc.nat(7),
        (switches, payload, channel) => {
          const profile = { ...DEFAULT_PROFILE, ...switches } as VlcProfile;
          const psdu = withFcs(payload, profile.crc);
          const encoder = new VlcEncoder({ profile, channel, maxPsduOctets: psdu.length });
          // Twice: nothing of the first frame may leak into the second.
          encoder.encode(
            Uint8Array.from(psdu, (octet) => ~octet),
            psdu.length,
          );
          const count = encoder.encode(psdu, psdu.length);
          expect(encoder.chips.length).toBe(Math.ceil(count / 8));
          const soft = new Int32Array(count);
          chipsToSoft(encoder.chips, count, soft);
          const decoder = new VlcDecoder(profile);
          expect(decoder.decode(soft, preambleChips(profile.flp), count)).toBe(VlcOutcome.frame);
          expect(decoder.psdu.subarray(0, decoder.psduLength)).toEqual(psdu);
          expect(decoder.phr).toMatchObject({ channel, mcs: 4, length: psdu.length });
        },
      ),
    );
  });

  it("give back the longest PSDU", () => {
    const psdu = withFcs(new Uint8Array(1021).fill(0x5a), "mcrf4xx");
    const encoder = new VlcEncoder();
    const soft = new Int32Array(encoder.encode(psdu, psdu.length));
    chipsToSoft(encoder.chips, soft.length, soft);
    const decoder = new VlcDecoder();
    expect(decoder.decode(soft, KNOWN_PREAMBLE_CHIPS, soft.length)).toBe(VlcOutcome.frame);
    expect(decoder.psdu).toEqual(psdu);
  });

  it("repair a header in which any 80 of its 944 chips are wrong", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(HEADER_CHIPS - 1), { minLength: 80, maxLength: 80 }), (where) => {
        const soft = knownSoftChips();
        for (const place of where) soft[KNOWN_PREAMBLE_CHIPS + place] *= -1;
        expect(new VlcDecoder().decode(soft, KNOWN_PREAMBLE_CHIPS, soft.length)).toBe(VlcOutcome.frame);
      }),
    );
  });

  it("repair a wrong generator output in every 28, which the repetition cannot outvote", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(27), { minLength: 8, maxLength: 8 }), (where) => {
        const soft = knownSoftChips();
        where.forEach((output, i) => {
          for (let chip = 0; chip < 4; chip++) soft[KNOWN_PREAMBLE_CHIPS + 112 * i + 4 * output + chip] *= -1;
        });
        const decoder = new VlcDecoder();
        expect(decoder.decode(soft, KNOWN_PREAMBLE_CHIPS, soft.length)).toBe(VlcOutcome.frame);
        expect(decoder.repairedHeaders).toBe(1);
      }),
    );
  });

  it("notice a payload with one wrong bit", () => {
    const soft = knownSoftChips();
    for (const chip of [0, 1]) soft[KNOWN_PREAMBLE_CHIPS + HEADER_CHIPS + 40 + chip] *= -1;
    const decoder = new VlcDecoder();
    expect(decoder.decode(soft, KNOWN_PREAMBLE_CHIPS, soft.length)).toBe(VlcOutcome.fcsError);
    expect(decoder).toMatchObject({ frames: 0, fcsErrors: 1 });
  });

  it("notice chips that end before the frame does", () => {
    const soft = knownSoftChips();
    const decoder = new VlcDecoder();
    expect(decoder.decode(soft, KNOWN_PREAMBLE_CHIPS, soft.length - 1)).toBe(VlcOutcome.badLength);
    expect(decoder.decode(soft, KNOWN_PREAMBLE_CHIPS, KNOWN_PREAMBLE_CHIPS + 943)).toBe(VlcOutcome.badLength);
    expect(decoder.badLengths).toBe(2);
  });

  it("never fail on chips of any kind, and count each call once", () => {
    const decoder = new VlcDecoder();
    let calls = 0;
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 0, max: 1300 }),
        fc.constantFrom(1, 2 ** 19),
        (seed, length, size) => {
          const soft = new Int32Array(length);
          let state = seed | 1;
          for (let i = 0; i < length; i++) {
            state = Math.imul(state, 1_664_525) + 1_013_904_223;
            soft[i] = size === 1 ? state >> 31 || 1 : state >> 12;
          }
          const outcome = decoder.decode(soft, 0, length);
          expect([VlcOutcome.hcsError, VlcOutcome.badLength]).toContain(outcome);
          calls++;
        },
      ),
      { numRuns: 1000 },
    );
    expect(decoder.frames + decoder.hcsErrors + decoder.fcsErrors + decoder.unsupported + decoder.badLengths).toBe(
      calls,
    );
  });

  it("allocate nothing for a frame", () => {
    const encoder = new VlcEncoder({ maxPsduOctets: 8 });
    const decoder = new VlcDecoder();
    const psdu = fromHex(KNOWN_PSDU);
    const soft = new Int32Array(KNOWN_FRAME.n);
    const round = () => {
      encoder.encode(psdu, psdu.length);
      chipsToSoft(encoder.chips, soft.length, soft);
      decoder.decode(soft, KNOWN_PREAMBLE_CHIPS, soft.length);
    };
    for (let i = 0; i < 2000; i++) round();
    const growths = Array.from({ length: 15 }, () => {
      const before = process.memoryUsage().heapUsed;
      for (let i = 0; i < 500; i++) round();
      return process.memoryUsage().heapUsed - before;
    });
    // An object of 16 bytes a frame would be 8 kB each time. The median, because the engine itself allocates now and then
    // (it compiles), and collects now and then.
    expect(growths.sort((a, b) => a - b)[7]).toBeLessThan(8_000);
  });

  it("refuse lengths that do not fit", () => {
    const encoder = new VlcEncoder({ maxPsduOctets: 10 });
    for (const length of [0, 11, Number.NaN])
      expect(() => encoder.encode(new Uint8Array(20), length)).toThrow(codeOf("out-of-range"));
    expect(() => new VlcEncoder({ maxPsduOctets: 1024 })).toThrow(codeOf("out-of-range"));
  });
});

describe("profile", () => {
  it.each([
    ["fieldOrder", "msb", "not-built"],
    ["phrTail", "in-header", "not-built"],
    ["rsFirstRoot", 0, "not-built"],
    ["clockHz", 400_000, "not-built"],
    ["crc", "crc32", "unknown-value"],
    ["crc", "toString", "unknown-value"],
    ["manchester", "1=10", "unknown-value"],
    ["tdp", "P5", "unknown-value"],
    ["flp", 63, "out-of-range"],
    ["flp", 65, "out-of-range"],
    ["flp", 16_386, "out-of-range"],
  ])("%s %j is refused as %s", (field, value, code) => {
    const profile = { ...DEFAULT_PROFILE, [field]: value } as VlcProfile;
    expect(() => requireBuiltProfile(profile)).toThrow(codeOf(code));
    expect(() => new VlcEncoder({ profile })).toThrow(codeOf(code));
  });

  it.each([
    [0, "not-built"],
    [8, "not-built"],
    [9, "unknown-value"],
    [-1, "unknown-value"],
  ])("MCS %j is refused as %s", (mcs, code) => {
    expect(() => new VlcEncoder({ mcs })).toThrow(codeOf(code));
  });
});

function knownSoftChips(): Int32Array {
  return Int32Array.from(bitsOf(KNOWN_FRAME), (chip) => (chip === "1" ? 1 : -1));
}

function withFcs(payload: Uint8Array, variant: CrcVariant): Uint8Array {
  const psdu = new Uint8Array(payload.length + 2);
  psdu.set(payload);
  new Crc16(variant).append(psdu, payload.length);
  return psdu;
}

/** Matches a thrown `VlcError` by its code. */
function codeOf(code: string) {
  return expect.objectContaining({ code } as Partial<VlcError>);
}
