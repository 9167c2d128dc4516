/** Accessors that only give a field, and neighbours that are given the same, mean what they meant in fewer bytes. */
import { describe, expect, it } from "vitest";
import { withChainedAssignments } from "./chains";
import { withoutPlainGetters } from "./getters";
import { expectSameMeaning } from "./same-meaning.test-suite";

describe("an accessor that gives a private field", () => {
  it("is a property", () => {
    const written = expectSameMeaning(
      `var result; class A { constructor(n) { this._$state = n; } get state() { return this._$state; } step() { this._$state += 2; const self = this; return () => self._$state; } }
       const a = new A(3); result = [a.state, a.step()(), a.state]; const { state } = a; result.push(state);`,
      withoutPlainGetters,
    );
    expect(written).not.toContain("_$state");
    expect(written).not.toContain("get state");
  });

  it.each([
    [
      "a class below has one of that name",
      "class A { constructor() { this._$n = 1; } get size() { return this._$n; } } const B = class extends A { get size() { return 7; } }; result = [new A().size, new B().size];",
    ],
    [
      "a class above has one of that name",
      "const A = class { get size() { return 7; } }; class B extends A { constructor() { super(); this._$n = 1; } get size() { return this._$n + super.size * 0 || 1; } get big() { return 2; } } class C extends A { constructor() { super(); this._$n = 4; } get size() { return this._$n; } } result = [new B().size, new C().size];",
    ],
    [
      "a class below uses the field",
      "class A { constructor() { this._$n = 1; } get size() { return this._$n; } } class B extends A { up() { this._$n++; return this.size; } } result = new B().up();",
    ],
    [
      "it can be written to",
      "class A { constructor() { this._$n = 1; } get size() { return this._$n; } set size(n) { this._$n = 2 * n; } } const a = new A(); a.size = 4; result = a.size;",
    ],
    [
      "it does more",
      "class A { constructor() { this._$n = 1; } get size() { return this._$n + 1; } } result = new A().size;",
    ],
    [
      "the field is no private one",
      "class A { constructor() { this.n = 1; } get size() { return this.n; } } result = new A().size;",
    ],
    [
      "its class writes to one of that name",
      "class A { constructor(other) { this._$n = 1; if (other) other.size = 5; } get size() { return this._$n; } } const o = { size: 1 }; result = [new A(o).size, o.size];",
    ],
    ["it is the class's own", "class A { static get size() { return this._$n; } } A._$n = 3; result = A.size;"],
  ])("stays one where %s", (_, code) => {
    const whole = `var result; ${code}`;
    expect(expectSameMeaning(whole, withoutPlainGetters)).toBe(whole);
  });

  it("is one of two for a field, and the other follows", () => {
    expectSameMeaning(
      "var result; class A { constructor() { this._$n = 1; } get size() { return this._$n; } get length() { return this._$n; } up() { this._$n++; } } const a = new A(); a.up(); result = [a.size, a.length];",
      withoutPlainGetters,
    );
  });
});

describe("neighbours that are given the same constant", () => {
  it("are given it at once, the first one first", () => {
    const written = expectSameMeaning(
      `var result; class A { constructor() { this.a = 0;
        this.b = 0; this.c = 0; this.d = true; this.e = -1; this.f = -1; this.g = undefined; this.h = undefined; } }
       const a = new A(); result = [Object.keys(a), Object.values(a).map(String)];`,
      withChainedAssignments,
    );
    expect(written).toContain("this.c = this.b = this.a = 0;");
    expect(written).toContain("this.f = this.e = -1;");
    expect(written).toContain("this.h = this.g = undefined;");
  });

  it.each([
    [
      "what they are given is made anew",
      "class A { constructor() { this.a = []; this.b = []; } } result = new A().a === new A().b;",
    ],
    [
      "one of them is an accessor",
      "class A { constructor() { this.log = ''; this.x = 1; this.y = 1; } set x(n) { this.log += 'x'; } set y(n) { this.log += 'y'; } } result = new A().log;",
    ],
    [
      "something is between them",
      "class A { constructor() { this.a = 1; this.n = this.a; this.b = 1; } } result = Object.keys(new A());",
    ],
    ["they are another's", "const o = {}; class A { constructor() { o.a = 1; o.b = 1; } } new A(); result = o;"],
  ])("stay where %s", (_, code) => {
    const whole = `var result; ${code}`;
    expect(expectSameMeaning(whole, withChainedAssignments)).toBe(whole);
  });
});
