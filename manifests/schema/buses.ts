/** The pages of the buses, one for each kind. */
import { type TObject, Type } from "typebox";
import { type BusKind, pinPage as Pin } from "../../drivers/schema";
import { VOLTAGE_PATTERN } from "../units";
import { Duration, strict } from "./words";

/** An ESP32 under SDK 8.2.3, calibrated, with its default attenuation of 12 dB: modules/io/analog/esp32. */
export const DEFAULT_FULL_SCALE_MV = 2450;

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
