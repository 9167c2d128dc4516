/**
 * What gateways are made of, as they published it: device manifests by the handle that batches carry, components by their full
 * hashes. A handle only finds a document. What is believed is a document whose whole SHA-256 stands in the device manifest, and a
 * device manifest whose whole SHA-256 begins with the handle and whose signature holds.
 */
import { ComponentKey, DeviceKey, HANDLE_BYTES } from "../../firmware/trace/trace";
import { nodeCrypto } from "../../hal/node/crypto";
import { hexOf } from "./wire";

export type ComponentManifest = {
  /** SHA-256 of its bytes, in hexadecimal. */
  readonly cid: string;
  readonly fields: ReadonlyMap<number, unknown>;
  /** Record names, and their units. */
  readonly channels: readonly string[];
  readonly units: readonly string[];
};

export type DeviceManifest = {
  readonly root: string;
  readonly handle: string;
  readonly fields: ReadonlyMap<number, unknown>;
  /** Full hashes, in the order in which a compact batch numbers them. */
  readonly components: readonly string[];
};

/** Hashes are cut to so many bytes for handles; a test makes them short, to show what a collision can do. */
export type TraceIndexOptions = { readonly handleBytes?: number };

export type Rejection = { readonly what: string; readonly reason: string };

export class TraceIndex {
  readonly rejected: Rejection[] = [];
  readonly #handleBytes: number;
  readonly #devices = new Map<string, DeviceManifest>();
  /** By the handle that its topic gives, all that claimed it: what is asked for is found by its full hash. */
  readonly #components = new Map<string, ComponentManifest>();

  constructor(options: TraceIndexOptions = {}) {
    this.#handleBytes = options.handleBytes ?? HANDLE_BYTES;
  }

  /** A device manifest whose signature was judged already. */
  addDevice(bytes: Uint8Array, value: unknown): DeviceManifest | undefined {
    const fields = fieldsOf(value);
    const listed = fields?.get(DeviceKey.components);
    if (fields === undefined || !isHashList(listed)) {
      this.rejected.push({ what: "trace/root", reason: "it is no device manifest" });
      return undefined;
    }
    const root = hexOf(nodeCrypto.sha256(bytes));
    const manifest = { root, handle: this.#handleOf(root), fields, components: listed.map(hexOf) };
    this.#devices.set(manifest.handle, manifest);
    return manifest;
  }

  /** @param claimed the handle that its topic gives, in hexadecimal */
  addComponent(claimed: string, bytes: Uint8Array, value: unknown): ComponentManifest | undefined {
    const what = `trace/c/${claimed}`;
    const fields = fieldsOf(value);
    const channels = fields?.get(ComponentKey.channels);
    const units = fields?.get(ComponentKey.units);
    if (fields === undefined || !isTextList(channels) || !isTextList(units)) {
      this.rejected.push({ what, reason: "it is no component manifest" });
      return undefined;
    }
    const cid = hexOf(nodeCrypto.sha256(bytes));
    if (this.#handleOf(cid) !== claimed) {
      this.rejected.push({ what, reason: `its hash begins with ${this.#handleOf(cid)}: it is another document` });
      return undefined;
    }
    const component = { cid, fields, channels, units };
    this.#components.set(cid, component);
    return component;
  }

  device(handle: string): DeviceManifest | undefined {
    return this.#devices.get(handle);
  }

  get devices(): DeviceManifest[] {
    return [...this.#devices.values()];
  }

  /** The component of that full hash. What only shares its handle is never given. */
  component(cid: string): ComponentManifest | undefined {
    return this.#components.get(cid);
  }

  get componentCount(): number {
    return this.#components.size;
  }

  /** Components that no known device manifest lists: left over, or slipped in. */
  get unlisted(): ComponentManifest[] {
    const listed = new Set(this.devices.flatMap(({ components }) => components));
    return [...this.#components.values()].filter(({ cid }) => !listed.has(cid));
  }

  /** The component that a record of that name comes from, by the manifest that its batch names. */
  componentOf(handle: string, record: string): ComponentManifest | undefined {
    return this.#listed(handle).find((component) => component.channels.includes(record) || hasPoint(component, record));
  }

  /** The name and unit of a compact batch's column. */
  columnOf(handle: string, place: number, channel: number): { name: string; unit: string } | undefined {
    const cid = this.#devices.get(handle)?.components[place];
    const component = cid === undefined ? undefined : this.#components.get(cid);
    const name = component?.channels[channel];
    return name === undefined ? undefined : { name, unit: component!.units[channel] ?? "" };
  }

  #listed(handle: string): ComponentManifest[] {
    const { components = [] } = this.#devices.get(handle) ?? {};
    return components.flatMap((cid) => this.#components.get(cid) ?? []);
  }

  #handleOf(hash: string): string {
    return hash.slice(0, 2 * this.#handleBytes);
  }
}

/** A panel tells its points one by one under its own name, and itself (`communication`, its snapshot) likewise. */
function hasPoint(component: ComponentManifest, record: string): boolean {
  const device = deviceOf(component);
  return device !== undefined && record.startsWith(`${device}/`);
}

/** Device id in the site: what its record names begin with. */
export function deviceOf({ fields }: ComponentManifest): string | undefined {
  const own = fields.get(ComponentKey.device);
  return typeof own === "string" ? own : undefined;
}

function fieldsOf(value: unknown): ReadonlyMap<number, unknown> | undefined {
  return value instanceof Map ? (value as ReadonlyMap<number, unknown>) : undefined;
}

function isHashList(value: unknown): value is readonly Uint8Array[] {
  return Array.isArray(value) && value.every((item) => item instanceof Uint8Array && item.length === 32);
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
