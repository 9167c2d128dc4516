/** The page of the uplink: broker, batches, store, signing, commands. */
import { Type } from "typebox";
import { COMMAND_KINDS } from "../../firmware/commands/form";
import { Gb26875 } from "./gb26875";
import { Duration, Name, Size, strict } from "./words";

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
