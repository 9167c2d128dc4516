/** The site manifest, written once: types, validator and the published JSON Schema come from here. */
import { type Static, type TObject, type TProperties, type TSchema, Type } from "typebox";
import { ALARM_CLASSES, OVERLOAD_POLICIES } from "../../drivers/plan";
import { BUS_KINDS, type BusKind, pinPage as Pin } from "../../drivers/schema";
import { COMMAND_KINDS } from "../../firmware/commands/form";
import type { DriverPages } from "../driver-pages";
import { DURATION_PATTERN, QUANTITY_PATTERN, SIZE_PATTERN, VOLTAGE_PATTERN } from "../units";

/** Names that become MQTT topic levels and SenML names. */
export const NAME_PATTERN = "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$";
export const NAME_RULE = "letters, digits, - and _, beginning with a letter or digit; at most 64";

const strict = { additionalProperties: false } as const;

// The last sentence of a description says what a text with a pattern looks like: messages quote it.
const Name = (description: string) =>
  Type.String({ pattern: NAME_PATTERN, description: `${description} Made of ${NAME_RULE}.` });
const Duration = (description: string) =>
  Type.String({ pattern: DURATION_PATTERN, description: `${description} A duration such as 1 s, 500 ms, 10m or 13h.` });
const Size = (description: string) =>
  Type.String({ pattern: SIZE_PATTERN, description: `${description} A size such as 256 KiB or 1 MiB.` });
const Limit = (description: string) =>
  Type.Union([Type.Number(), Type.String({ pattern: QUANTITY_PATTERN })], {
    description: `${description} A number, with the channel's unit behind it if you like: 57 Cel.`,
  });

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

/** An ESP32 under SDK 8.2.3, calibrated, with its default attenuation of 12 dB: modules/io/analog/esp32. */
export const DEFAULT_FULL_SCALE_MV = 2450;

export { BUS_KINDS, type BusKind };

export const SERIAL_MODES = ["8N1", "8E1", "8O1", "8N2", "8E2", "8O2", "7E1", "7O1", "7N2"] as const;

const Framing = (names: readonly string[], description: string) =>
  Type.Optional(
    Type.Union(
      names.map((name) => Type.Literal(name)),
      { description },
    ),
  );

const ModbusBus = {
  timeout: Type.Optional(Duration("How long a unit may take for its answer. Default 1 s.")),
  retries: Type.Optional(Type.Integer({ minimum: 0, maximum: 10, description: "Tries after the first. Default 2." })),
  gap: Type.Optional(
    Duration("Least silence before a frame, where 3.5 characters are too few for a unit or a serial server."),
  ),
};

