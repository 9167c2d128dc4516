import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { CONDITION_NAMES } from "../../drivers/panel-points/conditions";
import { anyFrame } from "../../firmware/uplink/gb26875/arbitrary.test-suite";
import { LAYOUTS } from "../../firmware/uplink/gb26875/layout";
import { VECTORS } from "../../firmware/uplink/gb26875/vectors.test-suite";
import type { Diagnostic } from "../diagnostic";
import { encodeGb18030 } from "../gb18030";
import { readFrame } from "./frame-reader";
import { decodeFrame, encodeFrame, encodeFrameFile, frameLines, hexOf } from "./frames";
import { TABLES } from "./tables";

const folder = mkdtempSync(join(tmpdir(), "argand-gb26875-"));
afterAll(() => rmSync(folder, { recursive: true }));

const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex, "hex"));

/** What JSON keeps of it. */
function rewritten(bytes: Uint8Array): unknown {
  return JSON.parse(JSON.stringify(decodeFrame(bytes)));
}

type Problem = { readonly path: string; readonly message: string } & Partial<Diagnostic>;

function read(value: unknown): { hex: string | undefined; problems: Problem[] } {
  const problems: Problem[] = [];
  const frame = readFrame(value, (path, message, more) => problems.push({ path: path.join("."), message, ...more }));
  return { hex: frame === undefined ? undefined : hexOf(encodeFrame(frame)), problems };
}

describe("a frame as JSON", () => {
  it.each(Object.entries(VECTORS))("%s comes back with the same bytes", (_, hex) => {
    expect(read(rewritten(bytesOf(hex)))).toEqual({ hex, problems: [] });
  });

  it("comes back with the same bytes, whatever the frame", () => {
    fc.assert(
      fc.property(anyFrame, (frame) => {
        const bytes = encodeFrame(frame);
        expect(read(rewritten(bytes))).toEqual({ hex: hexOf(bytes), problems: [] });
      }),
      { numRuns: 200 },
    );
  });

  it("says what every number means", () => {
    expect(decodeFrame(bytesOf(VECTORS["A1-fire"]))).toMatchObject({
      time: "2012-09-26 09:58:32",
      source: { bytes: "790300000000", number: 889 },
      command: { code: 2, name: "send-data" },
      unit: {
        type: { code: 2, name: "component-state" },
        objects: [
          {
            system: { code: 1, name: "fire-alarm" },
            component: { code: 40, name: "smoke-detector" },
            place: { bytes: "0a000200", area: 10, number: 2 },
            state: { bits: 2, set: ["fire"] },
            time: "2012-09-26 09:58:02",
          },
        ],
      },
      checksum: "46",
    });
    expect(decodeFrame(bytesOf(VECTORS["A4-devstate"]))).toMatchObject({
      unit: { objects: [{ transmitter: { bits: 8, set: ["main-power-fault"] } }] },
    });
    expect(decodeFrame(bytesOf(VECTORS["B2-op"]))).toMatchObject({
      unit: { objects: [{ operation: { bits: 1, set: ["reset"] }, time: "2017-12-27 12:59:00" }] },
    });
  });

  it("can be written with names, numbers and texts alone", () => {
    const time = "2024-05-06 07:08:09";
    const frame = {
      serial: 7,
      time,
      source: 889,
      destination: "38 5b 01 00 00 00",
      command: "send-data",
      unit: {
        type: "component-state",
        objects: [
          {
            system: "fire-alarm",
            systemAddress: 1,
            component: "smoke-detector",
            place: { area: 10, number: 2 },
            state: ["fire", "disabled"],
            label: "Ａ区１层",
            time,
          },
        ],
      },
    };
    const label = Buffer.from(encodeGb18030("Ａ区１层")!).toString("hex").padEnd(62, "0");
    const { hex, problems } = read(frame);
    expect(problems).toEqual([]);
    expect(hex).toContain("790300000000385b01000000");
    expect(hex).toContain(`02010101280a0002000a00${label}090807060518`);
    const analog = { ...frame.unit.objects[0], analog: "temperature", value: { value: 23.5, unit: "Cel" } };
    const { state: _, label: __, ...object } = analog;
    expect(read({ ...frame, unit: { type: 3, objects: [object] } }).hex).toContain("03eb00090807060518");
  });

  it("shows one line a field, and moves no cursor", () => {
    const lines = frameLines(decodeFrame(bytesOf(VECTORS["A1-fire"])));
    expect(lines).toContain("unit.objects[0].component: 40  smoke-detector");
    expect(lines.join("\n")).not.toMatch(/[^\P{Cc}\n]/u);
  });
});

type Written = Record<string, unknown> & { unit: { objects: object[] } };

