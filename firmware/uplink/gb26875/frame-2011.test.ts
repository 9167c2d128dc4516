import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyFrame, FLAGS, objectsOf } from "./arbitrary.test-suite";
import { type Frame, FrameError, type Unit } from "./codec";
import { codec2011 } from "./frame-2011";
import { LAYOUTS } from "./layout";
import { ASKED_BY_PEER, READ_BY_PEER } from "./peer-frames.test-suite";
import { VECTORS } from "./vectors.test-suite";
import { sumOf } from "./wire-2011";

const SHARED = fileURLToPath(new URL("../../../../shared/vectors/gb26875/frames.json", import.meta.url));

const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex, "hex"));
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

function encoded(frame: Frame): Uint8Array {
  const bytes = new Uint8Array(codec2011.size(frame));
  expect(codec2011.encode(frame, bytes, 0)).toBe(bytes.length);
  return bytes;
}

function decoded(bytes: Uint8Array): Frame {
  return codec2011.decode(bytes, bytes.length);
}

function faultOf(act: () => unknown): FrameError {
  try {
    act();
  } catch (error) {
    if (error instanceof FrameError) return error;
    throw error;
  }
  throw new Error("nothing was wrong");
}

/** With length and checksum as they should be. */
function framed(unit: string, command = 2): Uint8Array {
  const bytes = bytesOf(`404001000101203a091a090c790300000000385b01000000000000${unit}002323`);
  bytes[24] = unit.length / 2;
  bytes[26] = command;
  bytes[bytes.length - 3] = sumOf(bytes, 2, bytes.length - 3);
  return bytes;
}

describe("the frames of others", () => {
  it.each(Object.entries(VECTORS))("%s is read, and written with the same bytes", (_, hex) => {
    expect(hexOf(encoded(decoded(bytesOf(hex))))).toBe(hex);
  });

  it.skipIf(!existsSync(SHARED))("are those of the shared vectors, and say what is said about them", () => {
    type Vector = {
      id: string;
      hex: string;
      cmd: number;
      src_addr_le: number;
      dst_addr_le: number;
      headerTime: string;
    };
    const { frames } = JSON.parse(readFileSync(SHARED, "utf8")) as { frames: Vector[] };
    expect(Object.fromEntries(frames.map(({ id, hex }) => [id, hex]))).toEqual(VECTORS);
    for (const vector of frames) {
      const { command, source, destination, time } = decoded(bytesOf(vector.hex));
      const two = (n: number) => String(n).padStart(2, "0");
      expect({
        cmd: command,
        src_addr_le: Buffer.from(source).readUIntLE(0, 6),
        dst_addr_le: Buffer.from(destination).readUIntLE(0, 6),
        headerTime: `20${two(time.year)}-${two(time.month)}-${two(time.day)} ${two(time.hour)}:${two(time.minute)}:${two(time.second)}`,
      }).toEqual({
        cmd: vector.cmd,
        src_addr_le: vector.src_addr_le,
        dst_addr_le: vector.dst_addr_le,
        headerTime: vector.headerTime,
      });
    }
  });

  it("have the fields that their authors meant", () => {
    const at = { second: 2, minute: 58, hour: 9, day: 26, month: 9, year: 12 };
    expect(decoded(bytesOf(VECTORS["A1-fire"]))).toEqual({
      serial: 1,
      version: { main: 1, user: 1 },
      time: { ...at, second: 32 },
      source: bytesOf("790300000000"),
      destination: bytesOf("385b01000000"),
      command: 2,
      unit: {
        type: 2,
        objects: [
          {
            system: 1,
            systemAddress: 1,
            component: 40,
            place: bytesOf("0a000200"),
            state: 2,
            label: new Uint8Array(31).fill(0x20, 0, 30),
            time: at,
          },
        ],
      },
    });
    expect(decoded(bytesOf(VECTORS["A4-devstate"])).unit).toEqual({
      type: 21,
      objects: [{ transmitter: 8, time: at }],
    });
    expect(decoded(bytesOf(VECTORS["A15-sync"])).unit).toEqual({ type: 90, objects: [{ time: at }] });
    expect(decoded(bytesOf(VECTORS["B1-heartbeat"])).unit).toBeUndefined();
  });
});

describe("the frames of an independent implementation", () => {
  const all = [...Object.entries(ASKED_BY_PEER), ...Object.entries(READ_BY_PEER)];

  it.each(all)("of type %s are read as that type, and written with the same bytes", (type, hex) => {
    const frame = decoded(bytesOf(hex));
    expect((frame.unit as { type: number }).type).toBe(Number(type));
    expect(hexOf(encoded(frame))).toBe(hex);
  });

  it("are of every type that there is", () => {
    expect(all.map(([type]) => Number(type)).sort((a, b) => a - b)).toEqual([...FLAGS].sort((a, b) => a - b));
  });

  it("have the fields that were meant", () => {
    const place = Uint8Array.of(0, 0, 0, 0);
    expect(decoded(bytesOf(ASKED_BY_PEER[62])).unit).toEqual({
      type: 62,
      objects: [{ system: 1, systemAddress: 1, place }],
    });
    expect(decoded(bytesOf(READ_BY_PEER[3])).unit).toMatchObject({
      objects: [{ system: 1, systemAddress: 2, component: 40, analog: 3, value: -123 }],
    });
    expect(decoded(bytesOf(READ_BY_PEER[4])).unit).toMatchObject({ objects: [{ operation: 33, operator: 9 }] });
  });
});