export const Buses: { readonly [kind in BusKind]: TObject } = {
  i2c: Type.Object(
    {
      kind: Type.Literal("i2c"),
      data: Pin("SDA."),
      clock: Pin("SCL."),
      hz: Type.Optional(
        Type.Integer({ minimum: 10_000, maximum: 1_000_000, description: "Bus clock in hertz. Default 400000." }),
      ),
      port: Type.Optional(Type.Integer({ minimum: 0 })),
    },
    strict,
  ),
  serial: Type.Object(
    {
      kind: Type.Literal("serial"),
      port: Type.Union([Type.Integer({ minimum: 0 }), Type.String({ minLength: 1 })], {
        description: "Number of the UART on a board, path of the device on a PC.",
      }),
      baud: Type.Integer({ minimum: 300, maximum: 1_000_000, description: "Bits a second." }),
      mode: Type.Optional(
        Type.Union(
          SERIAL_MODES.map((mode) => Type.Literal(mode)),
          { description: "Data bits, parity, stop bits. Default 8N1." },
        ),
      ),
      transmit: Type.Optional(Pin("TX.")),
      receive: Type.Optional(Pin("RX.")),
      rs485: Type.Optional(
        Type.Object(
          {
            de: Type.Optional(Pin("Enables the driver of the line, where the transceiver does not do it by itself.")),
            activeLow: Type.Optional(Type.Boolean({ description: "A low pin enables it. Default false." })),
            echo: Type.Optional(
              Type.Boolean({ description: "The adapter hears what it sends. Default false, as most do not." }),
            ),
          },
          { ...strict, description: "How the line is driven. Modbus only." },
        ),
      ),
      modbus: Type.Optional(
        Type.Object(
          { framing: Framing(["rtu", "ascii"], "How frames look. Default rtu."), ...ModbusBus },
          { ...strict, description: "For Modbus devices on this bus." },
        ),
      ),
    },
    strict,
  ),
  spi: Type.Object(
    {
      kind: Type.Literal("spi"),
      clock: Pin("SCK."),
      out: Type.Optional(Pin("Data out of the gateway.")),
      in: Type.Optional(Pin("Data into the gateway.")),
      select: Type.Optional(Pin("Chip select.")),
      hz: Type.Optional(Type.Integer({ minimum: 1000, maximum: 80_000_000, description: "Bits a second." })),
      port: Type.Optional(Type.Integer({ minimum: 0 })),
    },
    strict,
  ),
  tcp: Type.Object(
    {
      kind: Type.Literal("tcp"),
      host: Type.String({ minLength: 1, description: "Address of the device." }),
      port: Type.Integer({ minimum: 1, maximum: 65_535 }),
      modbus: Type.Optional(
        Type.Object(
          {
            framing: Framing(["tcp", "rtu"], "How frames look: tcp, or rtu through a serial server. Default tcp."),
            ...ModbusBus,
            anyUnit: Type.Optional(
              Type.Boolean({ description: "It may answer as another unit than was asked. Default false." }),
            ),
            inFlight: Type.Optional(
              Type.Integer({
                minimum: 1,
                maximum: 16,
                description: "Requests on their way at once, with framing tcp. Default 1: gateways queue badly.",
              }),
            ),
          },
          { ...strict, description: "For Modbus devices on this bus." },
        ),
      ),
    },
    strict,
  ),
  digital: Type.Object({ kind: Type.Literal("digital") }, { ...strict, description: "Pins that are high or low." }),
  analog: Type.Object(
    {
      kind: Type.Literal("analog"),
      fullScale: Type.Optional(
        Type.String({
          pattern: VOLTAGE_PATTERN,
          description: `Voltage that the largest reading stands for. Default ${DEFAULT_FULL_SCALE_MV} mV, as an ESP32 has it with the Moddable SDK. A voltage such as 2450 mV or 3.3 V.`,
        }),
      ),
      resolution: Type.Optional(
        Type.Integer({ minimum: 8, maximum: 16, description: "Bits to ask the converter for. Default its own." }),
      ),
    },
    { ...strict, description: "Pins with a converter behind them." },
  ),
  pulse: Type.Object({ kind: Type.Literal("pulse") }, { ...strict, description: "Pairs of pins with a counter." }),
  light: Type.Object(
    { kind: Type.Literal("light") },
    { ...strict, description: "Pins that switch lamps at the optical clock." },
  ),
};

const Window = (description: string) => Type.Integer({ minimum: 2, maximum: 256, description });

export const Filter = Type.Union([
  one("scale", {
    gain: Type.Number({ description: "Factor of the raw reading." }),
    offset: Type.Optional(Limit("Added after that, in the channel's unit. Default 0.")),
  }),
  Type.Object(
    {
      calibrate: Type.Array(Type.Tuple([Limit("What the sensor says."), Limit("What is true.")]), {
        minItems: 2,
        description:
          "Straight lines between these points, readings ascending; beyond the last ones nothing changes any more.",
      }),
    },
    strict,
  ),
  one("clamp", {
    min: Type.Optional(Limit("What is lower becomes this.")),
    max: Type.Optional(Limit("What is higher becomes this.")),
  }),
  Type.Object({ median: Type.Integer({ minimum: 1, maximum: 31, description: "Odd number of samples." }) }, strict),
  one("hampel", {
    window: Type.Integer({ minimum: 3, maximum: 31, description: "Odd number of samples." }),
    sigmas: Type.Optional(Type.Number({ exclusiveMinimum: 0, description: "Further out is an outlier. Default 3." })),
    replace: Type.Optional(Type.Boolean({ description: "By the median, instead of dropping it. Default true." })),
  }),
  Type.Object({ average: Window("Mean of so many samples.") }, strict),
  Type.Object(
    {
      smooth: Type.Union([
        Type.Object(
          {
            factor: Type.Number({
              exclusiveMinimum: 0,
              maximum: 1,
              description: "Share of its distance by which a sample moves the exponential average.",
            }),
          },
          strict,
        ),
        Type.Object({ over: Duration("Time constant of the exponential average.") }, strict),
      ]),
    },
    strict,
  ),
  Type.Object({ max: Window("Largest of so many samples.") }, strict),
  Type.Object({ min: Window("Smallest of so many samples.") }, strict),
  one("quantile", {
    of: Type.Number({ minimum: 0, maximum: 1, description: "0.95: what 95 % of the samples do not exceed." }),
    window: Window("Number of samples."),
  }),
  Type.Object({ debounce: Duration("A new value counts when it has held for so long.") }, strict),
  Type.Object(
    {
      deadband: Type.Union([
        Limit("Publish only what moved by more than this."),
        Type.Object(
          {
            width: Type.Optional(Limit("Publish only what moved by more than this.")),
            percent: Type.Optional(
              Type.Number({
                exclusiveMinimum: 0,
                description: "The same as a share of the value published last; the wider of both counts.",
              }),
            ),
            heartbeat: Type.Optional(Duration("Publish at least once in so long.")),
          },
          strict,
        ),
      ]),
    },
    strict,
  ),
  one("rate", {
    per: Duration("How fast the value rises or falls, per 1 s, 1 min or 1 h: its unit becomes the channel's per that."),
    over: Duration("From a line through the samples of so long."),
  }),
  one("throttle", {
    every: Duration("Publish at most once in so long."),
    heartbeat: Type.Optional(Duration("Publish at least once in so long, whatever the filters hold back.")),
  }),
]);

