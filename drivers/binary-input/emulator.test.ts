import { describe, expect, it } from "vitest";
import type { DevicePlan } from "../plan";
import { DEFAULT_RESISTORS } from "./constants";
import { ContactEmulator } from "./emulator";

const contact = (io: string, settings = {}) =>
  new ContactEmulator({
    connection: { io },
    settings: { resistors: DEFAULT_RESISTORS, ...settings },
  } as unknown as DevicePlan);

describe("a contact's emulator", () => {
  it("gives a supervised line the voltage of its state; a fault lies over the contact until it is repaired", () => {
    const part = contact("Analog");
    const mv = (verb: string) => {
      part.act(verb);
      return Math.round(part.analog!.millivolts());
    };
    expect(["open", "close", "cut", "open", "close", "short", "repair"].map(mv)).toEqual([
      1650, 799, 3300, 3300, 3300, 0, 799,
    ]);
  });

  it.each([
    ["up", 0],
    ["down", 1],
  ])("holds or lets go of a digital pin with pull %s", (pull, closed) => {
    const part = contact("Digital", { pull });
    const levels: unknown[] = [];
    part.digital!({ drive: (level) => levels.push(level) });
    for (const verb of ["close", "cut", "repair", "open", "short"]) part.act(verb);
    expect(levels).toEqual([undefined, closed, undefined, closed, undefined, closed]);
  });

  it("says what it can do when asked for something else", () => {
    expect(() => contact("Digital").act("melt")).toThrow(/close, open, cut, short or repair; not "melt"/);
  });
});
