import { SourceMap } from "node:module";
import { describe, expect, it } from "vitest";
import { compare, readBaseline } from "../../bench/baseline";
import { loadSite } from "../../manifests/load";
import { REPOSITORY } from "../build/modules";
import { xsAvailability } from "../xs/toolchain";
import { measureCode, roomsOf, tableOf } from "./code-table";
import { describeCode } from "./report";
import { writeSmallSite } from "./small-site.test-suite";

const availability = xsAvailability();

describe("byte code by module", () => {
  it("goes to the source of its line; a name belongs to a module while no other has it", () => {
    // Two lines: the first from firmware/a.ts, the second from the bridge, the third from drivers/b/driver.ts.
    const map = new SourceMap({
      version: 3,
      file: "",
      names: [],
      sourceRoot: "",
      sources: ["../firmware/a.ts", "../host-sim/xs/bridge/c.ts", "../drivers/b/driver.ts"],
      sourcesContent: [],
      mappings: "AAAA;ACAA;ACAA",
    });
    const list =
      "line 1\n3 get_property mine\n12 string\nline 2\n9 string\nline 3\n3 get_property ours\nline 1\n3 get_property ours\n1 pop\n";
    expect(tableOf(list, map)).toEqual({
      modules: [
        { module: "firmware/a", codeBytes: 19, textBytes: 12, symbolBytes: 5 },
        { module: "drivers/b/driver", codeBytes: 3, textBytes: 0, symbolBytes: 0 },
      ],
      sharedSymbolBytes: 5,
    });
  });

  it.skipIf(!availability.ok)(
    "comes to what the budget counts",
    async () => {
      const small = writeSmallSite();
      const site = await loadSite(small.path);
      small.remove();
      if (!site.ok) throw new Error("the small site does not load");
      const table = await measureCode(site.plan);
      const sum = table.modules.reduce((total, { codeBytes }) => total + codeBytes, 0);
      expect(Math.abs(sum / table.codeBytes - 1)).toBeLessThan(0.01);
      expect(table.modules.map(({ module }) => module)).toEqual(
        expect.arrayContaining(["firmware/gateway", "drivers/sht3x/driver", "firmware/sampling/filters/median-of-5"]),
      );
      // What the site never asks for is not there.
      expect(table.modules.filter(({ module }) => /modbus|hampel|gb26875/.test(module))).toEqual([]);
      const lines = describeCode(table);
      expect(lines[1]).toMatch(/^firmware\/[\w/-]+ +[\d,]+ +[\d,]+ +[\d,]+$/);
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(120);
      const rooms = roomsOf(table.modules);
      expect(rooms.map(({ module }) => module)).toEqual(
        expect.arrayContaining(["firmware", "drivers/sht3x", "firmware/uplink/mqtt", "site"]),
      );
      expect(rooms.reduce((total, { codeBytes }) => total + codeBytes, 0)).toBe(sum);
    },
    180_000,
  );

  it.skipIf(!availability.ok)(
    "is for the reference site what it was, to 2 %",
    async () => {
      const site = await loadSite(`${REPOSITORY}/manifests/examples/harbour-warehouse.yaml`);
      if (!site.ok) throw new Error("the reference site does not load");
      const { codeBytes, symbolBytes } = await measureCode(site.plan);
      const complaints = compare(readBaseline().code, { "harbour-warehouse": codeBytes + symbolBytes }, "bytes");
      // If it is meant: the new figure into bench/baseline.json, in the same commit, with its reason.
      expect(complaints).toEqual([]);
    },
    180_000,
  );
});

if (!availability.ok) console.warn(`tests of code sizes are skipped: ${availability.reason}`);