/** `{ name: { ... } }` */
function one<Name extends string, Properties extends TProperties>(name: Name, properties: Properties) {
  return Type.Object({ [name]: Type.Object(properties, strict) } as Record<Name, TObject<Properties>>, strict);
}

const AlarmClassSchema = Type.Union(ALARM_CLASSES.map((name) => Type.Literal(name)));
const Latch = Type.Optional(
  Type.Boolean({ description: "Stays when its reason has gone, until somebody acknowledges it. Default false." }),
);

export const Alarm = Type.Object(
  {
    class: AlarmClassSchema,
    name: Type.Optional(Name("By which it is acknowledged and confirmed. Default <device>/<channel>/<class>.")),
    above: Type.Optional(Limit("Alarm when the value is higher.")),
    below: Type.Optional(Limit("Alarm when the value is lower.")),
    rise: Type.Optional(Limit("Alarm when the value has risen by more than this within per.")),
    fall: Type.Optional(Limit("Alarm when the value has fallen by more than this within per.")),
    per: Type.Optional(Duration("The time of a rise or fall.")),
    hysteresis: Type.Optional(Limit("How far the value must come back before the alarm ends. Default 0.")),
    for: Type.Optional(Duration("How long the limit must be passed. Default 0.")),
    latch: Latch,
  },
  strict,
);

const Witnesses = {
  any: Type.Integer({ minimum: 1, maximum: 64, description: "How many of them." }),
  of: Type.Array(Type.String(), {
    minItems: 1,
    maxItems: 64,
    description:
      "Names of rules, or <device>/<channel>/<class> for a rule without a name and for what a panel reports.",
  }),
};

export const GroupAlarm = Type.Object(
  {
    class: AlarmClassSchema,
    any: Type.Optional(Witnesses.any),
    of: Type.Optional(Witnesses.of),
    zones: Type.Optional(
      Type.Array(Type.Object(Witnesses, strict), {
        minItems: 2,
        maxItems: 8,
        description: "Cross-zone confirmation: each of these must have enough witnesses.",
      }),
    ),
    within: Type.Optional(Duration("Longest time between their beginnings. Default: as long as they are active.")),
    latch: Latch,
  },
  { ...strict, description: "An alarm that needs more than one witness." },
);

export const Channel = Type.Object(
  {
    filters: Type.Optional(Type.Array(Filter)),
    alarms: Type.Optional(Type.Array(Alarm)),
    stale: Type.Optional(Duration("Without a good reading for so long the value counts as uncertain. Default never.")),
    decimals: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 6,
        description:
          "Digits behind the decimal point in a batch of columns, and to a tenth in a short one. Default what the part resolves.",
      }),
    ),
    overload: Type.Optional(
      Type.Union(
        OVERLOAD_POLICIES.map((policy) => Type.Literal(policy)),
        { description: "Who goes when the channel's queue is full. Default drop-oldest." },
      ),
    ),
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

/** What a number of GB/T 26875.3 is called in manifests/gb26875/tables-2011.json, or the number. */
const Code = (description: string) =>
  Type.Union([Type.Integer({ minimum: 0, maximum: 255 }), Type.String({ minLength: 1 })], { description });
