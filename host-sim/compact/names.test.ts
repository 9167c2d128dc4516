/** Members are short where only the program can ask for them. */
import { describe, expect, it } from "vitest";
import { contractNames, libraryNames, planNames } from "./kept-names";
import { withShortMembers } from "./names";
import { expectSameMeaning } from "./same-meaning.test-suite";

const KEPT = new Set([...contractNames(), ...libraryNames(), ...planNames()]);
const short = (code: string) => withShortMembers(code, KEPT);

describe("names of members", () => {
  it("are short for methods, accessors and fields of classes", () => {
    const written = expectSameMeaning(
      `var result; class Tally { constructor() { this.soFar = 1; } enlarge() { this.soFar++; return this; } get twiceSoFar() { return 2 * this.soFar; } }
       const one = new Tally(); one.soFar = 4; result = one.enlarge().twiceSoFar;`,
      short,
    );
    expect(written).not.toMatch(/(?<![$\w])(?:soFar|enlarge|twiceSoFar)\b/);
  });

  it.each([
    [
      "what an object is written with",
      "class A { constructor() { this.soFar = 1; } } const o = { soFar: 2 }; result = [new A().soFar, Object.keys(o)];",
    ],
    [
      "what is taken out by a pattern",
      "class A { constructor() { this.soFar = 1; } } const { soFar } = new A(); result = soFar;",
    ],
    ["what a text names", "class A { constructor() { this.soFar = 1; } } result = new A()['soFar'];"],
    ["what a template names", "class A { constructor() { this.soFar = 1; } } result = new A()[`soFar`];"],
    ["what no class has", "const decoded = JSON.parse(String.fromCharCode(123, 125)); result = decoded.soFar ?? 3;"],
    ["what the library calls so", "class A { push(n) { return n; } } result = new A().push(2);"],
    ["what the platform may call", "class A { onReadable(n) { return n; } } result = new A().onReadable(2);"],
    ["what a plan may hold", "class A { constructor() { this.everyMs = 2; } } result = new A().everyMs;"],
  ])("stay for %s", (_, code) => {
    const whole = `var result; ${code}`;
    expect(expectSameMeaning(whole, short)).toBe(whole);
  });
});
