/** The site manifest, written once: types, validator and the published JSON Schema come from here. Its pages lie beside it. */
import { type Static, type TObject, type TSchema, Type } from "typebox";
import type { DriverPages } from "../driver-pages";
import { Buses } from "./buses";
import { Channel, GroupAlarm } from "./channels";
import { Uplink } from "./uplink";
import { Duration, NAME_PATTERN, Name, strict } from "./words";

const DAY_PATTERN = "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$";

export const Trace = Type.Object(
  {
    manufacturer: Type.Optional(Type.String()),
    model: Type.Optional(Type.String()),
    serial: Type.Optional(Type.String()),
    calibration: Type.Optional(
      Type.Object(
        {
          certificate: Type.String(),
          due: Type.String({
            pattern: DAY_PATTERN,
            description: "The day until which it holds. A day such as 2027-05-01.",
          }),
        },
        strict,
      ),
    ),
  },
  { ...strict, description: "Who made this part. It is declared, not checked; it goes into the trace." },
);

export const BOARDS = ["esp32", "esp32-s3", "esp32-c3", "esp32-c6", "linux"] as const;

export const Gateway = Type.Object(
  {
    id: Name("Name of the gateway, unique in its site."),
    site: Name("Name of the site."),
    board: Type.Union(BOARDS.map((board) => Type.Literal(board))),
    trace: Type.Optional(Trace),
  },
  strict,
);

export const DeviceCommon = Type.Object({
  driver: Type.String({ description: "Name of the driver's folder." }),
  bus: Type.String({ description: "Name of the bus that the device hangs on." }),
  every: Type.Optional(Duration("Sampling or polling period.")),
  channels: Type.Optional(
    Type.Record(Type.String(), Channel, {
      description: "Filters and alarms; channels that are not named are read as they are.",
    }),
  ),
  trace: Type.Optional(Trace),
});

/** The outer shape. Buses and devices are judged one by one, by kind and by driver, so that errors name the right page. */
export const Site = Type.Object(
  {
    gateway: Gateway,
    buses: Type.Record(Type.String(), Type.Unknown(), {
      description: "The wires that leave the gateway, each under a name of yours.",
    }),
    devices: Type.Record(Type.String(), Type.Unknown(), {
      description: "What hangs on them, each under a name of yours.",
    }),
    alarms: Type.Optional(
      Type.Record(Type.String(), GroupAlarm, { description: "Alarms that need more than one witness, by name." }),
    ),
    uplink: Uplink,
    time: Type.Optional(
      Type.Object(
        {
          sntp: Type.Array(Type.String({ minLength: 1 }), {
            minItems: 1,
            maxItems: 8,
            description:
              "Time servers that the gateway asks, as address or address:port; two or more can confirm each other.",
          }),
        },
        { ...strict, description: "Where the wall clock comes from. Default: the device's own is believed." },
      ),
    ),
    policy: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), { description: "Carried and digested; enforced by later work." }),
    ),
    simulate: Type.Optional(
      Type.Object({ scenario: Type.String({ description: "Scenario file, relative to this one." }) }, strict),
    ),
  },
  strict,
);

export type Site = Static<typeof Site>;
export type DeviceCommon = Static<typeof DeviceCommon>;
/** A device's page: the common keys and the driver's own. */
export function devicePage(own: TObject, hangsOnBus: boolean): TObject {
  const { bus: _, ...withoutBus } = DeviceCommon.properties;
  return Type.Object({ ...(hangsOnBus ? DeviceCommon.properties : withoutBus), ...own.properties }, strict);
}

/** One JSON Schema for editors: each device's page is chosen by its `driver`. */
export function publishedSchema(pages: DriverPages): unknown {
  const devices = [...pages.values()].map((page) => {
    const schema = devicePage(page.page, page.bus.length > 0) as TSchema & { properties: Record<string, unknown> };
    return {
      ...schema,
      description: page.summary,
      properties: { ...schema.properties, driver: { const: page.driver, description: page.summary } },
    };
  });
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Argand site manifest",
    ...Site,
    properties: {
      ...Site.properties,
      buses: { ...named(Site.properties.buses), additionalProperties: { oneOf: Object.values(Buses) } },
      devices: { ...named(Site.properties.devices), additionalProperties: { oneOf: devices } },
    },
  };
}

function named(record: TSchema) {
  const { description } = record as { readonly description?: string };
  return { type: "object", description, propertyNames: { pattern: NAME_PATTERN } };
}
