import { describe, expect, it } from "vitest";
import { checkTimeServers } from "./time-servers";

function check(...servers: unknown[]) {
  const problems: string[] = [];
  const checked = checkTimeServers(servers, (index, message) => problems.push(`${index}: ${message}`));
  return { checked, problems };
}

describe("time servers of a site", () => {
  it("are addresses, with NTP's port unless another is given", () => {
    expect(check("192.0.2.1", "192.0.2.2:1123", "2001:db8::1", "[2001:db8::2]:1123").checked).toEqual([
      { address: "192.0.2.1", port: 123 },
      { address: "192.0.2.2", port: 1123 },
      { address: "2001:db8::1", port: 123 },
      { address: "2001:db8::2", port: 1123 },
    ]);
  });

  it.each([
    ["pool.ntp.org", `0: "pool.ntp.org" is not the address of a time server: names are not resolved`],
    ["192.0.2.1:0", "0: there is no port 0"],
    ["192.0.2.1:99999", "0: there is no port 99999"],
    ["192.0.2.1:ntp", `0: "192.0.2.1:ntp" is not the address of a time server: names are not resolved`],
    ["[::1", `0: "[::1" is not the address of a time server: names are not resolved`],
    ["", `0: "" is not the address of a time server: names are not resolved`],
  ])("are not %j", (text, problem) => {
    expect(check(text)).toEqual({ checked: [], problems: [problem] });
  });

  it("are each named once", () => {
    expect(check("192.0.2.1", "192.0.2.1:123").problems).toEqual([
      "1: 192.0.2.1 is named twice: a server cannot confirm itself",
    ]);
  });
});
