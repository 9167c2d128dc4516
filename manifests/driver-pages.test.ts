import { describe, expect, it } from "vitest";
import { driverNames } from "../host-sim/registry";
import { loadDriverPages, schemaContext } from "./driver-pages";

describe("the drivers' pages", () => {
  it("are found by their folders, one for each driver", async () => {
    expect([...(await loadDriverPages()).keys()]).toEqual(driverNames());
  });

  it("carry the name of their folder", async () => {
    for (const [name, page] of await loadDriverPages()) expect(page.driver).toBe(name);
  });
});

describe("the data files", () => {
  it("are read by name below this room, and absent ones are undefined", () => {
    expect(schemaContext.dataNames("panels")).toContain("notifier-modbus-gw");
    expect(schemaContext.dataFile("panels/notifier-modbus-gw.json")).toMatchObject({ id: "notifier-modbus-gw" });
    expect(schemaContext.dataFile("panels/nobody.json")).toBeUndefined();
    expect(schemaContext.dataNames("nothing")).toEqual([]);
  });
});
