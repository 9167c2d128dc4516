import { describe, expect, it } from "vitest";
import { compare, readBaseline } from "./baseline";

describe("the baseline", () => {
  it("has a reason and the figures of the path", () => {
    const { reason, units } = readBaseline();
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
    ]);
  });

  it("lets a figure stand that grew by up to 2 %, or fell", () => {
    expect(compare({ tick: 100 }, { tick: 102 })).toEqual([]);
    expect(compare({ tick: 100 }, { tick: 50 })).toEqual([]);
  });

  it("complains of one that grew by more, of one that is new and of one that is gone", () => {
    expect(compare({ tick: 100 }, { tick: 102.1 })).toEqual(["tick: 102.1 units, 100 before"]);
    expect(compare({}, { tick: 1 })).toHaveLength(1);
    expect(compare({ tick: 1 }, {})).toHaveLength(1);
  });
});