describe("a frame that somebody wrote", () => {
  const good = () => rewritten(bytesOf(VECTORS["A1-fire"])) as Written;
  const object = (more: object) => {
    const frame = good();
    Object.assign(frame.unit.objects[0], more);
    return frame;
  };

  it.each<[string, () => unknown, string, string]>([
    ["no object", () => [], "", "no object"],
    ["an unknown key", () => ({ ...good(), sourc: 1 }), "sourc", 'unknown key "sourc"'],
    ["no time", () => ({ ...good(), time: undefined }), "time", "missing"],
    ["a day that is none", () => ({ ...good(), time: "2023-02-29 00:00:00" }), "time", "no time"],
    ["a serial number of 17 bits", () => ({ ...good(), serial: 65_536 }), "serial", "not valid"],
    ["an address of 5 bytes", () => ({ ...good(), source: "0102030405" }), "source", "not valid"],
    [
      "an address that contradicts itself",
      () => ({ ...good(), source: { bytes: "790300000000", number: 7 } }),
      "source.number",
      "not what the bytes say",
    ],
    [
      "a name that contradicts its number",
      () => ({ ...good(), command: { code: 2, name: "deny" } }),
      "command.name",
      "is not",
    ],
    ["a slip of the hand", () => object({ component: "smoke-detecter" }), "unit.objects.0.component", "no component"],
    [
      "a state that contradicts itself",
      () => object({ state: { bits: 2, set: ["fault"] } }),
      "unit.objects.0.state.set",
      "not the bits",
    ],
    ["an unknown condition", () => object({ state: ["fyre"] }), "unit.objects.0.state.0", "no condition"],
    [
      "a place that contradicts itself",
      () => object({ place: { bytes: "0a000200", area: 1, number: 2 } }),
      "unit.objects.0.place.bytes",
      "other bytes",
    ],
    [
      "a text that is too long",
      () => object({ label: "十六个汉字就超过了三十一个字节呢" }),
      "unit.objects.0.label",
      "32 bytes",
    ],
    ["a text that is none", () => object({ label: "\ud800" }), "unit.objects.0.label", "GB18030"],
    ["a field too few", () => object({ state: undefined }), "unit.objects.0", '"state" is missing'],
    ["a reserved type", () => ({ ...good(), unit: { type: 9, objects: [] } }), "unit.type", "no objects"],
    ["raw bytes of a known type", () => ({ ...good(), unit: { raw: "1501" } }), "unit.raw", "known"],
    ["raw bytes of another type", () => ({ ...good(), unit: { type: 129, raw: "8001" } }), "unit.type", "another type"],
    [
      "too many objects",
      () => ({
        ...good(),
        unit: {
          type: 25,
          objects: [
            { major: 1, minor: 0 },
            { major: 1, minor: 0 },
          ],
        },
      }),
      "unit.objects",
      "too many",
    ],
    ["another format", () => ({ ...good(), format: "gb26875.3-2030" }), "format", "not known"],
  ])("with %s is refused at its place", (_, make, path, words) => {
    const { hex, problems } = read(make());
    expect(hex).toBeUndefined();
    expect(problems.map((problem) => problem.path)).toContain(path);
    expect(problems.find((problem) => problem.path === path)?.message).toContain(words);
  });

  it("is told what was probably meant", () => {
    expect(read(object({ component: "smoke-detecter" })).problems[0]).toMatchObject({ suggestion: "smoke-detector" });
  });

  it("is refused with line and column when it comes from a file", () => {
    const path = join(folder, "frame.json");
    const text = JSON.stringify(good(), undefined, 2).replace('"serial": 1', '"serial": -1');
    writeFileSync(path, text);
    const result = encodeFrameFile(path);
    expect(result).toMatchObject({ ok: false, diagnostics: [{ line: 3, column: 13 }] });
  });
});

describe("the tables", () => {
  it("name every type that has a layout, and no other", () => {
    expect(Object.keys(TABLES.types).sort()).toEqual(Object.keys(LAYOUTS).sort());
  });

  it("give each code a name of its own", () => {
    for (const names of [TABLES.commands, TABLES.types, TABLES.systems, TABLES.components])
      expect(new Set(Object.values(names)).size).toBe(Object.keys(names).length);
    for (const names of [TABLES.systemState, TABLES.componentState, TABLES.transmitterState])
      expect(new Set(names).size).toBe(names.length);
  });

  it("say what becomes of every condition, in bits that components and systems have", () => {
    const told = Object.keys(CONDITION_NAMES).filter((name) => name !== "unknown");
    expect(Object.keys(TABLES.conditionStates)).toEqual(told);
    for (const state of Object.values(TABLES.conditionStates))
      if (state !== "") {
        expect(TABLES.componentState.indexOf(state)).toBeGreaterThan(0);
        expect(TABLES.systemState.indexOf(state)).toBe(TABLES.componentState.indexOf(state));
      }
  });

  it("have a source and a confidence for each fact", () => {
    for (const fact of TABLES.facts) for (const text of Object.values(fact)) expect(text).not.toBe("");
  });
});
