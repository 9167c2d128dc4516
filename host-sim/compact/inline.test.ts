/** What one place calls stands in that place and means the same; parameters and calls that do nothing are gone. */
import { describe, expect, it } from "vitest";
import { withoutIdleArguments } from "./arguments";
import { withInlinedCalls } from "./inline";
import { contractNames, libraryNames } from "./kept-names";
import { expectSameMeaning } from "./same-meaning.test-suite";

const KEPT = new Set([...contractNames(), ...libraryNames()]);
const inlined = (code: string) => withInlinedCalls(code, KEPT);
const withoutIdle = (code: string) => withoutIdleArguments(code, KEPT);

/** A class whose `run()` is asked for its result. */
const part = (members: string, before = "") =>
  `var result; ${before} class Part { constructor() { this.total = 1; this.list = []; } ${members} } result = new Part().run();`;

describe("a method that one place calls", () => {
  it.each([
    [
      "as a statement",
      part(
        "run() { this.enlarge(2, 3); return this.total; } enlarge(by, times) { for (let i = 0; i < times; i++) this.total += by; }",
      ),
    ],
    [
      "as what is returned, wherever it returns",
      part(
        "run() { if (this.total === 1) return this.judge(5); return 0; } judge(limit) { if (limit > 3) return 'high'; if (limit > 2) return 'middle'; }",
      ),
    ],
    [
      "as what a constant is given",
      part(
        "run() { const sum = this.addUp(2); return sum * 2; } addUp(more) { this.total += more; const twice = this.total * 2; return twice; }",
      ),
    ],
    [
      "as what a property is given",
      part(
        "run() { this.total = this.addUp(2); return this.total; } addUp(more) { this.list.push(more); return this.total + more; }",
      ),
    ],
    [
      "within a condition, as an expression",
      part(
        "run() { return this.isLow(4) && !this.isHigh() ? 1 : 2; } isLow(limit) { return this.total < limit; } isHigh() { return this.total > 8; }",
      ),
    ],
    [
      "in a branch without braces",
      part(
        "run() { if (this.total > 5) this.enlarge(); else this.shrink(); return this.total; } enlarge() { this.total++; this.total++; } shrink() { this.total--; this.total--; }",
      ),
    ],
    [
      "on another object",
      part(
        "run() { const other = new Other(); other.stuff(this.list, 3); return [this.list, other.count]; }",
        "class Other { constructor() { this.count = 0; } stuff(list, n) { this.count += n; list.push(() => this.count); list[0] = list[0](); } }",
      ),
    ],
    [
      "one within the other",
      part(
        "run() { this.outerStep(1); return this.total; } outerStep(a) { this.innerStep(a + 1); this.total += 1; } innerStep(a) { this.total *= a + 4; this.total -= 1; }",
      ),
    ],
    [
      "with a name that its caller has too",
      part(
        "run() { const value = 5; this.retain(value + 1); return [value, this.total]; } retain(value) { const twice = value * 2; this.total = twice; }",
      ),
    ],
    [
      "that writes to its parameter",
      part(
        "run() { const n = 3; this.tally(n); return [n, this.total]; } tally(n) { while (n > 0) { n--; this.total *= 2; } }",
      ),
    ],
    [
      "that makes functions",
      part(
        "run() { this.collect([1, 2]); return this.list.map((f) => f()); } collect(all) { this.list = all.map((one) => () => one + this.total); }",
      ),
    ],
    [
      "that takes a shorthand",
      part("run() { return this.boxed(7); } boxed(size) { const box = { size }; box.twice = size * 2; return box; }"),
    ],
  ])("stands there, %s", (_, code) => {
    const written = expectSameMeaning(code, inlined);
    expect(
      written.match(
        /\b(?:enlarge|judge|addUp|isLow|isHigh|shrink|stuff|outerStep|innerStep|retain|tally|collect|boxed)\(/g,
      ),
    ).toBeNull();
  });

  it.each([
    [
      "it returns in its midst and its caller goes on",
      part("run() { this.leave(1); return this.total; } leave(n) { if (n === 1) return; this.total = 9; }"),
    ],
    [
      "its caller hides what it names",
      part(
        "run() { const scale = 2; this.enlarge(); return [scale, this.total]; } enlarge() { this.total += 1; this.total *= scale; }",
        "const scale = 10;",
      ),
    ],
    [
      "it declares what is handed over",
      part(
        "run() { const a = 1; this.enlarge(a); return this.total; } enlarge(n) { const a = 5; this.total = a + n; }",
      ),
    ],
    [
      "it declares what is given its value",
      part("run() { const a = this.make(1); return a; } make(n) { this.total += n; const a = n + 1; return a + 1; }"),
    ],
    [
      "it takes more than it is given",
      part(
        "run() { this.enlarge(1); return this.total; } enlarge(n, more = 4) { this.total += n; this.total += more; }",
      ),
    ],
    ["it calls itself", part("run() { return 1; } down(n) { if (n > 0) this.down(n - 1); this.total++; }")],
    [
      "another class has one of that name",
      part(
        "run() { this.enlarge(); new Other().enlarge(); return this.total; } enlarge() { this.total++; this.total++; }",
        "class Other { enlarge() { result = 1; result = 2; } }",
      ),
    ],
    [
      "it is also handed over as a value",
      part(
        "run() { const f = this.enlarge; this.enlarge(); return typeof f; } enlarge() { this.total++; this.total++; }",
      ),
    ],
    [
      "a text names it",
      part("run() { this.enlarge(); this['enlarge'](); return this.total; } enlarge() { this.total++; this.total++; }"),
    ],
    [
      "it may not be there",
      part("run() { this.list.other?.enlarge(); return this.total; } enlarge() { this.total++; this.total++; }"),
    ],
    [
      "the platform may call it",
      part("run() { this.onReadable(); return this.total; } onReadable() { this.total++; this.total++; }"),
    ],
    ["it asks its base class", part("run() { return this.deep(); } deep() { const d = super.toString(); return d; }")],
    [
      "what it is given may change before it is looked at",
      part(
        "run() { return this.late(this.total) + this.total; } late(was) { return this.next() * was; } next() { this.total++; this.total++; return this.total; }",
      ),
    ],
    [
      "it stands in a function of its caller",
      part(
        "run() { return [1, 2].map((x) => { const y = this.both(x); return y; }); } both(x) { const z = x + 1; return z * 2; }",
      ),
    ],
  ])("stays where %s", (_, code) => {
    expect(expectSameMeaning(code, inlined)).toMatch(/\b(?:leave|enlarge|make|down|onReadable|deep|late|both)\(/);
  });

  it("makes no function where its caller is called, and keeps all lines", () => {
    const code = part(
      "run() {\n this.enlarge(2);\n return this.total; }\n\n enlarge(by) {\n this.total += by;\n this.total *= 2;\n }",
    );
    expect(expectSameMeaning(code, inlined)).not.toContain("=>");
  });
});

describe("a function that one place calls", () => {
  it("stands there", () => {
    const written = expectSameMeaning(
      "var result; function f(a) { const b = a * 2; return b + 1; } function g(n) { const x = f(n); return x; } class A { run() { return g(2); } } result = [new A().run(), new A().run()];",
      inlined,
    );
    expect(written).not.toMatch(/function [fg]/);
  });

  it("stays where it is named twice, or called from no function", () => {
    const code =
      "var result; function f(a) { const b = a; return b; } function h(a) { const b = a; return b; } class A { run() { return f(1) + f(2); } } result = [h(3), new A().run()];";
    expect(expectSameMeaning(code, inlined)).toBe(code);
  });
});

describe("parameters that nobody looks at", () => {
  it("go with what is handed over for them", () => {
    const written = expectSameMeaning(
      part(
        "run() { this.enlarge(1, this.list, 2); this.enlarge(3, this, 4); this.unasked('x'); return this.total; } enlarge(n, unused, more) { this.total += n * more; } unasked(unused) { this.total++; }",
      ),
      withoutIdle,
    );
    expect(written).toContain("enlarge(n, more)");
    expect(written).toContain("this.enlarge(1, 2)");
    expect(written).toContain("unasked()");
  });

  it.each([
    [
      "another of that name looks at it",
      part(
        "run() { this.enlarge(1); new Other().enlarge(2); return this.total; } enlarge(n) { this.total++; }",
        "class Other { enlarge(n) { result = n; } }",
      ),
    ],
    [
      "what is handed over does something",
      part("run() { this.enlarge(this.total++); return this.total; } enlarge(n) { this.list.push(1); }"),
    ],
    [
      "a call spreads",
      part("run() { this.enlarge(...[1, 2]); return this.total; } enlarge(n, m) { this.total += m; }"),
    ],
    [
      "arguments are counted",
      part("run() { this.enlarge(1); return this.total; } enlarge(n) { this.total += arguments.length; }"),
    ],
    [
      "the platform may call it",
      part("run() { this.onReadable(3); return this.total; } onReadable(n) { this.total++; }"),
    ],
    [
      "a text names it",
      part("run() { this['enlarge'](1); this.enlarge(2); return this.total; } enlarge(n) { this.total++; }"),
    ],
  ])("stay where %s", (_, code) => {
    expect(expectSameMeaning(code, withoutIdle)).toBe(code);
  });

  it("of private methods are asked in their class alone", () => {
    const written = expectSameMeaning(
      part(
        "run() { this._$enlarge(1); return this.total; } _$enlarge(n) { this.total++; }",
        "class Other { all() { this._$enlarge(2); } _$enlarge(n) { result = n; } }",
      ),
      withoutIdle,
    );
    expect(written).toContain("_$enlarge() { this.total++");
    expect(written).toContain("_$enlarge(n) { result = n");
  });
});

describe("calls of methods that", () => {
  it("do nothing are gone, of those that give back what they are given the value stays", () => {
    const written = expectSameMeaning(
      part(
        "run() { this.demand(this.total); const n = this.alike(this.total + 4, 1); if (n > 2) this.demand(1); return n; } demand(n) { ; } alike(n, least) { return n; }",
      ),
      withoutIdle,
    );
    expect(written).not.toMatch(/this\.(?:demand|alike)\(/);
  });

  it("do nothing stay where something is done for them", () => {
    const code = part("run() { this.demand(this.total++); return this.total; } demand(n) { }");
    expect(expectSameMeaning(code, withoutIdle)).toBe(code);
  });
});
