/** Bundles the two programs of a process with a bridge. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plan } from "../../../firmware/plan";
import { type CborValue, encodeDeterministic } from "../../../firmware/uplink/cbor/encode";
import { driverNames, registrySource } from "../../registry";
import { bundleForXs } from "../bundle";

const HERE = fileURLToPath(new URL("./", import.meta.url));
const DRIVERS = "../../../drivers";

export type GatewayProgram = {
  /** What stands around the drivers: TypeScript that exports `drivers` and `calibrate`. Plain drivers when left out. */
  readonly probes?: string;
  /** See `BundleOptions.replace`. */
  readonly replace?: { readonly [path: string]: string };
};

/** The drivers of a site, each once, sorted: the order of their parts. */
export function driversOf(plan: Plan): string[] {
  return [...new Set(plan.devices.map((device) => device.driver))].sort();
}

/** Writes the gateway's program for one site: firmware, its drivers, its plan, the bridge. */
export async function bundleGateway(plan: Plan, outfile: string, program: GatewayProgram = {}): Promise<void> {
  const planHex = Buffer.from(encodeDeterministic(plan as unknown as CborValue)).toString("hex");
  await bundleForXs({
    entry: join(HERE, "gateway-guest.ts"),
    outfile,
    virtual: {
      "argand:firmware": `
        export { Gateway } from "../../../firmware/gateway";
        export const planHex = "${planHex}";
        ${program.probes ?? `export { drivers } from "argand:registry"; export const calibrate = () => {};`}`,
      "argand:registry": registrySource({ names: driversOf(plan), drivers: DRIVERS, emulators: false }),
    },
    ...(program.replace === undefined ? {} : { replace: program.replace }),
  });
}

/** The bridge without firmware: what has to be subtracted from the program's size. */
export async function bundleEmptyGateway(outfile: string): Promise<void> {
  await bundleForXs({
    entry: join(HERE, "gateway-guest.ts"),
    outfile,
    virtual: {
      "argand:firmware": `export const Gateway = null, drivers = null, planHex = "", calibrate = () => {};`,
    },
  });
}

export async function bundleWorld(outfile: string): Promise<void> {
  await bundleForXs({
    entry: join(HERE, "world-guest.ts"),
    outfile,
    virtual: { "argand:registry": registrySource({ names: driverNames(), drivers: DRIVERS, emulators: true }) },
  });
}
