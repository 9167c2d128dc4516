import { Type } from "typebox";
import { describe, expect, it } from "vitest";
import { formatDiagnostics } from "./diagnostic";
import { parseSource } from "./source";
import { checkStructure, describe as describeSchema } from "./structure";

const strict = { additionalProperties: false } as const;
const Colour = Type.Union([Type.Literal("red"), Type.Literal("green"), Type.Literal("blue")]);
const Period = Type.String({ pattern: "^[0-9]+ s$", description: "How often. A duration such as 5 s." });
const Shape = Type.Union([
  Type.Object({ radius: Type.Number() }, strict),
  Type.Object({ width: Type.Number(), height: Type.Number() }, strict),
]);
const Lamp = Type.Object(
  {
    id: Type.Integer({ minimum: 1, maximum: 247, description: "Number of the lamp." }),
    colour: Type.Optional(Colour),
    every: Type.Optional(Period),
    serial: Type.Optional(Type.String()),
    address: Type.Optional(Type.Union([Type.Literal(0x44), Type.Literal(0x45)])),
    shapes: Type.Optional(Type.Array(Shape)),
    names: Type.Optional(Type.Record(Type.String({ pattern: "^[a-z]+$" }), Type.Integer(), strict)),
  },
  strict,
);

/** `line:column message | expected | suggestion` of each. */
function judge(text: string): string[] {
  const parsed = parseSource("lamp.yaml", text);
  if (!parsed.ok) throw new Error(formatDiagnostics(parsed.diagnostics, { colour: false }));
  return checkStructure(parsed.source, [], Lamp, parsed.source.value).map(
    ({ line, column, message, expected, suggestion }) =>
      `${line}:${column} ${[message, expected, suggestion].filter((part) => part !== undefined).join(" | ")}`,
  );
}

describe("the structure of a value", () => {
  it("is right when it is what the schema says", () => {
    expect(
      judge("id: 3\ncolour: red\nevery: 5 s\nserial: '7'\naddress: 0x45\nshapes: [{ radius: 1 }]\nnames: { a: 1 }"),
    ).toEqual([]);
  });

  it.each([
    [
      "a word that is none of the choice",
      "id: 3\ncolour: gren",
      '2:9 "gren" is not valid here | one of red, green, blue | green',
    ],
    [
      "a number out of its range",
      "id: 300",
      "1:5 300 is not valid here | a whole number from 1 to 247. Number of the lamp.",
    ],
    [
      "a text where a number belongs",
      "id: three",
      '1:5 "three" is not valid here | a whole number from 1 to 247. Number of the lamp.',
    ],
    ["a text without its form", "id: 3\nevery: 5", "2:8 5 is not valid here | a duration such as 5 s"],
    ["a number where text belongs", "id: 3\nserial: 007", '2:9 007 is not valid here | text; in quotes: "007"'],
    ["a truth value where text belongs", "id: 3\nserial: true", '2:9 true is not valid here | text; in quotes: "true"'],
    ["a number in hexadecimal", "id: 3\naddress: 0x46", "2:10 0x46 is not valid here | one of 0x44, 0x45"],
    ["a key without a value", "id:", '1:4 "id" has no value | a whole number from 1 to 247. Number of the lamp.'],
    [
      "a key that is not there",
      "colour: red",
      '1:1 "id" is missing | a whole number from 1 to 247. Number of the lamp.',
    ],
    [
      "an unknown key",
      "id: 3\nwatts: 5",
      '2:1 unknown key "watts" | one of id, colour, every, serial, address, shapes, names',
    ],
    [
      "a misspelt key",
      "id: 3\ncolor: red",
      '2:1 unknown key "color" | one of id, colour, every, serial, address, shapes, names | colour',
    ],
    [
      "a single thing where a list belongs",
      "id: 3\nshapes: { radius: 1 }",
      '2:9 {"radius":1} is not valid here | a list',
    ],
    [
      "a name that cannot be one",
      "id: 3\nnames: { A b: 1 }",
      '2:10 "A b" cannot be a name here | letters, digits, - and _, beginning with a letter or digit; at most 64',
    ],
  ])("is wrong with %s", (_, text, expected) => {
    expect(judge(text)).toEqual([expected]);
  });

  it("says of a misspelt key that it is unknown, not that it is missing as well", () => {
    expect(judge("ib: 3")).toEqual([
      '1:1 unknown key "ib" | one of id, colour, every, serial, address, shapes, names | id',
    ]);
  });

  it("judges one of several shapes by the shape that its keys come from", () => {
    const shape = (text: string) => judge(`id: 3\nshapes: [${text}]`);
    expect(shape("{ width: 1, height: tall }")).toEqual(['2:30 "tall" is not valid here | a number']);
    expect(shape("{ width: 1 }")).toEqual(['2:10 "height" is missing | a number']);
    expect(shape("{ radius: 1, heigth: 2 }")).toEqual(['2:23 unknown key "heigth" | radius']);
    expect(shape("{ with: 1 }")).toEqual(['2:12 unknown key "with" | one of radius, width, height | width']);
    expect(shape("{}")).toEqual(["2:10 {} is not valid here | a map with radius or a map with width, height"]);
    expect(shape("round")).toEqual(['2:10 "round" is not valid here | a map with radius or a map with width, height']);
  });

  it("finds every mistake at once, however many there are", () => {
    const shapes = Array.from({ length: 40 }, () => "{ radius: x }").join(", ");
    expect(judge(`id: x\ncolour: pink\nshapes: [${shapes}]`)).toHaveLength(42);
  });

  it("does not repeat a text without end", () => {
    const [problem] = judge(`id: 3\ncolour: ${"x".repeat(5000)}`);
    expect(problem.length).toBeLessThan(150);
  });
});

describe("what a value must be", () => {
  it.each([
    [Type.Boolean(), "true or false"],
    [Type.Number({ minimum: 0 }), "a number from 0 up"],
    [Type.Array(Type.String()), "a list"],
    [Type.Record(Type.String(), Type.Number()), "a map"],
    [Type.Literal("x"), "x"],
    [Type.Union([Type.Integer(), Type.String()]), "a whole number or text"],
    [Type.Union([Type.Number(), Period], { description: "A number or 5 s." }), "a number or 5 s"],
  ])("is said in words: %#", (schema, words) => {
    expect(describeSchema(schema as never)).toBe(words);
  });
});
