import { cdeEncodeOptions, decode, encode } from "cbor2";
import { describe, expect, it } from "vitest";
import type { DriverModule, DriverRegistry } from "../../drivers/contract";
import type { DevicePlan } from "../../drivers/plan";
import { nodeCrypto } from "../../hal/node/crypto";
import { PLAN_VERSION, type Plan } from "../plan";
import { PlanBook } from "../plan-book";
import { type CborValue, encodeDeterministic } from "../uplink/cbor/encode";
import { ComponentKey, DeviceKey, HANDLE_BYTES, handleOf, hex, niUri, Trace, type TraceComponent } from "./trace";

function driver(name: string, version: string): DriverModule {
  return {
    name,
    version,
    open: () => {
      throw new Error("not opened here");
    },
  };
}

const DRIVERS: DriverRegistry = { sht3x: driver("sht3x", "1"), "fire-panel": driver("fire-panel", "2") };

function climate(changes: Partial<DevicePlan> = {}): DevicePlan {
  return {
    id: "hall-climate",
    driver: "sht3x",
    connection: { io: "I2C", bus: "i2c0", options: { data: 21, clock: 22, hz: 400_000, address: 0x44 } },
    everyMs: 1000,
    channels: [
      { name: "temperature", unit: "Cel", filters: [], alarms: [] },
      { name: "humidity", unit: "%RH", filters: [], alarms: [] },
    ],
    settings: {},
    trace: {
      manufacturer: "Example Sensors",
      model: "SHT31-X",
      serial: "S-1188",
      calibration: { certificate: "C-2031", due: "2027-05-01" },
    },
    ...changes,
  };
}

const PANEL: DevicePlan = {
  id: "facp",
  driver: "fire-panel",
  connection: { io: "Serial", bus: "rs485", options: { port: 1, baud: 9600 } },
  everyMs: 1000,
  channels: [{ name: "zone-3", unit: "", filters: [], alarms: [] }],
  settings: {},
  trace: {},
};

function trace(device = climate(), drivers = DRIVERS, keepAliveMs = 60_000, more: DevicePlan[] = []): Trace {
  return new Trace(new PlanBook(bytesOf(site(device, keepAliveMs, more))), drivers, nodeCrypto);
}

function site(device: DevicePlan, keepAliveMs: number, more: DevicePlan[]): Plan {
  return {
    version: PLAN_VERSION,
    gateway: gatewayOf(undefined),
    devices: [device, PANEL, ...more],
    uplink: {
      host: "192.0.2.1",
      port: 1883,
      tls: false,
      client: "gw-07",
      keepAliveMs,
      batch: { everyMs: 10_000, max: 64 },
      store: { alarmBytes: 1024, telemetryBytes: 1024 },
    },
    policy: {},
  };
}

function gatewayOf(manufacturer: string | undefined): Plan["gateway"] {
  const trace = { model: "GW-2", serial: "0007", ...(manufacturer === undefined ? {} : { manufacturer }) };
  return { id: "gw-07", site: "harbour", board: "esp32-s3", trace };
}

function bytesOf(plan: Plan): Uint8Array {
  return encodeDeterministic(plan as unknown as CborValue);
}

function componentsOf(trace: Trace): TraceComponent[] {
  return Array.from({ length: trace.componentCount }, (_, i) => trace.component(i));
}

