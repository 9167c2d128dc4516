/**
 * A compiled plan as its bytes, which on a device lie in flash. A device's part is decoded when somebody needs it and let go
 * again: kept whole, the plan of a large site would take a quarter of a board's memory.
 */
import { Linked } from "../drivers/linked";
import type { DevicePlan } from "../drivers/plan";
import { PLAN_VERSION, type Plan } from "./plan";
import { decodeCbor } from "./uplink/cbor/reader";
import { skipCbor } from "./uplink/cbor/skip";

/** The plan cannot be loaded: it is damaged, or made for other firmware. */
export class PlanError extends Error {
  readonly code = "plan";
}

/** All of a plan but its devices. */
export type PlanHead = Omit<Plan, "devices">;

/** The whole plan at once, for those who have the memory. */
export function loadPlan(bytes: Uint8Array): Plan {
  const plan = decodeCbor(bytes) as unknown as Plan;
  requireVersion(plan);
  return plan;
}

function requireVersion(plan: Partial<PlanHead> | null): void {
  if (plan?.version !== PLAN_VERSION)
    throw new PlanError(`this firmware loads plans of version ${PLAN_VERSION}; compile the site again with its argand`);
}

const MAJOR_ARRAY = 4;
const MAJOR_MAP = 5;

export class PlanBook {
  readonly bytes: Uint8Array;
  /** Where each device begins, and where the last one ends. */
  readonly #devicesAt: Uint32Array;

  /** @throws PlanError, CborError */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.readHead();
    this.#devicesAt = this.findDevices();
  }

  get deviceCount(): number {
    return this.#devicesAt.length - 1;
  }

  /** Decoded anew. */
  readDevice(index: number): DevicePlan {
    const part = this.bytes.subarray(this.#devicesAt[index], this.#devicesAt[index + 1]);
    return decodeCbor(part) as unknown as DevicePlan;
  }

  /** Decoded anew. */
  readHead(): PlanHead {
    const head: { [key: string]: unknown } = {};
    this.eachPart((key, start, end) => {
      if (key !== "devices") head[key] = decodeCbor(this.bytes.subarray(start, end));
    });
    requireVersion(head);
    return head as PlanHead;
  }

  private findDevices(): Uint32Array {
    const { bytes } = this;
    let places: Uint32Array | undefined;
    this.eachPart((key, start) => {
      if (key !== "devices") return;
      const count = countOf(bytes, start, MAJOR_ARRAY);
      places = new Uint32Array(count + 1);
      let at = start + headBytes(bytes, start);
      for (let i = 0; i < count; i++) {
        places[i] = at;
        at = skipCbor(bytes, at);
      }
      places[count] = at;
    });
    if (Linked.checks && places === undefined) throw new PlanError("the plan has no devices");
    return places!;
  }

  private eachPart(take: (key: string, start: number, end: number) => void): void {
    const { bytes } = this;
    let at = headBytes(bytes, 0);
    for (let pairs = countOf(bytes, 0, MAJOR_MAP); pairs > 0; pairs--) {
      const keyEnd = skipCbor(bytes, at);
      const end = skipCbor(bytes, keyEnd);
      take(decodeCbor(bytes.subarray(at, keyEnd)) as string, keyEnd, end);
      at = end;
    }
    if (Linked.checks && at !== bytes.length) throw new PlanError("the plan is damaged: bytes after its end");
  }
}

/** Bytes of an item's head with a count below 65,536. */
function headBytes(bytes: Uint8Array, at: number): number {
  const info = bytes[at] & 31;
  return info < 24 ? 1 : info === 24 ? 2 : 3;
}

/** Items of an array, or pairs of a map. */
function countOf(bytes: Uint8Array, at: number, major: number): number {
  const info = bytes[at] & 31;
  if (Linked.checks && (bytes[at] >> 5 !== major || info > 25))
    throw new PlanError("the plan is damaged: it is not what argand compiled");
  if (info < 24) return info;
  return info === 24 ? bytes[at + 1] : bytes[at + 1] * 256 + bytes[at + 2];
}
