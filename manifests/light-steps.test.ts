/** Lamps and receivers of a scenario, their steps and expectations: what they compile to, and what is said about mistakes. */
import { describe, expect, it } from "vitest";
import { compileSite } from "./compile";
import { checked, SITE } from "./examples/sites.test-suite";
import { compileScenario } from "./scenario";
import { parseSource } from "./source";

const LAMPS = SITE.replace(
  "uplink:",
  `  lamp-1: { driver: vlc-transmitter, bus: light, beacon: { id: 1 } }
  lamp-2: { driver: vlc-transmitter, bus: pins, pin: 13, beacon: { id: 2 } }
uplink:`,
).replace("devices:", "  light: { kind: spi, clock: 12, out: 11 }\n  pins: { kind: light }\ndevices:");

const HALL = `lamps: { lamp-1: { at: [1, 2, 3] } }
receivers: { phone: { at: [1, 2, 0.8] }, old: { sees: lamp-2, distance: 2 m } }
`;

async function compiled(text: string) {
  const parsed = parseSource("scenario.yaml", text);
  if (!parsed.ok) throw new Error(parsed.diagnostics[0].message);
  return compileScenario(parsed.source, compileSite(await checked(LAMPS)));
}

const step = (text: string) => `${HALL}steps:\n  - { at: 10 s, ${text} }\n`;

describe("lamps and receivers", () => {
  it("become places and parts in the units of the world", async () => {
    const text = `
lamps:
  lamp-1: { at: [1, 2, 3], power: 500 mW, half-angle: 45 deg, bandwidth: 2.5 MHz, clock: -12 ppm }
  lamp-2: { at: [3, 2, 3], faces: [0, 1, -1] }
receivers:
  phone:
    at: [1.5, 2, 0.8]
    every: 5 s
    diode: { area: 7.5 mm2, fov: 50, filter: 80 %, lens: 1.5 }
    ambient: { light: 500 lx, ripple: 20 %, mains: 60 Hz }
    amplifier: { feedback: 100 kOhm, bandwidth: 1 MHz }
    converter: { bits: 12, jitter: 25 ns }
  shelf: { at: [0, 0, 1], faces: [1, 0, 0], sees: [lamp-2] }
`;
    const result = await compiled(text);
    if (!result.ok) throw new Error(result.diagnostics[0].message);
    const { lamps, receivers } = result.scenario;
    expect(lamps).toEqual([
      {
        device: "lamp-1",
        placement: { at: [1, 2, 3], faces: [0, 0, -1] },
        parts: { powerW: 0.5, halfAngleDeg: 45, bandwidthHz: 2.5e6, ppm: -12 },
      },
      { device: "lamp-2", placement: { at: [3, 2, 3], faces: [0, 1, -1] }, parts: {} },
    ]);
    expect(receivers).toEqual([
      {
        ...{ name: "phone", sees: ["lamp-1", "lamp-2"], everyUs: 5_000_000 },
        placement: { at: [1.5, 2, 0.8], faces: [0, 0, 1] },
        parts: {
          ...{ areaM2: expect.closeTo(7.5e-6, 15), fovDeg: 50, filter: 0.8, lensIndex: 1.5 },
          ...{ ambientLux: 500, ripple: 0.2, mainsHz: 60 },
          ...{ feedbackOhm: 100_000, bandwidthHz: 1e6, bits: 12, jitterS: expect.closeTo(25e-9, 15) },
        },
      },
      { name: "shelf", sees: ["lamp-2"], placement: { at: [0, 0, 1], faces: [1, 0, 0] } },
    ]);
  });

  it.each([
    ["lamps: { lamp-9: { at: [1, 2, 3] } }", '1:18 there is no device "lamp-9"'],
    ["lamps: { climate: { at: [1, 2, 3] } }", '1:19 "climate" gives no light: its driver is sht3x'],
    ["lamps: { lamp-1: { at: [1, 2] } }", "1:24 "],
    ["lamps: { lamp-1: { at: [1, 2, 3], faces: [0, 0, 0] } }", "1:42 0, 0, 0 is no direction"],
    ["lamps: { lamp-1: { faces: up } }", "1:27 a direction without a place says nothing"],
    ["lamps: { lamp-1: { power: 1 lm } }", '1:27 "1 lm" is no quantity of that kind'],
    ["lamps: { lamp-1: { half-angle: 95 deg } }", "1:32 95 deg is out of bounds"],
    ["lamps: { lamp-1: { colour: red } }", '1:20 unknown key "colour"'],
    ["receivers: { phone: { sees: lamp-1, distance: 0 m } }", "1:47 0 m leaves no room"],
    ["receivers: { phone: { sees: lamp-1, distance: 3 ft } }", '1:47 "3 ft" is not in m'],
    ["receivers: { phone: { sees: [lamp-1, lamp-2] } }", "1:29 a receiver without a place is straight below one lamp"],
    ["receivers: { phone: {} }", "1:21 it sees nothing"],
    ["receivers: { phone: { at: [1, 2, 3] } }", "1:21 no luminaire has a place: there is nothing to see"],
    ["receivers: { phone: { at: [1, 2, 3], sees: lamp-1 } }", '1:44 "lamp-1" has no place'],
    ["receivers: { climate: { sees: lamp-1 } }", '1:23 a device is called "climate" already'],
    ["receivers: { phone: { sees: lamp-1, converter: { jitter: 1000 ns } } }", "1:58 1000 ns is out of bounds"],
    [
      "lamps: { lamp-1: { at: [0, 0, 3] } }\nreceivers: { phone: { at: [1, 2, 3], distance: 3 m } }",
      "2:48 a receiver with a place has no other distance",
    ],
  ])("%s is answered at the place", async (text, expected) => {
    const result = await compiled(text);
    const [first] = result.ok ? [] : result.diagnostics;
    expect(first === undefined ? "nothing is wrong" : `${first.line}:${first.column} ${first.message}`).toContain(
      expected,
    );
  });
});

