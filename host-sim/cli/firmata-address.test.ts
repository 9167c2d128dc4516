import { describe, expect, it } from "vitest";
import { parseFirmataAddress } from "./firmata-address";

describe("the address of an Arduino", () => {
  it.each([
    ["/dev/ttyACM0", { path: "/dev/ttyACM0" }],
    ["COM3", { path: "COM3" }],
    ["192.0.2.20:3030", { host: "192.0.2.20", port: 3030 }],
    ["bench.example:27016", { host: "bench.example", port: 27016 }],
    ["[::1]:3030", { host: "::1", port: 3030 }],
    ["/dev/serial/by-id/usb-Arduino:1", { path: "/dev/serial/by-id/usb-Arduino:1" }],
  ])("%s", (text, address) => {
    expect(parseFirmataAddress(text)).toEqual(address);
  });

  it.each([
    ["", "neither a serial port"],
    ["tcp://host:1", "neither a serial port"],
    ["host:0", "a port is from 1"],
    ["host:70000", "a port is from 1"],
  ])("refuses %s", (text, message) => {
    expect(() => parseFirmataAddress(text)).toThrow(message);
  });
});
