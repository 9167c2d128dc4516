/** The pages of a channel: its filters, its alarm rules, and alarms of several witnesses. */
import { type Static, type TObject, type TProperties, Type } from "typebox";
import { ALARM_CLASSES, OVERLOAD_POLICIES } from "../../drivers/plan";
import { Duration, Limit, Name, strict } from "./words";

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

export type ChannelPage = Static<typeof Channel>;
export type AlarmPage = Static<typeof Alarm>;
export type GroupAlarmPage = Static<typeof GroupAlarm>;
export type FilterPage = Static<typeof Filter>;