describe("steps about light", () => {
  it.each([
    ["do: person stand 1 2.5", ["light", "person", "stand", "1", "2.5"]],
    ["do: person walk 0 -1 to 4 2 in 5 s", ["light", "person", "walk", "0", "-1", "4", "2", "5"]],
    ["do: person leave", ["light", "person", "leave"]],
    ["do: ambient 5000 lx", ["light", "ambient", "5000"]],
    ["do: ambient 5000 lx at phone", ["light", "ambient", "5000", "phone"]],
    ["do: phone move 1 2 0.5", ["light", "move", "phone", "1", "2", "0.5"]],
    ["do: phone cover", ["light", "cover", "phone"]],
    ["do: old uncover lamp-2", ["light", "uncover", "old", "lamp-2"]],
    ["expect: receiver phone decodes beacon of lamp-1 within 5 s", "receiver phone decodes beacon of lamp-1"],
    ["expect: receiver old misses beacon of lamp-2 over 5 s", "receiver old misses beacon of lamp-2"],
    ["expect: receiver phone frame error rate below 5 % over 5 s", "receiver phone frame error rate below 5 %"],
    [
      "expect: receiver phone frame error rate of lamp-1 above 5 % over 5 s",
      "receiver phone frame error rate of lamp-1 above 5 %",
    ],
  ])("%s", async (text, words) => {
    const result = await compiled(step(text));
    const kind = text.startsWith("do") ? { kind: "do" } : { kind: "expect", withinUs: 5_000_000 };
    const said = typeof words === "string" ? words.split(" ") : words;
    expect(result).toMatchObject({ ok: true, scenario: { steps: [{ atUs: 10_000_000, ...kind, words: said }] } });
  });

  it.each([
    ["do: person hop 1 2", '"person hop 1 2" is not understood'],
    ["do: person walk 0 0 to 4 2 in a while", "is not understood"],
    ["do: ambient 5000 W", "is not understood"],
    ["do: ambient 5000 lx at phnoe", 'there is no receiver "phnoe"'],
    ["do: phone fly", "is not understood"],
    ["do: phone move 1 2", "is not understood"],
    ["do: old move 1 2 3", '"old" has no place that it could move from'],
    ["do: phone cover lamp-2", '"phone" does not see "lamp-2"'],
    ["expect: receiver phnoe decodes beacon of lamp-1 within 5 s", 'there is no receiver "phnoe"'],
    ["expect: receiver phone decodes beacon of lamp-2 within 5 s", '"phone" does not see "lamp-2"'],
    ["expect: receiver phone decodes beacon of lamp-1 over 5 s", "is not understood"],
    ["expect: receiver phone frame error rate below 5 over 5 s", "is not understood"],
    ["expect: receiver phone frame error rate below 5 % within 5 s", "is not understood"],
    ["expect: receiver phone frame error rate under 5 % over 5 s", "is not understood"],
  ])("%s is refused", async (text, message) => {
    const result = await compiled(step(text));
    const [first] = result.ok ? [] : result.diagnostics;
    expect(first === undefined ? "nothing is wrong" : `${first.line}: ${first.message}`).toContain(message);
    expect(first?.line).toBe(4);
  });

  it("need somebody who looks", async () => {
    const result = await compiled("steps:\n  - { at: 1 s, do: person leave }\n");
    expect(result.ok ? "" : result.diagnostics[0].message).toBe('there is no device or verb "person"');
  });
});
