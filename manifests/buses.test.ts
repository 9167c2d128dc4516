import { describe, expect, it } from "vitest";
import { checked, edited, mistakes } from "./examples/sites.test-suite";

/** The site with one more bus. */
const withBus = (bus: string) => edited("clock: 9 }", `clock: 9 }\n  ${bus}`);

describe("a bus", () => {
  it("without a kind is told the kinds", async () => {
    expect(await mistakes(withBus("more: { data: 10 }"))).toBe(
      'site.yaml:4:3: error: bus "more" has no kind\nexpected: one of i2c, serial, spi, tcp, digital, analog, pulse, light',
    );
    expect(await mistakes(withBus("more:"))).toMatch(/4:3: error: bus "more" has no kind/);
  });

  it("is held against the page of its kind", async () => {
    expect(await mistakes(withBus("more: { kind: serial, port: 1, baud: 9600, mode: 8E3 }"))).toMatch(
      /4:52: error: 8E3 is not valid here\nexpected: one of 8N1, 8E1/,
    );
    expect(await mistakes(withBus("more: { kind: i2c, data: 10 }"))).toMatch(/4:3: error: "clock" is missing/);
    expect(await mistakes(withBus("more: { kind: i2c, data: 10, clock: 11, baud: 9600 }"))).toMatch(
      /unknown key "baud"/,
    );
  });

  it("shares no pin with another bus, nor within itself", async () => {
    expect(await mistakes(withBus("more: { kind: spi, clock: 12, out: 8 }"))).toBe(
      'site.yaml:4:38: error: pin 8 is the data pin of bus "i2c0" already\nexpected: a pin of its own for each wire',
    );
    expect(await mistakes(edited("clock: 9", "clock: 8"))).toMatch(/pin 8 is the data pin of bus "i2c0" already/);
  });

  it("shares no data pin with another SPI bus, although three wires of one bus may", async () => {
    const one = "one: { kind: spi, clock: 12, out: 11, in: 11 }";
    await checked(withBus(one));
    expect(await mistakes(withBus(`${one}\n  two: { kind: spi, clock: 13, in: 11 }`))).toMatch(
      /5:36: error: pin 11 is the out pin of bus "one" already/,
    );
  });

  it("shares no port of its kind", async () => {
    const line = (name: string, port: string) => `${name}: { kind: serial, port: ${port}, baud: 9600 }`;
    expect(await mistakes(withBus(`${line("one", "1")}\n  ${line("two", "1")}`))).toBe(
      'site.yaml:5:30: error: serial port 1 is used by bus "one" already\nexpected: a port of its own for each bus',
    );
    await checked(
      withBus(`${line("one", "1")}\n  ${line("two", "/dev/ttyUSB0")}\n  light: { kind: spi, clock: 12, port: 1 }`),
    );
  });
});
