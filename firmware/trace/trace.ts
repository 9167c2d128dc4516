/**
 * Component-level traceability: what this gateway is made of, under names that are made from the content.
 *
 * Each component has a manifest in deterministic CBOR with integer keys and without floats; its SHA-256 is its full name
 * (`cid`), the first 12 bytes are its handle on the wire (RFC 6920 suite 4, sha-256-96). The device manifest lists all
 * full names; its own handle is the `root` that every batch carries. A part cannot be swapped unseen: the root changes.
 * A handle is for looking up only; what is compared or signed is the full hash (96 bits can be collided by an author).
 */
import type { DriverRegistry } from "../../drivers/contract";
import { PointNames } from "../../drivers/panel-points/point-names";
import type { DevicePlan, TracePlan } from "../../drivers/plan";
import type { Crypto } from "../../hal/crypto";
import type { PlanBook } from "../plan-book";
import { ByteStrings, type CborValue, compareBytes, encodePassing } from "../uplink/cbor/encode";
import { FIRMWARE } from "../version";

/** Keys of a component manifest. */
export const ComponentKey = {
  kind: 1,
  class: 2,
  model: 3,
  manufacturer: 4,
  serial: 5,
  /** Software in the component's path: the driver and its version. Of a gateway its firmware. */
  firmware: 10,
  /**
   * `[bus, address]`, `[bus]` where the bus has no address of its own; of a gateway `[site, id]`; of a synthetic component
   * the record names of the channels that it is computed from.
   */
  connection: 11,
  /** `[certificate, due date]` */
  calibration: 13,
  /** SenML units of the channels, in the order of key 17. */
  units: 16,
  /** Record names of the channels that belong to this component: how a reader finds the component of a record. */
  channels: 17,
  /**
   * Points of a panel, in the order in which a snapshot numbers them: names with a space between, `d1-*7..20` for d1-7 to d1-20.
   * The record of a point is `<device>/<name>`.
   */
  points: 18,
  /** Id of the device in its site: names of its records begin with it. */
  device: 19,
} as const;

/** Keys of the device manifest besides those. */
export const DeviceKey = {
  /** Full hashes of the components, sorted bytewise. */
  components: 20,
  /** SHA-256 over the sources that were linked, where a build says it. */
  sources: 21,
  /** SHA-256 of the compiled plan: filters, limits, periods, uplink. */
  configuration: 25,
} as const;

/** Bytes of a handle: RFC 6920 suite 4. */
export const HANDLE_BYTES = 12;

/** Of a full name. */
const CID_BYTES = 32;
/** What most manifests take besides hashes. */
const LIKELY_BYTES = 256;

/** One component: its manifest, made when it is asked for. */
export class TraceComponent {
  /** Device id in the site. */
  readonly device: string;
  readonly bytes: Uint8Array;
  readonly cid: Uint8Array;

  constructor(plan: DevicePlan, drivers: DriverRegistry, crypto: Crypto) {
    this.device = plan.id;
    this.bytes = manifestOf(plan, drivers);
    this.cid = crypto.sha256(this.bytes);
  }

  /** The handle in hexadecimal, as it stands in a topic. */
  get name(): string {
    return hex(handleOf(this.cid));
  }
}

/** Nothing of it is kept but the root: manifests are made when the broker wants them, one at a time. */
export class Trace {
  readonly #book: PlanBook;
  readonly #drivers: DriverRegistry;
  readonly #crypto: Crypto;
  readonly #sources: Uint8Array | undefined;
  /** SHA-256 of the device manifest. */
  readonly root: Uint8Array;
  /** Length of the longest manifest. */
  readonly largestBytes: number;

  /** @param sources digest of what was linked, where it is known */
  constructor(book: PlanBook, drivers: DriverRegistry, crypto: Crypto, sources?: Uint8Array) {
    this.#book = book;
    this.#sources = sources;
    this.#drivers = drivers;
    this.#crypto = crypto;
    let largestBytes = 0;
    const manifest = this.makeManifest((component) => {
      if (component.bytes.length > largestBytes) largestBytes = component.bytes.length;
    });
    this.largestBytes = Math.max(largestBytes, manifest.length);
    this.root = crypto.sha256(manifest);
  }

  get handle(): Uint8Array {
    return handleOf(this.root);
  }

  get componentCount(): number {
    return this.#book.deviceCount;
  }

