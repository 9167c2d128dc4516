/** A checked site becomes a plan: units resolved, defaults filled in, nothing left to look up on the gateway. */
import type { ConnectionPlan, DevicePlan, PlanMap, PlanValue } from "../drivers/plan";
import { PLAN_VERSION, type Plan } from "../firmware/plan";
import { busOptions } from "./bus-options";
import type { CheckedBus } from "./buses";
import { schemaContextOn } from "./driver-pages";
import { inPlanOrder } from "./plan-order";
import { parseDuration, parseSize } from "./units";
import type { CheckedDevice, CheckedSite } from "./validate";

const DEFAULT_KEEP_ALIVE_MS = 30_000;
const DEFAULT_BATCH = { everyMs: 10_000, max: 64 } as const;
/** Some 220 s of first-light's telemetry (0.55 KB every 5 s), and some fifty alarms; a board has 162 KB for everything. */
const DEFAULT_STORE = { alarmBytes: 8 * 1024, telemetryBytes: 24 * 1024 } as const;

/** Of a board with 4 MB of flash. */
export const DEFAULT_FLASH_STORE = { alarmBytes: 256 * 1024, telemetryBytes: 1024 * 1024 } as const;

const IO_OF_BUS = {
  i2c: "I2C",
  spi: "SPI",
  serial: "Serial",
  tcp: "TCP",
  digital: "Digital",
  analog: "Analog",
  pulse: "PulseCount",
  light: "LightEmitter",
} as const;

export function compileSite(checked: CheckedSite): Plan {
  const { gateway, uplink, policy } = checked.site;
  const defaults = uplink.store?.flash === undefined ? DEFAULT_STORE : DEFAULT_FLASH_STORE;
  const encoding = uplink.batch?.encoding ?? "senml";
  return {
    version: PLAN_VERSION,
    gateway: {
      id: gateway.id,
      site: gateway.site,
      board: gateway.board,
      trace: (gateway.trace ?? {}) as Plan["gateway"]["trace"],
    },
    // By name, not by place in the file: the same site has the same digest.
    devices: [...checked.devices].sort(inPlanOrder).map((device) => compileDevice(device, encoding !== "senml")),
    ...(checked.alarms.length === 0 ? {} : { alarms: checked.alarms }),
    uplink: {
      host: checked.broker.host,
      port: checked.broker.port,
      tls: checked.broker.tls,
      ...(checked.alternates.length === 0
        ? {}
        : { alternates: checked.alternates.map(({ host, port }) => ({ host, port })) }),
      ...(uplink.mqtt.version === 5 ? { version: 5 } : {}),
      ...(uplink.mqtt.expiry === undefined ? {} : { expiryS: Math.ceil(durationMs(uplink.mqtt.expiry, 0) / 1000) }),
      client: uplink.mqtt.client ?? gateway.id,
      ...(uplink.mqtt.credential === undefined ? {} : { credential: uplink.mqtt.credential }),
      keepAliveMs: durationMs(uplink.mqtt.keepAlive, DEFAULT_KEEP_ALIVE_MS),
      batch: {
        everyMs: durationMs(uplink.batch?.every, DEFAULT_BATCH.everyMs),
        max: uplink.batch?.max ?? DEFAULT_BATCH.max,
        ...(encoding === "senml" ? {} : { encoding }),
      },
      ...(uplink.sign === undefined ? {} : { sign: uplink.sign }),
      store: {
        alarmBytes: sizeBytes(uplink.store?.alarms, defaults.alarmBytes),
        telemetryBytes: sizeBytes(uplink.store?.telemetry, defaults.telemetryBytes),
        ...(uplink.store?.flash === undefined ? {} : { flash: uplink.store.flash }),
      },
      ...(uplink.commands === undefined ? {} : { commands: { allow: [...uplink.commands.allow].sort() } }),
      ...(checked.centre === undefined ? {} : { gb26875: checked.centre }),
    },
    ...(checked.timeServers.length === 0 ? {} : { time: { servers: checked.timeServers } }),
    policy: clean(policy ?? {}) as PlanMap,
  };
}

function compileDevice(device: CheckedDevice, digits: boolean): DevicePlan {
  const { id, schema, page, bus } = device;
  // What nobody reads must not change the digest, nor take memory.
  const channels = digits ? device.channels : device.channels.map(({ decimals: _, ...channel }) => channel);
  return {
    id,
    driver: schema.driver,
    connection: bus === undefined ? NO_CONNECTION : connect(bus, schema.connection?.(page) ?? {}),
    everyMs: durationMs(page.every, schema.defaultEveryMs),
    channels,
    ...(schema.points === undefined ? {} : { points: schema.points(page, schemaContextOn(bus)) }),
    settings: schema.settings(page, schemaContextOn(bus)),
    trace: (page.trace ?? {}) as DevicePlan["trace"],
  };
}

const NO_CONNECTION: ConnectionPlan = { io: "none", bus: "", options: {} };

/** The ECMA-419 options of a device's IO class. */
function connect(bus: CheckedBus, own: PlanMap): ConnectionPlan {
  return { io: IO_OF_BUS[bus.kind], bus: bus.name, options: { ...busOptions(bus), ...own } };
}

function durationMs(text: string | undefined, otherwise: number): number {
  const parsed = parseDuration(text);
  return parsed.ok ? parsed.value : otherwise;
}

function sizeBytes(text: string | undefined, otherwise: number): number {
  const parsed = parseSize(text);
  return parsed.ok ? Math.floor(parsed.value) : otherwise;
}

/** What YAML gave, without what CBOR could not hold. */
function clean(value: unknown): PlanValue {
  if (value === null || typeof value === "number" || typeof value === "string" || typeof value === "boolean")
    return value;
  if (Array.isArray(value)) return value.map(clean);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, clean(inner)]));
  return null;
}