describe("the codec", () => {
  it("gives back every frame that it has written, of every type flag", () => {
    for (const flag of FLAGS)
      fc.assert(
        fc.property(objectsOf(flag), anyFrame, (unit: Unit, head) => {
          const frame = { ...head, unit };
          expect(decoded(encoded(frame))).toEqual(frame);
        }),
        { numRuns: 40 },
      );
    fc.assert(
      fc.property(anyFrame, (frame) => {
        expect(decoded(encoded(frame))).toEqual(frame);
      }),
    );
  });

  it("writes every frame that it reads with the same bytes, whatever its bytes are", () => {
    const unit = fc
      .constantFrom(...FLAGS)
      .chain((flag) =>
        fc
          .integer({ min: 0, max: LAYOUTS[flag].max })
          .chain((count) => fc.uint8Array({ maxLength: 600 }).map((rest) => Uint8Array.of(flag, count, ...rest))),
      );
    let read = 0;
    fc.assert(
      fc.property(unit, (bytes) => {
        const whole = framed(hexOf(bytes.subarray(0, 200)));
        let frame: Frame;
        try {
          frame = decoded(whole);
        } catch {
          return;
        }
        read++;
        expect(hexOf(encoded(frame))).toBe(hexOf(whole));
      }),
      { numRuns: 2000 },
    );
    // The rest has a length that its type flag forbids.
    expect(read).toBeGreaterThan(20);
  });

  it("fills the longest frame that the standard allows: 22 components", () => {
    const { unit, ...head } = decoded(bytesOf(VECTORS["A1-fire"]));
    if (unit === undefined || !("type" in unit) || unit.type !== 2) throw new Error("not the frame that was meant");
    const frame: Frame = { ...head, unit: { type: 2, objects: new Array(22).fill(unit.objects[0]) } };
    expect(codec2011.size(frame)).toBe(30 + 1014);
    expect(decoded(encoded(frame))).toEqual(frame);
    const more: Frame = { ...head, unit: { type: 2, objects: new Array(23).fill(unit.objects[0]) } };
    expect(faultOf(() => encoded(more))).toMatchObject({ code: "field", field: "unit.objects" });
  });

  it.each<[string, string, FrameError["code"], number, string]>([
    ["another start", "414001", "start", 0, "40 40"],
    ["half a start", "4041", "start", 1, "40 40"],
    ["a header", VECTORS["A2-confirm"].slice(0, 52), "short", 26, "shortest"],
    ["a frame without its end", VECTORS["A1-fire"].slice(0, -2), "short", 77, "says 78"],
    ["a frame and more", `${VECTORS["A2-confirm"]}00`, "long", 30, "1 bytes"],
    ["a tail of decimal 35", VECTORS["A2-confirm"].replace(/2323$/, "3535"), "end", 28, "not 35"],
    ["a checksum that is off", VECTORS["A2-confirm"].replace(/ab2323$/, "ac2323"), "checksum", 27, "ab"],
    ["a sum over the start mark", VECTORS["A2-confirm"].replace(/ab2323$/, "2b2323"), "checksum", 27, "2b"],
  ])("says what is wrong with %s", (_, hex, code, offset, words) => {
    const error = faultOf(() => decoded(bytesOf(hex)));
    expect(error).toMatchObject({ code, offset });
    expect(error.message).toContain(words);
  });

  it.each<[string, string, number, string]>([
    ["no count", "02", 28, "before its count"],
    ["a cut object", "150108023a091a09", 35, "inside time of object 1 of 1"],
    ["bytes left over", "1501ff023a091a090cff", 36, "1 bytes stand behind"],
    ["too many objects", "19020101", 28, "at most 1"],
    ["a text that runs out", "1a01056162", 32, "inside text"],
    ["a text without a length", "1a01", 29, "inside text"],
  ])("says what is wrong with a unit of %s", (_, unit, offset, words) => {
    const error = faultOf(() => decoded(framed(unit)));
    expect(error).toMatchObject({ code: "unit", offset });
    expect(error.message).toContain(words);
  });

  it("keeps units that are users' own or reserved as bytes", () => {
    for (const unit of ["80010203", "c8", "09ffff"]) expect(decoded(framed(unit)).unit).toEqual({ raw: bytesOf(unit) });
  });

  it("refuses to write what a field cannot hold, and names the field", () => {
    const good = decoded(bytesOf(VECTORS["A4-devstate"]));
    const time = good.time;
    const object = { transmitter: 8, time };
    const cases: [unknown, string][] = [
      [{ ...good, serial: 65_536 }, "serial"],
      [{ ...good, serial: 1.5 }, "serial"],
      [{ ...good, version: { main: -1, user: 0 } }, "version.main"],
      [{ ...good, source: new Uint8Array(5) }, "source"],
      [{ ...good, time: { ...time, hour: 256 } }, "time.hour"],
      [{ ...good, unit: { type: 21, objects: [{ ...object, transmitter: 256 }] } }, "unit.objects[0].transmitter"],
      [{ ...good, unit: { type: 21, objects: [{ transmitter: 8 }] } }, "unit.objects[0].time"],
      [{ ...good, unit: { type: 26, objects: [{ text: "text" }] } }, "unit.objects[0].text"],
      [{ ...good, unit: { type: 9, objects: [] } }, "unit.type"],
      [{ ...good, unit: { raw: Uint8Array.of(21, 0) } }, "unit.raw"],
      [{ ...good, unit: { raw: new Uint8Array(0) } }, "unit.raw"],
      [{ ...good, unit: { raw: new Uint8Array(1025).fill(200) } }, "unit"],
    ];
    for (const [frame, field] of cases) {
      const into = new Uint8Array(2048);
      expect(faultOf(() => codec2011.encode(frame as Frame, into, 0))).toMatchObject({ code: "field", field });
    }
  });
});