const Text18030 = (description: string) => Type.String({ description: `${description} Sent in GB18030.` });
const CentreAddress = (description: string) =>
  Type.Union(
    [
      Type.Integer({ minimum: 0, maximum: 281_474_976_710_655 }),
      Type.String({ pattern: "^([0-9A-Fa-f]{2} ?){5}[0-9A-Fa-f]{2}$" }),
    ],
    { description: `${description} A number, or six bytes in the order of the wire such as "79 03 00 00 00 00".` },
  );
const FacilitySystem = {
  type: Type.Optional(Code("Kind of system, by name or number. Default fire-alarm.")),
  address: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 255, description: "Number of the system at this gateway. Default 1." }),
  ),
};

const CentrePoint = Type.Object(
  {
    component: Type.Optional(Code("Kind of component, by name (smoke-detector) or number.")),
    area: Type.Optional(Type.Integer({ minimum: 0, maximum: 65_535, description: "Area or loop number. Default 0." })),
    number: Type.Optional(Type.Integer({ minimum: 0, maximum: 65_535, description: "Number in the area." })),
    place: Type.Optional(
      Type.String({
        pattern: "^([0-9A-Fa-f]{2} ?){3}[0-9A-Fa-f]{2}$",
        description:
          "Instead of area and number, for centres that pack them in a way of their own. Four bytes such as 0A 00 02 00.",
      }),
    ),
    text: Type.Optional(Text18030("What the centre shows of it; at most 31 bytes, 15 Chinese characters.")),
    system: Type.Optional(Type.Object(FacilitySystem, { ...strict, description: "Default the site's." })),
    analog: Type.Optional(
      Type.Object(
        {
          type: Code("Kind of quantity, by name (temperature) or number."),
          step: Type.Optional(
            Type.Number({
              exclusiveMinimum: 0,
              description: "What one step is in the channel's unit. Default the standard's, in its unit.",
            }),
          ),
        },
        { ...strict, description: "The channel's value, where the centre may ask for it." },
      ),
    ),
    transmitter: Type.Optional(
      Type.Union([Type.Literal("fault"), Type.Literal("main-power-fault"), Type.Literal("backup-power-fault")], {
        description: "Instead of a component: an alarm there is this condition of the gateway itself.",
      }),
    ),
  },
  strict,
);

export const Gb26875 = Type.Object(
  {
    host: Type.String({ minLength: 1, description: "Address of the centre." }),
    port: Type.Integer({ minimum: 1, maximum: 65_535 }),
    source: CentreAddress("The gateway's address at the centre."),
    destination: CentreAddress("The centre's own address."),
    userVersion: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 255, description: "User version of the protocol. Default 1." }),
    ),
    zone: Type.Optional(
      Type.String({
        pattern: "^[+-](0[0-9]|1[0-4]):[0-5][0-9]$",
        description: "Time labels are local time. Default +08:00. Hours and minutes east of UTC such as +08:00.",
      }),
    ),
    timeout: Type.Optional(Duration("How long the centre may take to answer, at most 10 s. Default 10 s.")),
    heartbeat: Type.Optional(
      Type.Object(
        {
          every: Duration("Sent when nothing else was sent for so long."),
          as: Type.Optional(
            Type.Union([Type.Literal("empty"), Type.Literal("state"), Type.Literal("time")], {
              description: "An empty message, the transmitter's state, or its time. Default empty.",
            }),
          ),
          confirmed: Type.Optional(
            Type.Boolean({
              description:
                "A centre that does not confirm it counts as gone. Default true for state and time, false for empty.",
            }),
          ),
        },
        { ...strict, description: "The standard has none; some centres drop a silent connection. Default none." },
      ),
    ),
    queue: Type.Optional(
      Type.Integer({
        minimum: 4,
        maximum: 1000,
        description: "Events that each of two lanes, urgent and other, can hold. Default 32.",
      }),
    ),
    objects: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 22, description: "Most events in one message. Default 8." }),
    ),
    bit0: Type.Optional(
      Type.Union([Type.Literal("quiet"), Type.Literal("always")], {
        description:
          "When bit 0 (normal run) of a state is set: only when nothing else is, or always but in a test. Default quiet.",
      }),
    ),
    system: Type.Optional(
      Type.Object(
        { ...FacilitySystem, text: Type.Optional(Text18030("Its description, for a centre that asks.")) },
        { ...strict, description: "To which everything without a point of its own belongs." },
      ),
    ),
    text: Type.Optional(Text18030("Description of the gateway, for a centre that asks.")),
    conditions: Type.Optional(
      Type.Record(Type.String(), Type.String(), {
        description:
          "Which condition of the standard one of ours becomes, where the table's choice does not suit: pre-alarm: fire.",
      }),
    ),
    duty: Type.Optional(
      Type.Object(
        {
          button: Type.String({ description: "<device>/<channel>: an alarm there answers a duty check." }),
          operator: Type.Optional(
            Type.Integer({ minimum: 0, maximum: 255, description: "Number of the operator. Default 1." }),
          ),
        },
        { ...strict, description: "Default: nobody answers." },
      ),
    ),
    points: Type.Optional(
      Type.Record(Type.String(), CentrePoint, {
        description: "What the centre knows, by <device>/<channel>, <device>/<point> of a panel, or alarms/<name>.",
      }),
    ),
  },
  {
    ...strict,
    description:
      "A monitoring centre after GB/T 26875.3-2011 that alarms go to beside the broker. Nobody has certified it.",
  },
);
export type Gb26875Page = Static<typeof Gb26875>;