describe("a trace", () => {
  it("describes a component in integer keys, as an independent decoder reads it", () => {
    const [component] = componentsOf(trace());
    expect(decode(component.bytes)).toEqual(
      new Map<number, unknown>([
        [ComponentKey.kind, "component"],
        [ComponentKey.class, "sht3x"],
        [ComponentKey.model, "SHT31-X"],
        [ComponentKey.manufacturer, "Example Sensors"],
        [ComponentKey.serial, "S-1188"],
        [ComponentKey.firmware, "sht3x@1"],
        [ComponentKey.connection, ["i2c0", 0x44]],
        [ComponentKey.calibration, ["C-2031", "2027-05-01"]],
        [ComponentKey.units, ["Cel", "%RH"]],
        [ComponentKey.channels, ["hall-climate/temperature", "hall-climate/humidity"]],
        [ComponentKey.device, "hall-climate"],
      ]),
    );
    expect(component.device).toBe("hall-climate");
  });

  it("names a component by the SHA-256 of its manifest; the handle on the wire is its first 12 bytes", () => {
    const one = trace();
    for (const component of componentsOf(one)) {
      expect(component.cid).toEqual(nodeCrypto.sha256(component.bytes));
      expect(component.name).toBe(Buffer.from(component.cid).toString("hex").slice(0, 24));
    }
    expect(one.root).toEqual(nodeCrypto.sha256(one.makeManifest()));
    expect(one.handle).toEqual(one.root.slice(0, HANDLE_BYTES));
  });

  it("lists full hashes, sorted, and the plan's digest in the device manifest", () => {
    const more = Array.from({ length: 8 }, (_, i) => climate({ id: `climate-${i}` }));
    const one = trace(climate(), DRIVERS, 60_000, more);
    const device = decode(one.makeManifest()) as Map<number, unknown>;
    const listed = (device.get(DeviceKey.components) as Uint8Array[]).map(hex);
    expect(listed).toEqual(
      componentsOf(one)
        .map(({ cid }) => hex(cid))
        .sort(),
    );
    const plan = site(climate(), 60_000, more);
    expect(device.get(DeviceKey.configuration)).toEqual(nodeCrypto.sha256(bytesOf(plan)));
    expect(device.get(ComponentKey.connection)).toEqual(["harbour", "gw-07"]);
  });

  it("is the same whatever the order in which keys were written", () => {
    const shuffled = climate();
    const reversed = Object.fromEntries(Object.entries(shuffled).reverse()) as unknown as DevicePlan;
    const device = { ...reversed, trace: Object.fromEntries(Object.entries(shuffled.trace).reverse()) };
    expect(hex(trace(device).root)).toBe(hex(trace().root));
  });

  it("has another root after a part was swapped, recalibrated, moved or given another driver or configuration", () => {
    const { trace: declared } = climate();
    const others: Trace[] = [
      trace(climate({ trace: { ...declared, serial: "S-1189" } })),
      trace(climate({ trace: { ...declared, calibration: { certificate: "C-2031", due: "2028-05-01" } } })),
      trace(climate({ trace: {} })),
      trace(climate({ connection: { io: "I2C", bus: "i2c0", options: { address: 0x45 } } })),
      trace(climate(), { ...DRIVERS, sht3x: driver("sht3x", "2") }),
      trace(climate(), DRIVERS, 30_000),
    ];
    const roots = new Set([trace(), ...others].map(({ root }) => hex(root)));
    expect(roots.size).toBe(others.length + 1);
  });

  it("holds no float anywhere, which engines might write differently", () => {
    const one = trace();
    const numbers: number[] = [];
    const collect = (value: unknown): void => {
      if (typeof value === "number") numbers.push(value);
      else if (Array.isArray(value)) value.forEach(collect);
      else if (value instanceof Map) [...value].forEach(collect);
    };
    for (const bytes of [one.makeManifest(), ...componentsOf(one).map((component) => component.bytes)])
      collect(decode(bytes));
    expect(numbers.every(Number.isInteger)).toBe(true);
  });

  it("is deterministic CBOR, however long its texts and however many its components are", () => {
    const manufacturer = "Example Sensors of a long name ".repeat(20);
    const long = climate({ trace: { ...climate().trace, manufacturer } });
    const more = Array.from({ length: 24 }, (_, i) => climate({ id: `climate-${i}` }));
    const one = new Trace(
      new PlanBook(bytesOf({ ...site(long, 60_000, more), gateway: gatewayOf(manufacturer) })),
      DRIVERS,
      nodeCrypto,
    );
    const manifests = [one.makeManifest(), ...componentsOf(one).map(({ bytes }) => bytes)];
    for (const bytes of manifests)
      expect(Buffer.from(encode(decode(bytes), cdeEncodeOptions)).equals(bytes)).toBe(true);
    expect((decode(manifests[1]) as Map<number, unknown>).get(ComponentKey.manufacturer)).toBe(manufacturer);
    expect((decode(manifests[0]) as Map<number, unknown>).get(ComponentKey.manufacturer)).toBe(manufacturer);
  });
});

describe("a handle as text", () => {
  it("is the ni URI of RFC 6920, suite sha-256-96", () => {
    const handle = handleOf(nodeCrypto.sha256(new TextEncoder().encode("Hello World!")));
    // RFC 6920 section 8.2 gives f4OxZX_x_FO5LcGBSKHWXfwtSx-j1ncoSt3SABJtkGk for the whole hash of this text.
    expect(niUri(handle)).toBe("ni:///sha-256-96;f4OxZX_x_FO5LcGB");
    expect(hex(Uint8Array.of(0, 15, 255))).toBe("000fff");
  });
});
