import { describe, expect, it } from "vitest";
import { checkBusLoads, duration, percent } from "./bus-load";
import { checked, edited, mistakes, SITE } from "./examples/sites.test-suite";
import { parseSource } from "./source";

/** The site with more devices on its bus, at another clock. */
const withDevices = (devices: string, hz = 400_000) =>
  SITE.replace("clock: 9 }", `clock: 9, hz: ${hz} }`).replace("uplink:", `${devices}uplink:`);

describe("the load of a bus", () => {
  it("is what its devices take of it", async () => {
    // 2 + 9 clocks for each transaction's frame and address, 9 for each of 8 bytes: 94 at 400 kHz, once a second.
    const { loads } = await checked(SITE);
    expect(loads).toEqual([
      {
        bus: "i2c0",
        kind: "i2c",
        load: (94 / 400_000) * 1,
        devices: [
          {
            device: "climate",
            uses: [{ what: "a reading", everyMs: 1000, busyUs: 235, takesUs: 15_500 }],
            load: 0.000_235,
          },
        ],
      },
    ]);
  });

  it("counts the clock of a part that is slower than its bus", async () => {
    const { loads } = await checked(withDevices("  air: { driver: scd4x, bus: i2c0 }\n"));
    const air = loads[0].devices.find(({ device }) => device === "air")!;
    // 4 transactions, 16 bytes, at the part's own 100 kHz.
    expect(air.uses[0].busyUs).toBeCloseTo(((4 * 11 + 16 * 9) * 1e6) / 100_000, 6);
  });

  it("refuses a bus that is asked for too much, with the numbers", async () => {
    const eyes =
      "  east: { driver: amg88xx, bus: i2c0, every: 20 ms }\n  west: { driver: amg88xx, bus: i2c0, address: 0x69, every: 20 ms }\n";
    expect(await mistakes(withDevices(eyes, 100_000))).toBe(
      'site.yaml:3:3: error: bus "i2c0" is busy 127 % of its time: ' +
        "east 64 % (a reading of 12.7 ms each 20 ms); west 64 % (a reading of 12.7 ms each 20 ms); " +
        "climate 0.094 % (a reading of 940 us each 1 s)\n" +
        "expected: at most 80 %, so that there is time for what goes wrong: longer periods, a faster bus, or a second one",
    );
    await checked(withDevices(eyes, 400_000));
  });

  it("lets a device have all of a bus that it shares with nobody", async () => {
    const alone = (ms: number) => `  eye: { driver: amg88xx, bus: i2c1, every: ${ms} ms }\n`;
    const site = (ms: number) =>
      withDevices(alone(ms)).replace("devices:", "  i2c1: { kind: i2c, data: 10, clock: 11, hz: 100000 }\ndevices:");
    const { loads } = await checked(site(13));
    expect(loads[1].load).toBeCloseTo(12.72 / 13, 3);
    expect(await mistakes(site(12))).toMatch(/takes 12.7 ms of bus "i2c1", and the next begins after 12 ms/);
  });

  it("refuses a part that measures longer than its period", async () => {
    expect(await mistakes(edited("every: 1 s", "every: 10 ms"))).toBe(
      'site.yaml:9:5: error: a reading of "climate" takes 15.5 ms, and the next begins after 10 ms\n' +
        "expected: a period of 15.5 ms or more",
    );
    await checked(edited("every: 1 s", "repeatability: low\n    every: 10 ms"));
  });

  it("refuses a device that takes the wires longer than its period", async () => {
    const slow = "  eye: { driver: amg88xx, bus: i2c0, every: 10 ms }\n";
    expect(await mistakes(withDevices(slow, 100_000))).toMatch(
      /takes 12.7 ms of bus "i2c0", and the next begins after 10 ms/,
    );
  });
});

describe("uses of one name on a bus", () => {
  const device = (name: string, busyUs: number, limitMs?: number) => ({
    device: name,
    uses: [{ what: "class alarm", everyMs: 10_000, busyUs, ...(limitMs === undefined ? {} : { limitMs }) }],
    load: busyUs / 10_000_000,
  });
  const problems = (...devices: ReturnType<typeof device>[]) => {
    const parsed = parseSource("site.yaml", SITE);
    if (!parsed.ok) throw new Error("the site has a mistake");
    return checkBusLoads(parsed.source, [{ bus: "i2c0", kind: "i2c", load: 0.4, devices }]).map((one) => one.message);
  };

  it("must be through within the shortest of their limits, one after another", () => {
    expect(problems(device("one", 2_200_000, 3_000), device("two", 2_000_000, 9_000))).toEqual([
      'class alarm needs 4.2 s on bus "i2c0", limit 3 s: one 2.2 s, two 2 s',
    ]);
  });

  it("may take what their limit allows, and anything without one", () => {
    expect(problems(device("one", 2_000_000, 4_000), device("two", 2_000_000))).toEqual([]);
    expect(problems(device("one", 4_000_000), device("two", 4_000_000))).toEqual([]);
  });
});

describe("figures for people", () => {
  it.each([
    [0.000_64, "0.064 %"],
    [0.043, "4.3 %"],
    [1.27, "127 %"],
  ])("%d is %s", (share, text) => expect(percent(share)).toBe(text));

  it.each([
    [640, "640 us"],
    [15_500, "15.5 ms"],
    [4_200_000, "4.2 s"],
  ])("%i is %s", (us, text) => expect(duration(us)).toBe(text));
});
