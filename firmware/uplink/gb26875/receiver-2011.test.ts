import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FrameReceiver } from "./codec";
import { codec2011 } from "./frame-2011";
import { VECTORS } from "./vectors.test-suite";

/** `GB26875_FUZZ=1000000 npx vitest run firmware/uplink/gb26875/receiver` is the long run. */
const FUZZ_STREAMS = Number(process.env["GB26875_FUZZ"] ?? 50_000);

const frames = Object.values(VECTORS).map((hex) => Uint8Array.from(Buffer.from(hex, "hex")));
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

type Seen = { readonly receiver: FrameReceiver; readonly frames: string[]; readonly broken: string[] };

function receiver(maxUnitBytes = 1024): Seen {
  const seen: string[] = [];
  const broken: string[] = [];
  return {
    receiver: codec2011.receiver(maxUnitBytes, {
      frame: (bytes, length) => seen.push(hexOf(bytes.subarray(0, length))),
      broken: (fault, _, length) => {
        expect(length).toBeGreaterThanOrEqual(27);
        broken.push(fault);
      },
    }),
    frames: seen,
    broken,
  };
}

function concat(pieces: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(pieces.flatMap((piece) => [...piece]));
}

describe("the receiver", () => {
  it("takes every frame at every split point", () => {
    for (const frame of frames)
      for (let cut = 0; cut <= frame.length; cut++) {
        const seen = receiver();
        seen.receiver.push(frame.subarray(0, cut), cut);
        seen.receiver.push(frame.subarray(cut), frame.length - cut);
        expect(seen.frames).toEqual([hexOf(frame)]);
        expect([seen.broken, seen.receiver.pending, seen.receiver.skipped]).toEqual([[], 0, 0]);
      }
  });

  it("takes frames that stick together, byte by byte as well", () => {
    const stream = concat(frames);
    const whole = receiver();
    whole.receiver.push(stream, stream.length);
    const single = receiver();
    for (const byte of stream) single.receiver.push(Uint8Array.of(byte), 1);
    expect(whole.frames).toEqual(frames.map(hexOf));
    expect(single.frames).toEqual(whole.frames);
  });

  it("is not led astray by end marks and start marks inside of a frame", () => {
    const bytes = Uint8Array.from(
      Buffer.from(
        "4040" + "2323" + "0101" + "232323232323" + "404040404040" + "404023232323" + "0200" + "02" + "c823",
        "hex",
      ),
    );
    let sum = 0;
    for (let i = 2; i < bytes.length; i++) sum += bytes[i];
    const frame = concat([bytes, Uint8Array.of(sum & 255, 0x23, 0x23)]);
    const seen = receiver();
    const stream = concat([frame, frame]);
    seen.receiver.push(stream, stream.length);
    expect(seen.frames).toEqual([hexOf(frame), hexOf(frame)]);
  });

  it("finds a frame behind any junk, at the latest when a frame's length has followed or the wait is given up", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0x40, 0x23, 0, 1, 0xff), { maxLength: 90 }), (junk) => {
        const seen = receiver();
        const stream = concat([Uint8Array.from(junk), frames[0]]);
        seen.receiver.push(stream, stream.length);
        for (let i = 0; i < 200 && seen.receiver.pending > 0; i++) seen.receiver.giveUp();
        expect(seen.frames).toContain(hexOf(frames[0]));
        expect(seen.receiver.skipped).toBe(junk.length);
      }),
      { numRuns: 500 },
    );
  });

  it("refuses a frame with any bit flipped, and takes the next", () => {
    const [fire, confirm] = frames;
    for (let bit = 0; bit < fire.length * 8; bit++) {
      const damaged = fire.slice();
      damaged[bit >> 3] ^= 1 << (bit & 7);
      const seen = receiver();
      seen.receiver.push(damaged, damaged.length);
      // As a repetition comes after the time of a confirmation has passed.
      seen.receiver.giveUp();
      for (const frame of [fire, confirm]) seen.receiver.push(frame, frame.length);
      for (let i = 0; i < 400 && seen.receiver.pending > 0; i++) seen.receiver.giveUp();
      expect(seen.frames.slice(-2)).toEqual([hexOf(fire), hexOf(confirm)]);
      expect(seen.frames.length).toBe(2);
    }
  });

  it("tells what was wrong, with the control unit at least", () => {
    const [fire] = frames;
    const wrong = (index: number, value: number) => {
      const bytes = fire.slice();
      bytes[index] = value;
      const seen = receiver();
      seen.receiver.push(bytes, bytes.length);
      return seen.broken;
    };
    expect(wrong(fire.length - 3, 0)).toEqual(["checksum"]);
    expect(wrong(fire.length - 1, 0x35)).toEqual(["end"]);
    expect(wrong(25, 0x7f)).toEqual(["long"]);
  });

  it("refuses what is longer than it has room for, however long that comes in", () => {
    const seen = receiver(32);
    const [fire, confirm] = frames;
    const stream = concat([fire, confirm]);
    seen.receiver.push(stream, stream.length);
    expect([seen.broken, seen.frames]).toEqual([["long"], [hexOf(confirm)]]);
  });

  it("may be reset from its own callback", () => {
    const seen: string[] = [];
    const one: FrameReceiver = codec2011.receiver(1024, {
      frame: (bytes, length) => {
        seen.push(hexOf(bytes.subarray(0, length)));
        one.reset();
      },
      broken: () => one.reset(),
    });
    const stream = concat(frames);
    one.push(stream, stream.length);
    expect([seen.length, one.pending]).toEqual([1, 0]);
  });

  it(`loses no whole frame and invents none in ${FUZZ_STREAMS} mutated streams`, { timeout: 3_600_000 }, () => {
    let state = 0x26875;
    const random = (below: number) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 4_294_967_296) * below);
    };
    const known = new Set(frames.map(hexOf));
    let untouched = 0;
    let found = 0;
    for (let stream = 0; stream < FUZZ_STREAMS; stream++) {
      const seen: string[] = [];
      const one = codec2011.receiver(1024, {
        frame: (bytes, length) => {
          const frame = codec2011.decodeHead(bytes);
          if (length < 30 || frame.source.length !== 6) throw new Error("a frame that is none");
          try {
            codec2011.decode(bytes, length);
          } catch (error) {
            // Its unit may be damaged where the checksum is not; nothing else may.
            if ((error as { code?: string }).code !== "unit") throw error;
          }
          seen.push(hexOf(bytes.subarray(0, length)));
        },
        broken: (_, __, length) => {
          if (length < 27) throw new Error("a broken frame without its control unit");
        },
      });
      const intact: string[] = [];
      for (let n = 1 + random(4); n > 0; n--) {
        const frame = frames[random(frames.length)].slice(0);
        const kind = random(5);
        let bytes = frame;
        if (kind === 0) bytes[random(bytes.length)] ^= 1 + random(255);
        else if (kind === 1) bytes = bytes.subarray(0, random(bytes.length));
        else if (kind === 2)
          bytes = Uint8Array.from({ length: random(40) }, () => [0x40, 0x23, random(256)][random(3)]);
        else intact.push(hexOf(frame));
        for (let at = 0; at < bytes.length; ) {
          const count = 1 + random(bytes.length - at);
          one.push(bytes.subarray(at, at + count), count);
          at += count;
        }
      }
      for (let i = 0; i < 2000 && one.pending > 0; i++) one.giveUp();
      if (one.pending !== 0) throw new Error("something is left");
      // In order: what was sent whole was received, whatever stood around it.
      let at = 0;
      for (const frame of intact) {
        while (at < seen.length && seen[at] !== frame) at++;
        if (at++ >= seen.length) throw new Error(`stream ${stream}: ${frame} was lost among ${seen.join(" ")}`);
      }
      untouched += intact.length;
      found += seen.filter((frame) => known.has(frame)).length;
    }
    expect(untouched).toBeGreaterThan(FUZZ_STREAMS / 2);
    expect(found).toBeGreaterThanOrEqual(untouched);
  });
});
