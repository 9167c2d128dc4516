import { describe, expect, it } from "vitest";
import { compare, readBaseline } from "./baseline";

describe("the baseline", () => {
  it("has a reason and the figures of the path", () => {
    const { reason, units, instructions } = readBaseline();
    expect(reason.length).toBeGreaterThan(10);
    expect(Object.keys(units)).toEqual([
      "tick",
      "tick and encode",
      "Modbus TCP: build, parse",
      "Modbus RTU: build, parse, both CRCs",
      "32 octets of light in MCS 0",
      "a beacon of light in MCS 4",
      "a sample in a batch of SenML",
      "a sample in a batch of short SenML",
      "a sample in a batch of columns",
      "a virtual second of the reference site",
    ]);
    expect(Object.keys(instructions)).toEqual(["tick", "tick and encode", "tick and encode, a month after boot"]);
  });

  it("lets a figure stand that grew by up to 2 %, or fell", () => {
    expect(compare({ tick: 100 }, { tick: 102 }, "units")).toEqual([]);
    expect(compare({ tick: 100 }, { tick: 50 }, "units")).toEqual([]);
  });

  it("complains of one that grew by more, of one that is new and of one that is gone", () => {
    expect(compare({ tick: 100 }, { tick: 102.1 }, "units")).toEqual(["tick: 102.1 units, 100 before"]);
    expect(compare({}, { tick: 1 }, "instructions")).toHaveLength(1);
    expect(compare({ tick: 1 }, {}, "instructions")).toHaveLength(1);
  });
});
