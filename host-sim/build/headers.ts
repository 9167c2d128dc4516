/** Headers of light that a build codes in advance: see `drivers/vlc/ready-headers.ts`. */
import type { DevicePlan } from "../../drivers/plan";
import { BEACON_OCTETS } from "../../drivers/vlc/beacon";
import { VlcEncoder } from "../../drivers/vlc/encoder";
import { requireMcs } from "../../drivers/vlc/mcs";
import { readyText } from "../../drivers/vlc/ready-header";
import type { Plan } from "../../firmware/plan";

type Lamp = { readonly mcs: number; readonly queue?: unknown };

function lampsOf({ devices }: Pick<Plan, "devices">): Lamp[] {
  return devices
    .filter(({ driver }) => driver === "vlc-transmitter")
    .map(({ settings }: DevicePlan) => settings as unknown as Lamp);
}

/** Whether a lamp must code while it runs: its payload, or headers of frames that have another length than a beacon. */
export function codesLight(plan: Pick<Plan, "devices">): boolean {
  return lampsOf(plan).some(({ mcs, queue }) => {
    const { outerK, innerRate } = requireMcs(mcs);
    return queue !== undefined || outerK !== undefined || innerRate !== undefined;
  });
}

/** Source of the module that takes the place of `drivers/vlc/ready-headers.ts`. */
export function headersSource(plan: Pick<Plan, "devices">): string {
  const numbers = codesLight(plan) ? [] : [...new Set(lampsOf(plan).map(({ mcs }) => mcs))].sort();
  const table = numbers.map((mcs) => {
    const encoder = new VlcEncoder({ mcs, maxPsduOctets: BEACON_OCTETS });
    encoder.encode(new Uint8Array(BEACON_OCTETS), BEACON_OCTETS);
    const { octets, bitsAt, headerBits } = encoder;
    return `${mcs}: ${JSON.stringify(readyText(octets, bitsAt, headerBits))}`;
  });
  return `export const READY_HEADERS = { ${table.join(", ")} };\n`;
}
