import { encode } from "cbor2";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CborValue, encodeDeterministic } from "../uplink/cbor/encode";
import { COMMAND_BYTES, type CommandError, decodeCommand, encodeCommand } from "./form";

const name = fc.stringMatching(/^[A-Za-z0-9./_-]{1,40}$/);
const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,36}$/);

describe("a command", () => {
  it("comes out as it went in", () => {
    const kinds = fc.oneof(
      fc.tuple(fc.constant("acknowledge"), fc.tuple(name)),
      fc.tuple(fc.constant("device"), fc.array(name, { minLength: 2, maxLength: 3 })),
      fc.tuple(fc.constant("state"), fc.constant([])),
    );
    fc.assert(
      fc.property(id, kinds, fc.option(fc.integer(), { nil: Number.NaN }), (id, [kind, words], expiresS) => {
        expect(decodeCommand(encodeCommand(id, kind, words, expiresS))).toEqual({ id, kind, words, expiresS });
      }),
    );
  });

  it("may be written by another encoder", () => {
    const bytes = encode({ id: "a1", do: "device", device: "facp", command: "reset" }, { cde: true });
    expect(decodeCommand(bytes)).toMatchObject({ id: "a1", kind: "device", words: ["facp", "reset"] });
  });

  const map = (value: { [key: string]: CborValue }) => encodeDeterministic(value);
  it.each([
    ["no CBOR", Uint8Array.of(0xff), "malformed", ""],
    ["JSON", new TextEncoder().encode('{"id":"a"}'), "malformed", ""],
    ["a list", encodeDeterministic(["a"]), "malformed", ""],
    ["a number", encodeDeterministic(7), "malformed", ""],
    ["no id", map({ do: "state" }), "malformed", ""],
    ["an id that would leave its place in a name", map({ id: "a/b", do: "state" }), "malformed", ""],
    ["an id of 37 letters", map({ id: "a".repeat(37), do: "state" }), "malformed", ""],
    ["what nobody knows", map({ id: "a", do: "explode" }), "unknown-command", "a"],
    ["what every object has", map({ id: "a", do: "constructor" }), "unknown-command", "a"],
    ["no alarm", map({ id: "a", do: "acknowledge" }), "malformed", "a"],
    ["a number for a name", map({ id: "a", do: "acknowledge", alarm: 3 }), "malformed", "a"],
    ["a name with a space", map({ id: "a", do: "acknowledge", alarm: "a b" }), "malformed", "a"],
    ["a name that is no ASCII", map({ id: "a", do: "acknowledge", alarm: "ä" }), "malformed", "a"],
    ["another key", map({ id: "a", do: "state", force: true }), "malformed", "a"],
    ["a key of another kind", map({ id: "a", do: "state", alarm: "x" }), "malformed", "a"],
    ["an end in words", map({ id: "a", do: "state", exp: "soon" }), "malformed", "a"],
    [
      "keys in another order",
      Uint8Array.of(0xa2, 0x62, 0x69, 0x64, 0x61, 0x61, 0x62, 0x64, 0x6f, 0x60),
      "malformed",
      "",
    ],
  ])("is not %s", (_what, bytes, code, id) => {
    expect(() => decodeCommand(bytes)).toThrow(expect.objectContaining({ code, id }) as CommandError);
  });

  it("never ends in anything but a command or a CommandError, whatever the bytes", () => {
    const whole = encodeCommand("scenario-1", "device", ["facp", "silence", "zone-3"], 1_800_000_000);
    const edits = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(edits, fc.nat(whole.length), (edits, length) => {
        const bytes = whole.slice(0, length === 0 ? whole.length : length);
        for (const [at, value] of edits) if (at < bytes.length) bytes[at] = value;
        try {
          expect(decodeCommand(bytes).id).toMatch(/^[A-Za-z0-9_-]{1,36}$/);
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/^(malformed|unknown-command)$/) });
        }
      }),
      { numRuns: 5000 },
    );
  });

  it("is refused where it is written: too long, too few words, too many", () => {
    expect(() => encodeCommand("a", "acknowledge", ["x".repeat(COMMAND_BYTES)])).toThrow("more than 320 bytes");
    expect(() => encodeCommand("a", "device", ["facp"])).toThrow("device wants: device <device> <command> [point]");
    expect(() => encodeCommand("a", "state", ["now"])).toThrow("state wants: state");
    expect(() => encodeCommand("a", "reboot", [])).toThrow(
      'there is no command "reboot"; there are acknowledge, device, state',
    );
  });
});
