/** A lamp whose headers were coded in advance sends what one sends that codes them itself. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { afterAll, describe, expect, it } from "vitest";
import { BEACON_OCTETS, BeaconWriter } from "../../drivers/vlc/beacon";
import { VlcEncoder } from "../../drivers/vlc/encoder";
import { frameCheck, profileFor } from "../../drivers/vlc/profile";
import { readyBits, readyText, writeReady } from "../../drivers/vlc/ready-header";
import type { Plan } from "../../firmware/plan";
import { bundleForXs } from "../xs/bundle";
import { codesLight, headersSource } from "./headers";
import { linkedParts, linkedSource } from "./linked";
import { REPOSITORY } from "./modules";

const folder = mkdtempSync(join(tmpdir(), "argand-headers-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const siteOf = (...lamps: object[]): Pick<Plan, "devices" | "uplink"> =>
  ({
    devices: lamps.map((settings) => ({
      driver: "vlc-transmitter",
      settings,
      connection: { bus: "b", io: "SPI", options: {} },
      channels: [],
    })),
    uplink: {},
  }) as unknown as Pick<Plan, "devices" | "uplink">;

describe("headers of light", () => {
  it("are made in advance where no lamp codes its payload or sends other frames", () => {
    expect(linkedParts(siteOf({ mcs: 4 }, { mcs: 8 }))).not.toContain("vlcCoding");
    expect(linkedParts(siteOf({ mcs: 4 }, { mcs: 3 }))).toContain("vlcCoding");
    expect(codesLight(siteOf({ mcs: 4, queue: { frames: 2, octets: 32 } }))).toBe(true);
    expect(headersSource(siteOf({ mcs: 3 }))).toBe("export const READY_HEADERS = {  };\n");
  });

  it.each([4, 8])("come back from their text, MCS %i", (mcs) => {
    const encoder = new VlcEncoder({ mcs, maxPsduOctets: BEACON_OCTETS });
    encoder.encode(new Uint8Array(BEACON_OCTETS), BEACON_OCTETS);
    const { octets, bitsAt, headerBits } = encoder;
    const text = readyText(octets, bitsAt, headerBits);
    const header = new Uint8Array(headerBits >> 3);
    writeReady(text, header, 0);
    expect(readyBits(text)).toBe(headerBits);
    expect(header).toEqual(octets.slice(bitsAt, bitsAt + header.length));
  });

  it("give the same frames in a build", async () => {
    const site = siteOf({ mcs: 4 }, { mcs: 8 });
    const entry = join(folder, "entry.ts");
    writeFileSync(
      entry,
      `import { BeaconWriter } from "${REPOSITORY}/drivers/vlc/beacon";
       import { VlcEncoder } from "${REPOSITORY}/drivers/vlc/encoder";
       import { frameCheck, profileFor } from "${REPOSITORY}/drivers/vlc/profile";
       (globalThis as any).result = [4, 8].map((mcs) => {
         const profile = { ...profileFor(mcs), flp: 80 };
         const encoder = new VlcEncoder({ profile, mcs, maxPsduOctets: ${BEACON_OCTETS} });
         const beacon = new BeaconWriter(0, frameCheck(profile), profile.destMode1Address);
         return [3, 200].map((sequence) => {
           beacon.writeOf(77, sequence);
           const bits = encoder.encode(beacon.psdu, beacon.psdu.length);
           return [bits, encoder.bitsAt, ...encoder.octets].join();
         });
       });`,
    );
    const drivers = `${REPOSITORY}/drivers`;
    await bundleForXs({
      entry,
      outfile: join(folder, "built.js"),
      replace: { [`${drivers}/linked`]: linkedSource(site), [`${drivers}/vlc/ready-headers`]: headersSource(site) },
      compact: true,
    });
    const built = readFileSync(join(folder, "built.js"), "utf8");
    const context: { result?: unknown } = {};
    runInNewContext(built, context);
    const wanted = [4, 8].map((mcs) => {
      const profile = { ...profileFor(mcs), flp: 80 };
      const encoder = new VlcEncoder({ profile, mcs, maxPsduOctets: BEACON_OCTETS });
      const beacon = new BeaconWriter(0, frameCheck(profile), profile.destMode1Address);
      return [3, 200].map((sequence) => {
        beacon.writeOf(77, sequence);
        const bits = encoder.encode(beacon.psdu, beacon.psdu.length);
        return [bits, encoder.bitsAt, ...encoder.octets].join();
      });
    });
    expect(JSON.parse(JSON.stringify(context.result))).toEqual(wanted);
    // The patterns of the convolutional code, and with them the code, are not linked.
    expect(built).not.toContain("even:");
  });
});
