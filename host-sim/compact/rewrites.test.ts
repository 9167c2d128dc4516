/** Patterns, module variables and tables mean what they meant, in fewer bytes. */
import { describe, expect, it } from "vitest";
import { withModuleConstants } from "./constants";
import { withoutPatterns } from "./patterns";
import { expectSameMeaning } from "./same-meaning.test-suite";
import { withSplitTables } from "./tables";

describe("patterns", () => {
  it.each([
    [
      "of a variable, of this, of a call",
      `class A { x = 1; y = 2; sum() { const { x, y: z } = this; return x + z; } }
      const one = new A(); const { x } = one; let { y } = one; y++;
      const f = () => ({ a: 5, b: 6 }); const { a, b } = f(), c = a + b;
      result = [one.sum(), x, y, a, b, c];`,
    ],
    [
      "of what binds less tightly",
      "const a = 0; const { length } = a || 'four'; const { length: l2 } = a ? 'x' : [1, 2]; result = [length, l2];",
    ],
    [
      "that ask once",
      "let asked = 0; const f = () => { asked++; return { a: 1, b: 2 }; }; const { a, b } = f(); result = [a, b, asked];",
    ],
    [
      "of parameters, of functions, methods and arrows",
      `function f({ a, b }, c) { a += 1; return [a, b, c]; }
      class C { m({ x }, { y }) { return x - y; } }
      result = [f({ a: 1, b: 2 }, 3), new C().m({ x: 5 }, { y: 3 }), [{ k: 4 }].map(({ k }) => k), [{ k: 4 }].map(({ k }) => ({ k }))];`,
    ],
    [
      "that hide what they are taken from",
      "const state = { state: 7 }; { const f = () => { const inner = state; const { state: s } = inner; return s; }; result = f(); }",
    ],
    ["of nothing, which is an error", "result = 0; const { a } = undefined; result = a;"],
    ["of nothing as a parameter, which is an error", "result = 0; (({ a }) => a)();"],
  ])("%s are said plainly", (_, code) => {
    const written = expectSameMeaning(`var result; ${code}`, withoutPatterns);
    expect(written).not.toMatch(/(?:const|let) \{|\(\{ \w+(?:, \w+)* \}(?: =>|,|\) [{=])/);
  });

  it.each([
    "const { a = 1 } = {}; result = a;",
    "const { a, ...rest } = { a: 1, b: 2 }; result = rest;",
    "const { a: { b } } = { a: { b: 3 } }; result = b;",
    'const { ["a"]: b } = { a: 4 }; result = b;',
    "const f = ({ a }, b = a) => b; result = f({ a: 5 });",
    "const {} = { a: 1 }; result = 6;",
  ])("that are more than names stay: %s", (code) => {
    expect(expectSameMeaning(`var result; ${code}`, withoutPatterns)).toBe(`var result; ${code}`);
  });
});

describe("variables of a module", () => {
  it("are constants unless they are written to, wherever that is", () => {
    const written = expectSameMeaning(
      `(() => { var a = 1, b = { n: 1 }; var c = 2; var d = 3; var e = 4; var f; f = 9;
        function set() { c = 3; [d] = [6]; b.n = 2; for (e of [7]); }
        var A = class { static made = 1; };
        set(); result = [a, b.n, c, d, e, f, A.made]; })();`,
      withModuleConstants,
    );
    expect(written).toContain("const a = 1, b =");
    expect(written).toContain("let c = 2; let d = 3; let e = 4; var f;");
    expect(written).toContain("const A = class");
  });

  it("within functions stay what they are", () => {
    const code = "(() => { function f() { { var a = 1; } return a; } result = f(); })();";
    expect(expectSameMeaning(code, withModuleConstants)).toBe(code);
  });
});

describe("tables", () => {
  it("of texts and numbers are split as a module is loaded", () => {
    const written = expectSameMeaning(
      `(() => { const texts = ["fire", "", "pre-alarm", "a b"], numbers = [104, -3, 0.25, 1000];
        const nested = [{ even: [0, 1, 2, 3, 4] }];
        result = [texts, numbers, nested]; })();`,
      withSplitTables,
    );
    expect(written).toContain('"fire,,pre-alarm,a b".split(",")');
    expect(written).toContain('"104 -3 0.25 1000".split(" ").map(Number)');
    expect(written).toContain('"0 1 2 3 4".split(" ").map(Number)');
  });

  it.each([
    ["within a function, which would allocate", "function f() { return [1, 2, 3, 4, 5, 6]; } result = f();"],
    ["with a negative zero", "const a = [1, 2, 3, 4, 5, 6, -0]; result = Object.is(a[6], -0);"],
    ["with all separators in them", 'const a = ["a b", "c,d", "e|f", "g", "h"]; result = a;'],
    ["with other things in them", "const a = [1, 2, 3, 4, 5, null, 'b']; result = a;"],
    ["too short to be worth it", "const a = [1]; const b = []; result = [a, b];"],
  ])("stay %s", (_, code) => {
    const script = `(() => { ${code} })();`;
    expect(expectSameMeaning(script, withSplitTables)).toBe(script);
  });
});
