/** `argand vlc link`: figures that were computed by hand, mistakes, and the world, which must lose as many frames as is foretold. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { frameCheck } from "../../../drivers/vlc/profile";
import { TestRoom } from "../../world/optics/room.test-suite";
import { RandomBranch } from "../../world/random";
import { chipsPerBit, expectedFrameErrorRate, RECEIVER_LOSS_DB, requiredDb } from "./link-rate";
import type { LinkReport } from "./link-report";
import { run } from "./vlc.test-suite";

async function link(...options: string[]): Promise<LinkReport & { table: LinkReport[] }> {
  const { exitCode, stdout, stderr } = await run("vlc", "link", "--json", ...options);
  expect(exitCode, stderr).toBe(0);
  return JSON.parse(stdout);
}

async function withFile<T>(text: string, use: (path: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "argand-link-"));
  try {
    const path = join(folder, "link.yaml");
    writeFileSync(path, text);
    return await use(path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe("a link straight below", () => {
  it("has the figures of hands, OOK and VPPM", async () => {
    const ook = await link("--distance", "3", "--ambient", "10000");
    expect(ook.gain / 2.65258e-7).toBeCloseTo(1, 5);
    expect(ook.photocurrentA / 1.061033e-7).toBeCloseTo(1, 5);
    expect(ook.ambientA).toBeCloseTo(1e-4, 10);
    expect(ook.ecn0Db!).toBeCloseTo(26.3929, 2);
    expect(ook.snrDb! - ook.ecn0Db!).toBeCloseTo(3.0103, 4);
    // MCS 4: a bit is two chips. MCS 8: 4B6B, six pulses or twelve halves for four bits.
    expect(ook.ebn0Db! - ook.ecn0Db!).toBeCloseTo(3.0103, 4);
    const vppm = await link("--distance", "3", "--ambient", "10000", "--mcs", "8");
    expect(vppm.ecn0Db!).toBeCloseTo(20.3768, 2);
    expect(vppm.ebn0Db! - vppm.ecn0Db!).toBeCloseTo(4.7712, 4);
    // Duty 0.9: the pulse that differs is a fifth as wide.
    const dimmed = await link("--distance", "3", "--ambient", "10000", "--mcs", "8", "--level", "0.9");
    expect(dimmed.dimmingDb).toBeCloseTo(-6.99, 2);
    expect(dimmed.marginDb! - vppm.marginDb!).toBeCloseTo(-6.99, 2);
  });
});

describe("a link between two places", () => {
  const PLACES = ["--lamp-at", "2,2,3", "--at", "3,2.5,0.8", "--half-angle", "45"];

  it("has angles, and lux where lumens are given", async () => {
    const report = await link(...PLACES, "--lumens", "1200");
    expect(report.distanceM).toBeCloseTo(2.46779, 5);
    expect(report.lampAngleDeg).toBeCloseTo(26.9396, 2);
    expect(report.receiverAngleDeg).toBeCloseTo(26.9396, 2);
    expect(report.lambertianOrder).toBeCloseTo(2, 6);
    expect(report.gain / 4.16611e-7).toBeCloseTo(1, 4);
    expect(report.ecn0Db!).toBeCloseTo(40.0121, 2);
    expect(report.illuminanceLux!).toBeCloseTo(33.3286, 2);
  });

  it("has no light out of view", async () => {
    const report = await link(...PLACES, "--faces", "down");
    expect(report).toMatchObject({ gain: 0, ecn0Db: null, ebn0Db: null, marginDb: null, frameErrorRate: 1 });
    const { stdout } = await run("vlc", "link", ...PLACES, "--faces", "down");
    expect(stdout).toContain("no light reaches the diode");
  });

  it("is in the file of the example, and options go before it", async () => {
    const file = "manifests/examples/links/hall.yaml";
    const report = await link(file, "--octets", "9", "--ambient", "20000", "--to", "40", "--step", "8");
    expect(report).toMatchObject({ mcs: 4, octets: 9, illuminanceLux: expect.any(Number) });
    expect(report.noise.amplifier).toBeGreaterThan(0);
    expect(report.ambientA).toBeCloseTo(2e-4, 8);
    expect(report.table.map(({ distanceM }) => distanceM)).toEqual([8, 16, 24, 32, 40]);
    // Far out it is dark by the fourth power of the distance.
    expect(report.table[1].ecn0Db! - report.table[3].ecn0Db!).toBeCloseTo(12.04, 1);
    expect(report.table[4].frameErrorRate).toBeCloseTo(1, 3);
  });

  it("draws what the table says", () =>
    withFile("mcs: 8\n", async (path) => {
      const svg = `${path}.svg`;
      const { exitCode, stdout } = await run("vlc", "link", path, "--to", "30", "--svg", svg);
      expect(exitCode).toBe(0);
      expect(stdout).toContain("distance m  Ec/N0 dB");
      const drawing = readFileSync(svg, "utf8");
      expect(drawing).toContain("MCS 8");
      expect(drawing).not.toContain("MCS 4");
      expect(drawing).not.toContain("NaN");
    }));
});

describe("mistakes", () => {
  it.each([
    [["--mcs", "9"], "--mcs is 9, expected 0 to 8"],
    [["--octets", "x"], '--octets is "x", expected an integer'],
    [["--power", "1 lm"], 'lamp power: "1 lm" is no quantity of that kind; expected 0.0001 to 1000 W, or in mW'],
    [["--ambient", "-1"], "receiver ambient light: -1 is out of bounds; expected 0 to 200000 lx"],
    [["--distance", "0"], 'receiver distance: "0" is no quantity of that kind; expected more than 0, in m'],
    [["--at", "1,2"], '--at is "1,2", expected three numbers'],
    [["--at", "1,2,3"], "one place without another"],
    [["--at", "1,2,3", "--lamp-at", "1,2,3"], "lamp and receiver are at one place"],
    [["--at", "1,2,1", "--lamp-at", "1,2,3", "--distance", "3"], "or with a distance besides"],
    [["--level", "1"], '--level is "1", expected 0.1 to 0.9'],
    [["--to", "far"], '--to is "far", expected 0.01 to 10000 m'],
    [["--to", "9000", "--step", "0.1"], "are more than 1000 rows"],
    [["no-such-file.yaml"], "there is no such file"],
  ])("%j", async (options, words) => {
    const { exitCode, stdout, stderr } = await run("vlc", "link", ...options);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toContain(words);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it("in a file have a place", () =>
    withFile("mcs: 4\nlamp: { power: 1 lm }\nreceiver:\n  diode: { fov: 120 deg }\n", async (path) => {
      const { exitCode, stderr } = await run("vlc", "link", path);
      expect(exitCode).toBe(1);
      expect(stderr).toContain("link.yaml:2:16");
      expect(stderr).toContain("link.yaml:4:17");
    }));
});

describe("expected frame errors", () => {
  it("go through the expected points, longer frames and headers counted", () => {
    // 4 dB, MCS 4: 0.3006 of frames of 64 octets; the header, MCS 0, is beyond doubt there.
    expect(expectedFrameErrorRate(4, 4, 64)).toBeCloseTo(0.3006, 3);
    expect(expectedFrameErrorRate(4, 4, 128)).toBeCloseTo(1 - 0.6994 ** 2, 3);
    // MCS 0 at -8.5 dB: header and payload are of one kind, 70 octets of it.
    expect(expectedFrameErrorRate(0, -8.5, 64)).toBeCloseTo(1 - 0.6696 ** (70 / 64), 3);
    for (let db = -12; db < 12; db += 0.3)
      for (let mcs = 0; mcs < 9; mcs++)
        expect(expectedFrameErrorRate(mcs, db + 0.3, 64)).toBeLessThanOrEqual(expectedFrameErrorRate(mcs, db, 64));
    expect(requiredDb(4, 64)).toBeCloseTo(4.99, 1);
    expect(requiredDb(8, 64)).toBeCloseTo(2.28, 1);
  });

  it("know the data rates of PHY I", () => {
    const rates = [11.67, 24.44, 48.89, 73.3, 100, 35.56, 71.11, 124.4, 266.6];
    for (const [mcs, kilobits] of rates.entries())
      expect((mcs < 5 ? 200 : 800) / chipsPerBit(mcs) / kilobits).toBeCloseTo(1, 2);
  });
});

/** Of a rate that was measured in so many frames: three standard deviations. */
const deviations3 = (rate: number, frames: number) => 3 * Math.sqrt(Math.max(rate * (1 - rate), 1 / frames) / frames);

