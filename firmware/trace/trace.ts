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
import type { GatewayPlan } from "../plan";
import type { PlanBook } from "../plan-book";
import { compareBytes } from "../uplink/cbor/encode";
import { CborWriter } from "../uplink/cbor/writer";
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

/** Of a full name in the device manifest's list: the head of a byte string and its 32 bytes. */
const LISTED_BYTES = 34;
/** What most manifests take besides hashes. */
const LIKELY_BYTES = 192;

/** One component: its manifest, made when it is asked for. */
export class TraceComponent {
  /** Device id in the site. */
  readonly device: string;
  readonly bytes: Uint8Array;
  readonly cid: Uint8Array;

  constructor(plan: DevicePlan, drivers: DriverRegistry, crypto: Crypto) {
    this.device = plan.id;
    let bytes: Uint8Array | undefined;
    for (let sizeBytes = LIKELY_BYTES; bytes === undefined; sizeBytes *= 2) {
      const manifest = new ManifestWriter(sizeBytes);
      manifest.component(plan, drivers);
      bytes = manifest.finish();
    }
    this.bytes = bytes;
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
  /** @param sources digest of what was linked, where it is known */
  constructor(book: PlanBook, drivers: DriverRegistry, crypto: Crypto, sources?: Uint8Array) {
    this.#book = book;
    this.#sources = sources;
    this.#drivers = drivers;
    this.#crypto = crypto;
    const manifest = this.makeManifest();
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

  /** The device manifest, made anew. */
  makeManifest(): Uint8Array {
    let bytes: Uint8Array | undefined;
    for (let sizeBytes = LIKELY_BYTES + LISTED_BYTES * this.componentCount; bytes === undefined; sizeBytes *= 2) {
      const manifest = new ManifestWriter(sizeBytes);
      manifest.gateway(this.#book.readHead().gateway);
      this.listComponents(manifest.key(DeviceKey.components));
      if (this.#sources !== undefined) manifest.key(DeviceKey.sources).bytes(this.#sources);
      manifest.key(DeviceKey.configuration).bytes(this.#crypto.sha256(this.#book.bytes));
      bytes = manifest.finish();
    }
    return bytes;
  }

  /** Full names, sorted where they stand: a list of them beside the manifest would take as much again. */
  private listComponents(cbor: CborWriter): void {
    const count = this.componentCount;
    cbor.array(count);
    const start = cbor.at;
    for (let i = 0; i < count; i++) {
      const { cid } = this.component(i);
      const at = cbor.at;
      cbor.bytes(cid);
      if (!cbor.overflowed) sortIn(cbor.buffer, start, at, cid);
    }
  }
}

/** Moves the name at `at` in front of those from `start` on that are greater; these stand in order. */
function sortIn(bytes: Uint8Array, start: number, at: number, cid: Uint8Array): void {
  let to = at;
  while (to > start && compareBytes(bytes.subarray(to - cid.length, to), cid) > 0) to -= LISTED_BYTES;
  bytes.copyWithin(to + LISTED_BYTES, to, at);
  // All have the same head.
  bytes.set(cid, to + LISTED_BYTES - cid.length);
}

/**
 * The pairs of a manifest, in the order of their keys. They are written as they come: a map of them that is encoded when it is whole
 * needs some 2 kB of a board's memory for that moment, and a third more of its stack.
 */
class ManifestWriter {
  readonly cbor: CborWriter;
  private pairs = 0;

  constructor(sizeBytes: number) {
    this.cbor = new CborWriter(new Uint8Array(sizeBytes));
    this.cbor.map(0);
  }

  gateway({ trace, site, id }: GatewayPlan): void {
    this.text(ComponentKey.kind, "gateway");
    this.declared(trace);
    this.text(ComponentKey.firmware, FIRMWARE);
    this.list(ComponentKey.connection, [site, id]);
    this.calibrated(trace);
  }

  component(device: DevicePlan, drivers: DriverRegistry): void {
    const { id, driver, channels, trace, points } = device;
    // A component that measures nothing itself is told apart from those that do.
    this.text(ComponentKey.kind, channels.some((channel) => channel.synthetic) ? "synthetic" : "component");
    this.text(ComponentKey.class, driver);
    this.declared(trace);
    this.text(ComponentKey.firmware, `${driver}@${drivers[driver]?.version ?? "not linked"}`);
    this.list(ComponentKey.connection, connectionOf(device));
    this.calibrated(trace);
    const units = this.key(ComponentKey.units);
    units.array(channels.length);
    for (let i = 0; i < channels.length; i++) units.text(channels[i].unit);
    const names = this.key(ComponentKey.channels);
    names.array(channels.length);
    for (let i = 0; i < channels.length; i++) names.text(`${id}/${channels[i].name}`);
    if (points !== undefined) this.text(ComponentKey.points, new PointNames(points.names).text);
    this.text(ComponentKey.device, id);
  }

  /** Somebody writes the value. */
  key(key: number): CborWriter {
    this.pairs++;
    this.cbor.number(key);
    return this.cbor;
  }

  /** A part of a larger buffer, of which no copy is made. `undefined` when that was too small. */
  finish(): Uint8Array | undefined {
    const { cbor, pairs } = this;
    if (cbor.overflowed) return undefined;
    const end = cbor.at;
    cbor.rewind(0);
    // There are fewer keys than 24: the head has one byte.
    cbor.map(pairs);
    return cbor.buffer.subarray(0, end);
  }

  private text(key: number, text: string): void {
    this.cbor.number(key);
    this.cbor.text(text);
    this.pairs++;
  }

  private list(key: number, items: readonly (string | number)[]): void {
    const cbor = this.key(key);
    cbor.array(items.length);
    for (let i = 0; i < items.length; i++) {
      const item = items[i];
      if (typeof item === "string") cbor.text(item);
      else cbor.number(item);
    }
  }

  /** What the owner of the site declared about a part, up to its serial number. Absent keys are left out. */
  private declared({ model, manufacturer, serial }: TracePlan): void {
    if (model !== undefined) this.text(ComponentKey.model, model);
    if (manufacturer !== undefined) this.text(ComponentKey.manufacturer, manufacturer);
    if (serial !== undefined) this.text(ComponentKey.serial, serial);
  }

  private calibrated({ calibration }: TracePlan): void {
    if (calibration !== undefined) this.list(ComponentKey.calibration, [calibration.certificate, calibration.due]);
  }
}

function connectionOf(device: DevicePlan): readonly (string | number)[] {
  const { io, bus, options } = device.connection;
  if (io === "none") return (device.settings["sources"] as readonly string[] | undefined) ?? [];
  const address = options["address"];
  return typeof address === "number" || typeof address === "string" ? [bus, address] : [bus];
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
