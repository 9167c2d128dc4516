/** The page of a monitoring centre after GB/T 26875.3. */
import { type Static, Type } from "typebox";
import { Duration, strict } from "./words";

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
