import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Diagnostic, didYouMean, formatDiagnostics, nearest } from "./diagnostic";

const problem: Diagnostic = {
  file: "site.yaml",
  line: 12,
  column: 7,
  path: "a.b",
  message: "something is wrong",
  expected: "something right",
  suggestion: "that",
  excerpt: "  a: { b: 1 }",
};
const plain = (...diagnostics: Diagnostic[]) => formatDiagnostics(diagnostics, { colour: false });

describe("a diagnostic", () => {
  it("names the place, shows the line with a caret, says what is wrong, what was expected and what was meant", () => {
    expect(plain(problem)).toBe(
      [
        "site.yaml:12:7: error: something is wrong",
        "  12 |   a: { b: 1 }",
        "     |       ^",
        "  expected: something right",
        '  did you mean "that"?',
      ].join("\n"),
    );
  });

  it("about a whole file has no line", () => {
    expect(plain({ file: "site.yaml", line: 0, column: 0, path: "", message: "there is no such file" })).toBe(
      "site.yaml: error: there is no such file",
    );
  });

  it("is red where a terminal shows colours", () => {
    expect(formatDiagnostics([problem], { colour: true })).toContain("site.yaml:12:7: \x1b[31merror\x1b[0m: something");
  });

  it("stands in the order of the file", () => {
    const text = plain(problem, { ...problem, line: 3 }, { ...problem, line: 12, column: 2 });
    expect(text.match(/site\.yaml:\d+:\d+/g)).toEqual(["site.yaml:3:7", "site.yaml:12:2", "site.yaml:12:7"]);
  });

  it("counts what is too much to show", () => {
    const many = (count: number) => plain(...Array.from({ length: count }, (_, i) => ({ ...problem, line: i + 1 })));
    expect(many(20)).not.toContain("more");
    expect(many(21)).toMatch(/\nand 1 more problem$/);
    expect(many(30)).toMatch(/\nand 10 more problems$/);
  });

  it("keeps its caret under the place in a line that is too long, or that moves the cursor", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.constantFrom("x", "\t", "\x1b", "\x07"), (column, filler) => {
        const excerpt = `${filler.repeat(column - 1)}!${filler.repeat(500)}`;
        const [, shown, caret] = plain({ ...problem, column, excerpt }).split("\n");
        expect(shown[caret.indexOf("^")]).toBe("!");
        expect(shown.length).toBeLessThan(130);
        expect(shown).not.toMatch(/\p{Cc}/u);
      }),
    );
  });
});

describe("did you mean", () => {
  const drivers = ["fire-panel", "sht3x", "vlc-transmitter"];

  it.each([
    ["sht3", "sht3x"],
    ["SHT3X", "sht3x"],
    ["sth3x", "sht3x"],
    ["firepanel", "fire-panel"],
    ["vlc-transmiter", "vlc-transmitter"],
  ])("takes %s for %s", (word, meant) => {
    expect(didYouMean(word, drivers)).toBe(meant);
  });

  it.each(["bme280", "", "x", "x".repeat(100_000)])("does not guess what is too far away", (word) => {
    expect(didYouMean(word, drivers)).toBeUndefined();
  });

  it("comes with what there is", () => {
    expect(nearest("sht3", drivers)).toEqual({
      expected: "one of fire-panel, sht3x, vlc-transmitter",
      suggestion: "sht3x",
    });
    expect(nearest("wire", ["i2c0"])).toEqual({ expected: "i2c0" });
    expect(nearest("wire", [])).toEqual({});
  });

  it("finds a name with one slip of the hand in it", () => {
    const name = fc.stringMatching(/^[a-z]{4,12}$/);
    fc.assert(
      fc.property(name, fc.nat(), fc.constantFrom("drop", "double", "swap"), (meant, at, slip) => {
        const i = at % (meant.length - 1);
        const middle = { drop: "", double: meant[i] + meant[i], swap: meant[i + 1] + meant[i] }[slip];
        const word = meant.slice(0, i) + middle + meant.slice(slip === "swap" ? i + 2 : i + 1);
        expect(didYouMean(word, [meant])).toBe(meant);
      }),
    );
  });
});
