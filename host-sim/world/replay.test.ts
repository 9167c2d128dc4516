import { describe, expect, it } from "vitest";
import { Quantity } from "../../drivers/emulation";
import { columnNames, columnValues, Replay, ReplayError } from "./replay";

const bytes = (text: string) => Uint8Array.from(Buffer.from(text, "latin1"));
const CSV = ",Temperature[C],Humidity[%]\n0,20,57.36\n1,20.015,56.67\r\n2,-3.25,56.1\n";
const columns = [
  { column: "Temperature[C]", device: "hall", quantity: Quantity.temperature },
  { column: "Humidity[%]", device: "hall", quantity: Quantity.humidity },
];

describe("a recording", () => {
  it("holds each row for one period, and the last for ever", () => {
    const replay = new Replay(bytes(CSV), columns);
    const temperatures = [0, 999_999, 1_000_000, 2_100_000, 9e9].map((us) =>
      replay.value("hall", Quantity.temperature, us),
    );
    expect(temperatures).toEqual([20, 20, 20.015, -3.25, -3.25]);
    expect(replay.value("hall", Quantity.humidity, 9e9)).toBe(56.1);
  });

  it("knows its length", () => {
    expect(new Replay(bytes(CSV), columns).durationUs).toBe(3_000_000);
    expect(new Replay(bytes(CSV.trimEnd()), columns).rows).toBe(3);
  });

  it("drives only what it was mapped to", () => {
    const replay = new Replay(bytes(CSV), columns);
    expect(replay.drives("hall", Quantity.temperature)).toBe(true);
    expect(replay.drives("hall", Quantity.smoke)).toBe(false);
    expect(replay.drives("cellar", Quantity.temperature)).toBe(false);
  });

  it("drives two devices with one column", () => {
    const both = [columns[0], { ...columns[0], device: "cellar" }];
    const replay = new Replay(bytes(CSV), both);
    expect(["hall", "cellar"].map((device) => replay.value(device, Quantity.temperature, 0))).toEqual([20, 20]);
  });

  it("tells which mappings nobody has asked for", () => {
    const replay = new Replay(bytes(CSV), columns);
    replay.value("hall", Quantity.humidity, 0);
    expect(replay.unread).toEqual([columns[0]]);
  });

  it("gives a column that drives nothing row by row", () => {
    expect([...columnValues(bytes(CSV), "Temperature[C]")]).toEqual([20, 20.015, -3.25]);
    expect(() => columnValues(bytes(CSV), "fire")).toThrow('no column "fire"');
  });

  it("names its columns", () => {
    expect(columnNames(bytes(CSV))).toEqual(["", "Temperature[C]", "Humidity[%]"]);
  });

  it.each([
    ["a column that is not there", "a,b\n1,2\n", 1, "no column"],
    ["no rows", ",Temperature[C],Humidity[%]\n", 2, "no rows"],
    ["no header", "", 1, "header"],
  ])("refuses %s", (_, text, line, message) => {
    const make = () => new Replay(bytes(text), columns);
    expect(make).toThrow(ReplayError);
    expect(make).toThrow(message);
    try {
      make();
    } catch (error) {
      expect((error as ReplayError).line).toBe(line);
    }
  });

  it.each([
    ["text", "0,warm,57\n"],
    ["an empty field", "0,,57\n"],
    ["a row that is too short", "0,20\n"],
    ["two decimal points", "0,2.0.1,57\n"],
  ])("says the line of %s", (_, row) => {
    const replay = new Replay(bytes(`,Temperature[C],Humidity[%]\n0,20,57\n${row}`), columns);
    expect(() => replay.check()).toThrow(expect.objectContaining({ code: "replay", line: 3 }));
  });
});