export const Uplink = Type.Object(
  {
    mqtt: Type.Object(
      {
        url: Type.String({ description: "The broker, as mqtt://host:port, or mqtts://host:port with TLS." }),
        alternates: Type.Optional(
          Type.Array(Type.String(), {
            maxItems: 4,
            description: "Other brokers of the same data, tried in turn when one does not answer.",
          }),
        ),
        version: Type.Optional(
          Type.Union([Type.Literal(4), Type.Literal(5)], {
            description: "5: MQTT 5 first, 3.1.1 where the broker does not know it. Default 4, which is MQTT 3.1.1.",
          }),
        ),
        expiry: Type.Optional(
          Duration("After so long a broker need not deliver telemetry any more; alarms never expire. Needs version 5."),
        ),
        client: Type.Optional(Name("MQTT client identifier, unique at the broker. Default the gateway's id.")),
        credential: Type.Optional(
          Name(
            "Name of the user and password that the gateway shows the broker. The platform holds them (--credentials, argand build --config); a site's file never does.",
          ),
        ),
        keepAlive: Type.Optional(Duration("Longest silence. Default 30 s.")),
      },
      strict,
    ),
    batch: Type.Optional(
      Type.Object(
        {
          every: Type.Optional(Duration("Longest time that a sample waits. Default 10 s.")),
          max: Type.Optional(
            Type.Integer({ minimum: 1, maximum: 1000, description: "Most samples in a batch. Default 64." }),
          ),
          encoding: Type.Optional(
            Type.Union([Type.Literal("senml"), Type.Literal("short"), Type.Literal("columns")], {
              description:
                "How a batch is written. Any SenML reader reads senml and short, whose values are off by up to a tenth of their channels' last digit; columns takes a quarter of the bytes. Default senml.",
            }),
          ),
        },
        strict,
      ),
    ),
    sign: Type.Optional(
      Type.Literal("es256", {
        description:
          "Every message is a COSE_Sign1, signed with the device's key: ECDSA on P-256. Default: no signatures.",
      }),
    ),
    store: Type.Optional(
      Type.Object(
        {
          alarms: Type.Optional(
            Size("Room for alarms that the broker does not have yet. Default 8 KiB of memory, 256 KiB of flash."),
          ),
          telemetry: Type.Optional(Size("The same for batches. Default 24 KiB of memory, 1 MiB of flash.")),
          flash: Type.Optional(
            Name("Flash partition that the store lies in; messages then outlive a restart. Default none: memory."),
          ),
        },
        strict,
      ),
    ),
    commands: Type.Optional(
      Type.Object(
        {
          allow: Type.Array(Type.Union(COMMAND_KINDS.map((kind) => Type.Literal(kind))), {
            minItems: 1,
            uniqueItems: true,
            description:
              "acknowledge: alarms of the gateway. device: commands that a device's own page allows. state: asks how the gateway does.",
          }),
        },
        { ...strict, description: "What the gateway takes from the broker, on its topic cmd. Default: nothing." },
      ),
    ),
    gb26875: Type.Optional(Gb26875),
  },
  strict,
);

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
export type ChannelPage = Static<typeof Channel>;
export type AlarmPage = Static<typeof Alarm>;
export type GroupAlarmPage = Static<typeof GroupAlarm>;
export type FilterPage = Static<typeof Filter>;

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
