import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { judgeImport, roomOf, specifiersOf } from "./import-rules";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Every source of the working tree that git does not ignore. */
function sources(): string[] {
  const listing = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.ts", "*.mjs"], {
    cwd: root,
    encoding: "utf8",
  });
  return listing.split("\n").filter((path) => path !== "" && existsSync(`${root}${path}`));
}

describe("imports point down only", () => {
  it("holds for every source of the house", () => {
    const paths = sources();
    expect(paths.length).toBeGreaterThan(20);
    const problems = paths.flatMap((path) =>
      specifiersOf(readFileSync(`${root}${path}`, "utf8"))
        .map((specifier) => judgeImport(path, specifier))
        .filter((problem) => problem !== undefined),
    );
    expect(problems).toEqual([]);
  });

  it.each([
    ["a driver that imports the firmware", "drivers/sht3x/driver.ts", "../../firmware/gateway"],
    ["a driver that imports its own emulator", "drivers/sht3x/driver.ts", "./emulator"],
    ["a driver that imports Node", "drivers/sht3x/driver.ts", "node:fs"],
    ["a contract that imports a driver", "hal/io.ts", "../drivers/contract"],
    ["firmware that imports the world", "firmware/gateway.ts", "../host-sim/world/kernel"],
    ["firmware that imports a provider", "firmware/gateway.ts", "../hal/node/tcp"],
    ["firmware that imports an npm package", "firmware/uplink/uplink.ts", "mqtt"],
    ["the world that imports the live simulator", "host-sim/world/world.ts", "../live/live"],
    ["the world that imports Node", "host-sim/world/world.ts", "node:crypto"],
    ["a schema that imports its driver's emulator", "drivers/sht3x/schema.ts", "./emulator"],
    ["manifests that import the command", "manifests/load.ts", "../host-sim/cli/main"],
  ])("refuses %s", (_, path, specifier) => {
    expect(judgeImport(path, specifier)).toContain(path);
  });

  it.each([
    ["an emulator that imports its driver's constants", "drivers/sht3x/emulator.ts", "./driver"],
    ["the world that imports the gateway", "host-sim/world/world.ts", "../../firmware/gateway"],
    ["a test that imports anything", "drivers/sht3x/driver.test.ts", "../../host-sim/world/kernel"],
  ])("allows %s", (_, path, specifier) => {
    expect(judgeImport(path, specifier)).toBeUndefined();
  });

  it("finds a bad import in a source's text, however it is written", () => {
    const source = [
      'import "./a";',
      'import type { B } from "./b";',
      "import {",
      "  c,",
      '} from "./c";',
      'export { d } from "./d";',
      'export * from "./e";',
      'const f = await import("./f");',
    ].join("\n");
    expect(specifiersOf(source)).toEqual(["./a", "./b", "./c", "./d", "./e", "./f"]);
  });

  it("refuses a file that stands in no room", () => {
    expect(() => roomOf("misc/helper.ts")).toThrow("no room");
  });
});
