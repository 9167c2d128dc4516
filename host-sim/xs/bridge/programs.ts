/** Bundles the two programs of a process with a bridge. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { wantedFeatures } from "../../../firmware/features/feature";
import type { Plan } from "../../../firmware/plan";
import { type CborValue, encodeDeterministic } from "../../../firmware/uplink/cbor/encode";
import { headersSource } from "../../build/headers";
import { linkedSource } from "../../build/linked";
import { packedConstant } from "../../build/pack";
import { driverNames, registrySource } from "../../registry";
import { bundleForXs } from "../bundle";
import { es256Source, signerSource } from "../signer-source";

const HERE = fileURLToPath(new URL("./", import.meta.url));
const LINKED = fileURLToPath(new URL("../../../drivers/linked", import.meta.url));
const READY_HEADERS = fileURLToPath(new URL("../../../drivers/vlc/ready-headers", import.meta.url));
const DRIVERS = "../../../drivers";
const FEATURES = "../../../firmware/features";

export type GatewayProgram = {
  /** TypeScript that exports `Gateway`, `drivers` and `calibrate`. The plain ones when left out. */
  readonly firmware?: string;
  /** See `BundleOptions`. */
  readonly replace?: { readonly [path: string]: string };
  readonly rewrite?: (source: string) => string;
  readonly mapFile?: string;
};

const PLAIN_FIRMWARE = `
  export { Gateway } from "../../../firmware/gateway";
  export { drivers, features } from "argand:registry";
  export const calibrate = () => {};`;

/** The drivers of a site, each once, sorted: the order of their parts. */
export function driversOf(plan: Plan): string[] {
  return [...new Set(plan.devices.map((device) => device.driver))].sort();
}

/** Writes the gateway's program for one site: firmware, its drivers, its plan, the bridge. */
export async function bundleGateway(plan: Plan, outfile: string, program: GatewayProgram = {}): Promise<void> {
  const bytes = encodeDeterministic(plan as unknown as CborValue);
  await bundleForXs({
    entry: join(HERE, "gateway-guest.ts"),
    outfile,
    virtual: {
      "argand:firmware": [
        program.firmware ?? PLAIN_FIRMWARE,
        'import { unpack } from "../../../firmware/packed";',
        packedConstant("packedPlan", bytes),
        "export const plan = unpack(packedPlan);",
      ].join("\n"),
      "argand:registry": registrySource({
        names: driversOf(plan),
        features: wantedFeatures(plan),
        drivers: DRIVERS,
        featuresFolder: FEATURES,
        emulators: false,
      }),
      "argand:es256": es256Source(wantedFeatures(plan), "../../.."),
    },
    replace: { [LINKED]: linkedSource(plan), [READY_HEADERS]: headersSource(plan), ...program.replace },
    ...(program.rewrite === undefined ? {} : { rewrite: program.rewrite }),
    ...(program.mapFile === undefined ? {} : { mapFile: program.mapFile }),
    compact: program.rewrite === undefined,
  });
}

/** The firmware with these drivers and without a plan: to see what a driver adds to the program's size. */
export async function bundlePlanless(names: readonly string[], outfile: string): Promise<void> {
  await bundleForXs({
    entry: join(HERE, "gateway-guest.ts"),
    outfile,
    virtual: {
      "argand:firmware": `${PLAIN_FIRMWARE}\nexport const plan = null;`,
      "argand:registry": registrySource({
        names,
        features: [],
        drivers: DRIVERS,
        featuresFolder: FEATURES,
        emulators: false,
      }),
      "argand:es256": es256Source([], "../../.."),
    },
  });
}

/** The bridge without firmware: what has to be subtracted from the program's size. */
export async function bundleEmptyGateway(outfile: string): Promise<void> {
  await bundleForXs({
    entry: join(HERE, "gateway-guest.ts"),
    outfile,
    virtual: {
      "argand:firmware": `export const Gateway = null, drivers = null, features = null, plan = null, calibrate = () => {};`,
      "argand:es256": es256Source([], "../../.."),
    },
    compact: true,
  });
}

export async function bundleWorld(plan: Plan, outfile: string): Promise<void> {
  await bundleForXs({
    entry: join(HERE, "world-guest.ts"),
    outfile,
    virtual: {
      "argand:registry": registrySource({
        names: driverNames(),
        features: [],
        drivers: DRIVERS,
        featuresFolder: FEATURES,
        emulators: true,
      }),
      "argand:signer": signerSource(wantedFeatures(plan), "../.."),
    },
  });
}