/**
 * The world at the budget's distance, with its amplifier, converter, clocks that are 30 ppm apart and its own search for frames: as many
 * frames are lost as link foretells, or as many as for a decibel less. ARGAND_LINK_FRAMES=2000 takes longer and is as much sharper.
 */
describe("the world", () => {
  const FRAMES = Number(process.env["ARGAND_LINK_FRAMES"] ?? 60);
  const OCTETS = 64;

  it.each([
    [0, 37.2],
    [2, 27.2],
    [4, 17.4],
    [5, 20],
    [8, 14.4],
  ])("loses as many frames as link foretells, MCS %d at %d m", { timeout: 600_000 }, async (mcs, distance) => {
    const report = await link("--mcs", `${mcs}`, "--distance", `${distance}`, "--octets", `${OCTETS}`);
    const room = new TestRoom({
      lamps: [{ mcs, octets: OCTETS, flp: 256, parts: { ppm: 15 } }],
      place: distance,
      parts: { ppm: -15 },
    });
    const random = new RandomBranch(3);
    const psdu = new Uint8Array(OCTETS);
    for (let i = 0; i < FRAMES; i++) {
      for (let k = 0; k < OCTETS - 2; k++) psdu[k] = random.uint32() & 0xff;
      frameCheck(room.lamps[0].profile).append(psdu, OCTETS - 2);
      room.say(0, psdu);
      room.wait(1);
    }
    expect(10 * Math.log10(room.link.budget!.ecn0)).toBeCloseTo(report.ecn0Db!, 6);
    const lost = room.link.lost / FRAMES;
    if (process.env["ARGAND_LINK_FRAMES"] !== undefined)
      console.info(
        `MCS ${mcs}, ${report.ecn0Db!.toFixed(2)} dB: ${lost} lost, foretold ${report.frameErrorRate.toFixed(4)} to ${report.frameErrorRateReceiver.toFixed(4)}`,
      );
    const { frameErrorRate: ideal, frameErrorRateReceiver: worse } = report;
    expect(lost).toBeGreaterThanOrEqual(ideal - deviations3(ideal, FRAMES));
    expect(lost).toBeLessThanOrEqual(worse + deviations3(worse, FRAMES));
    // It says something: not everything passes, not everything is lost.
    expect([ideal > 0, worse < 0.9, RECEIVER_LOSS_DB]).toEqual([true, true, 1]);
  });
});