  /** Made anew. */
  component(index: number): TraceComponent {
    return new TraceComponent(this.#book.readDevice(index), this.#drivers, this.#crypto);
  }

  /** Where each component, in the order of the plan, stands in the device manifest's list. Made anew. */
  places(): number[] {
    const cids: Uint8Array[] = [];
    for (let i = 0; i < this.componentCount; i++) cids.push(this.component(i).cid);
    const sorted = [...cids].sort(compareBytes);
    return cids.map((cid) => sorted.indexOf(cid));
  }

  /** The device manifest, made anew. @param onComponent told each component on the way */
  makeManifest(onComponent?: (component: TraceComponent) => void): Uint8Array {
    const cids = new Uint8Array(CID_BYTES * this.componentCount);
    for (let i = 0; i < this.componentCount; i++) {
      const component = this.component(i);
      insertSorted(cids, i, component.cid);
      onComponent?.(component);
    }
    const { gateway } = this.#book.readHead();
    return encodePassing(
      new Map<number, CborValue>([
        [ComponentKey.kind, "gateway"],
        ...declared(gateway.trace),
        [ComponentKey.firmware, FIRMWARE],
        [ComponentKey.connection, [gateway.site, gateway.id]],
        ...(this.#sources === undefined ? [] : [[DeviceKey.sources, this.#sources] as const]),
        [DeviceKey.components, new ByteStrings(cids, CID_BYTES)],
        [DeviceKey.configuration, this.#crypto.sha256(this.#book.bytes)],
      ]),
      cids.length + 2 * this.componentCount + LIKELY_BYTES,
    );
  }
}

/** Puts one more among the `count` full names that stand in order at the beginning of `cids`. */
function insertSorted(cids: Uint8Array, count: number, cid: Uint8Array): void {
  let at = CID_BYTES * count;
  while (at > 0 && compareBytes(cids.subarray(at - CID_BYTES, at), cid) > 0) {
    cids.copyWithin(at, at - CID_BYTES, at);
    at -= CID_BYTES;
  }
  cids.set(cid, at);
}

function manifestOf(device: DevicePlan, drivers: DriverRegistry): Uint8Array {
  return encodePassing(
    new Map<number, CborValue>([
      // A component that measures nothing itself is told apart from those that do.
      [ComponentKey.kind, device.channels.some((channel) => channel.synthetic) ? "synthetic" : "component"],
      [ComponentKey.class, device.driver],
      ...declared(device.trace),
      [ComponentKey.firmware, `${device.driver}@${drivers[device.driver]?.version ?? "not linked"}`],
      [ComponentKey.connection, connectionOf(device)],
      [ComponentKey.units, device.channels.map((channel) => channel.unit)],
      [ComponentKey.channels, device.channels.map((channel) => `${device.id}/${channel.name}`)],
      ...(device.points === undefined
        ? []
        : [[ComponentKey.points, new PointNames(device.points.names).text] as const]),
      [ComponentKey.device, device.id],
    ]),
    LIKELY_BYTES,
  );
}

function connectionOf(device: DevicePlan): CborValue {
  const { io, bus, options } = device.connection;
  if (io === "none") return (device.settings["sources"] as CborValue | undefined) ?? [];
  const address = options["address"];
  return typeof address === "number" || typeof address === "string" ? [bus, address] : [bus];
}

/** What the owner of the site declared about a part. Absent keys are left out. */
function declared(trace: TracePlan): [number, CborValue][] {
  const pairs: [number, CborValue][] = [];
  if (trace.model !== undefined) pairs.push([ComponentKey.model, trace.model]);
  if (trace.manufacturer !== undefined) pairs.push([ComponentKey.manufacturer, trace.manufacturer]);
  if (trace.serial !== undefined) pairs.push([ComponentKey.serial, trace.serial]);
  if (trace.calibration !== undefined)
    pairs.push([ComponentKey.calibration, [trace.calibration.certificate, trace.calibration.due]]);
  return pairs;
}

export function handleOf(hash: Uint8Array): Uint8Array {
  return hash.slice(0, HANDLE_BYTES);
}

const BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** A handle as a URI (RFC 6920 section 3): 12 bytes are 16 characters of base64url, without padding. */
export function niUri(handle: Uint8Array): string {
  let text = "ni:///sha-256-96;";
  for (let i = 0; i < HANDLE_BYTES; i += 3) {
    const bits = (handle[i] << 16) | (handle[i + 1] << 8) | handle[i + 2];
    for (let shift = 18; shift >= 0; shift -= 6) text += BASE64URL[(bits >> shift) & 63];
  }
  return text;
}

const DIGITS = "0123456789abcdef";

export function hex(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i++) text += DIGITS[bytes[i] >> 4] + DIGITS[bytes[i] & 15];
  return text;
}
