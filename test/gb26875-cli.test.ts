/** `argand gb26875` as its users meet it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { VECTORS } from "../firmware/uplink/gb26875/vectors.test-suite";
import { run } from "./argand";

const folder = mkdtempSync(join(tmpdir(), "argand-gb26875-"));
afterAll(() => rmSync(folder, { recursive: true }));
const FIRE = VECTORS["A1-fire"];

describe("argand gb26875", () => {
  it("prints every field of a frame as logs have it, and gives the frame back", async () => {
    const decoded = await run("gb26875", "decode", FIRE.replace(/../g, "0x$&, "), "--json");
    expect([decoded.exitCode, decoded.stderr]).toEqual([0, ""]);
    const path = join(folder, "frame.json");
    writeFileSync(path, decoded.stdout);
    expect(await run("gb26875", "encode", path)).toEqual({ exitCode: 0, stdout: `${FIRE}\n`, stderr: "" });
  });

  it("marks the place of what is wrong", async () => {
    const digit = await run("gb26875", "decode", "40 4x");
    expect([digit.exitCode, digit.stdout]).toEqual([1, ""]);
    expect(digit.stderr).toBe('  40 4x\n      ^\n"x" at place 5 is no hexadecimal digit.\n');
    const sum = await run("gb26875", "decode", FIRE.replace("462323", "472323"));
    expect(sum.exitCode).toBe(1);
    expect(sum.stderr).toContain("Byte 75: the checksum is 47, the bytes sum to 46 [checksum].");
    expect(sum.stderr.split("\n")[1].indexOf("^^")).toBe(sum.stderr.split("\n")[0].indexOf("47"));
    const path = join(folder, "bad.json");
    writeFileSync(path, '{ "serial": 1, "command": "confrm" }');
    const field = await run("gb26875", "encode", path);
    expect(field.exitCode).toBe(1);
    expect(field.stderr).toContain(`${path}:1:27: error: there is no command "confrm"`);
    expect(field.stderr).toContain('did you mean "confirm"?');
  });
});
