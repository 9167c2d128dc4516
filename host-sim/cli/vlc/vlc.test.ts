/** `argand vlc encode` and `decode`: in this process, because each start of the command takes a second; and once as a user does. */
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { vectors } from "../../../drivers/vlc/vectors.test-suite";
import { ROOT } from "../../../test/argand";
import { run } from "./vlc.test-suite";

const FRAME = "401001564c433968";

async function encoded(...options: string[]): Promise<{ n: number; packed: string }> {
  const { exitCode, stdout, stderr } = await run("vlc", "encode", "--json", ...options);
  expect(exitCode, stderr).toBe(0);
  return JSON.parse(stdout) as { n: number; packed: string };
}

async function decoded(stream: object, ...options: string[]) {
  const { exitCode, stdout } = await run("vlc", "decode", "--json", JSON.stringify(stream), ...options);
  return { exitCode, frames: (JSON.parse(stdout) as { frames: Record<string, unknown>[] }).frames };
}

describe("argand vlc encode", () => {
  it.skipIf(vectors === undefined).each([0, 2, 5, 8])("prints the known answer for MCS %i", async (mcs) => {
    const known = vectors!.ppdu.find((ppdu) => ppdu.mcs === mcs && ppdu.variant === undefined)!;
    expect(await encoded("--mcs", `${mcs}`, "--psdu", known.psdu)).toEqual(known.all_chips);
  });

  it("makes a data frame of a payload", async () => {
    const options = ["--mcs", "4", "--flp", "128", "--tdp", "P2"];
    const made = await encoded(...options, "--msdu", "564c43", "--sequence", "1");
    expect(made).toEqual(await encoded(...options, "--psdu", FRAME));
  });

  it.each([
    [["--mcs", "9", "--psdu", FRAME], "PHY I has MCS 0 to 8, not 9"],
    [["--mcs", "x", "--psdu", FRAME], '--mcs is "x", expected an integer'],
    [["--mcs", "4"], "give one of --psdu and --msdu"],
    [["--mcs", "4", "--psdu", "40 1"], "expected octets as hexadecimal digits"],
    [["--mcs", "4", "--psdu", ""], "this encoder takes 1 to 1023 octets, not 0"],
    [["--mcs", "4", "--psdu", "00".repeat(1024)], "this encoder takes 1 to 1023 octets, not 1024"],
    [["--mcs", "4", "--psdu", FRAME, "--flp", "63"], "the FLP has an even number of 64 to 16384 chips, not 63"],
    [["--mcs", "4", "--psdu", FRAME, "--tdp", "P5"], 'profile tdp cannot be "P5"'],
    [["--mcs", "4", "--psdu", FRAME, "--channel", "8"], "no channel 8: 0 to 7"],
    [["--mcs", "4", "--psdu", FRAME, "--profile", "zigbee"], 'there is no profile "zigbee"'],
  ])("refuses %j", async (options, words) => {
    const { exitCode, stdout, stderr } = await run("vlc", "encode", ...options);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toContain(words);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});

describe("argand vlc decode", () => {
  it.each(["0", "8"])("takes back what encode gave, MCS %s", async (mcs) => {
    const { exitCode, frames } = await decoded(await encoded("--mcs", mcs, "--psdu", FRAME));
    expect(exitCode).toBe(0);
    expect(frames).toEqual([
      {
        ...{ at: 124, tdp: "P4", outcome: "frame", mcs: Number(mcs), channel: 0, burst: false },
        ...{ psdu: FRAME, sequence: 1, msdu: "564c43", correctedSymbols: 0 },
      },
    ]);
  });

  it("reads standard input, and says whose beacon it is", () => {
    const script = `${process.execPath} host-sim/cli/argand.mjs`;
    const pipe = `${script} vlc encode --mcs 1 --msdu 00000007 --json | ${script} vlc decode -`;
    const { stdout } = spawnSync("sh", ["-c", pipe], { cwd: ROOT, encoding: "utf8" });
    expect(stdout).toMatch(/^symbol 124, P4: MCS 1, channel 0, .*beacon of luminaire 7/);
  });

  it("says what is wrong with a frame, and ends with 1", async () => {
    const stream = await encoded("--mcs", "4", "--psdu", "401001564c433969");
    expect(await decoded(stream)).toMatchObject({ exitCode: 1, frames: [{ outcome: "fcsError", mcs: 4 }] });
    expect(await decoded({ ...stream, n: 900 })).toMatchObject({ exitCode: 1, frames: [{ outcome: "badLength" }] });
    expect(await decoded({ n: 0, packed: "" })).toEqual({ exitCode: 1, frames: [] });
  });

  it("reads the profile that it is told", async () => {
    const stream = await encoded("--mcs", "4", "--msdu", "01", "--profile", "uc3m");
    expect((await decoded(stream, "--profile", "uc3m")).frames).toMatchObject([{ outcome: "frame", msdu: "01" }]);
    expect((await decoded(stream)).exitCode).toBe(1);
  });

  it.each([
    ["{", "the stream is no JSON"],
    ['{"n": 5}', "the stream has no n and packed"],
    ['{"n": 9, "packed": "00"}', "n is 9, but packed holds 8 symbols"],
    ['{"n": 8, "packed": "0g"}', "expected octets as hexadecimal digits"],
    ["no-such-file.json", "cannot be read"],
  ])("refuses %s", async (stream, words) => {
    const { exitCode, stdout, stderr } = await run("vlc", "decode", stream, "--json");
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toContain(words);
  });
});
