import { afterAll, describe, expect, it } from "vitest";
import { run } from "../../test/argand";
import { writeSmallSite } from "../budget/small-site.test-suite";
import { xsAvailability } from "../xs/toolchain";

const availability = xsAvailability();
const small = writeSmallSite();
const large = writeSmallSite((text) => text.replace("telemetry: 8 KiB", "telemetry: 256 KiB"));
const linux = writeSmallSite((text) => text.replace("board: esp32", "board: linux"));
afterAll(() => {
  for (const site of [small, large, linux]) site.remove();
});

describe("argand budget", () => {
  it("refuses what it cannot make sense of with 1 and one message", async () => {
    const odd = await run("budget", small.path, "--for", "7s");
    expect(odd).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("multiple of 10 s") });
    const none = await run("budget", linux.path);
    expect(none).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("no budget") });
  });

  it.skipIf(!availability.ok)("gives machines one object, and ends with 0 when the site fits or is tight", async () => {
    const { exitCode, stdout, stderr } = await run("budget", small.path, "--for", "10s", "--json");
    expect(exitCode, stderr).toBe(0);
    const result = JSON.parse(stdout) as { [name: string]: unknown };
    for (const name of ["unitsPerSample", "arenaBytes", "codeBytes", "stackSlots"])
      expect(result[name], name).toBeGreaterThan(0);
    for (const name of ["slotsPerTick", "chunksPerTick", "collections"])
      expect(result[name], name).toBeGreaterThanOrEqual(0);
    expect(["fits", "tight"]).toContain(result["verdict"]);
    expect(result["parts"]).toHaveLength(6);
    expect(result["board"]).toBe("esp32");
  });

  it.skipIf(!availability.ok)("tells people why a site does not fit, and ends with 1", async () => {
    const { exitCode, stdout, stderr } = await run("budget", large.path, "--board", "esp32-c3", "--for", "10s");
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toMatch(/^gw-small on esp32-c3\n\d+ samples in 10 virtual seconds/);
    expect(stderr).toMatch(/verdict: does not fit\n {2}because it ran out of (memory|stack)/);
  });
});

if (!availability.ok) console.warn(`the budget of a site is not tested: ${availability.reason}`);
