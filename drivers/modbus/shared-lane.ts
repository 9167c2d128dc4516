/** The lane of a device's bus, made once for all devices on it: by the kind of bus, and the way of framing that the site names. */

import type { SerialOptions } from "../../hal/io";
import type { DriverContext } from "../contract";
import { Linked } from "../linked";
import { NotLinkedError } from "../not-linked";
import { ofPlatform } from "../of-platform";
import type { DevicePlan, PlanMap } from "../plan";
import { openAsciiLane } from "./ascii-client";
import type { LaneOptions, ModbusLane } from "./lane";
import { openRtuLane } from "./rtu-client";
import { openRtuOverTcpLane } from "./rtu-tcp-client";
import type { SerialLaneOptions } from "./serial-lane";
import { openTcpLane } from "./tcp-client";

/** What a bus page says about Modbus, as it stands in `connection.options.modbus`. */
export type ModbusSettings = {
  /** Serial: `rtu` or `ascii`. TCP: `tcp` or `rtu`. */
  readonly framing?: string;
  readonly timeoutMs?: number;
  readonly retries?: number;
  readonly gapMs?: number;
  readonly anyUnit?: boolean;
  readonly inFlight?: number;
};

/** `connection.options.rs485` of a serial bus. */
export type Rs485Settings = { readonly de?: number | string; readonly activeLow?: boolean; readonly echo?: boolean };

/** @throws when the platform lacks the IO class, or the port cannot be opened */
export function sharedLane(plan: DevicePlan, context: DriverContext): ModbusLane {
  return context.shared(plan.connection.bus, () => openLane(plan, context));
}

function openLane({ connection }: DevicePlan, context: DriverContext): ModbusLane {
  const {
    modbus = {},
    rs485 = {},
    ...options
  } = connection.options as PlanMap & {
    readonly modbus?: ModbusSettings;
    readonly rs485?: Rs485Settings;
  };
  const common = {
    clock: context.clock,
    log: context.log,
    ...(modbus.timeoutMs === undefined ? {} : { responseTimeoutMs: modbus.timeoutMs }),
    ...(modbus.retries === undefined ? {} : { retries: modbus.retries }),
    ...(modbus.gapMs === undefined ? {} : { interFrameMs: modbus.gapMs }),
  };
  if (connection.io === "TCP") return openSocket(options, modbus, common, context);
  if (!Linked.modbusSerial) throw new NotLinkedError("Modbus on serial lines");
  const Serial = ofPlatform(context.io.Serial, "Serial");
  const lane: SerialLaneOptions = {
    ...common,
    io: Serial,
    serialOptions: options as unknown as SerialOptions,
    localEcho: rs485.echo === true,
    ...driverEnable(rs485, context),
  };
  if (modbus.framing !== "ascii") return openRtuLane(lane);
  if (Linked.modbusAscii) return openAsciiLane(lane);
  throw new NotLinkedError("Modbus ASCII");
}

function openSocket(
  options: PlanMap,
  { framing, anyUnit, inFlight }: ModbusSettings,
  common: LaneOptions & { readonly log: DriverContext["log"] },
  context: DriverContext,
): ModbusLane {
  const TCP = ofPlatform(context.io.TCP, "TCP");
  const lane = {
    ...common,
    io: TCP,
    random: context.random,
    address: options["address"] as string,
    port: options["port"] as number,
  };
  if (framing === "rtu") {
    if (Linked.modbusRtuOverTcp) return openRtuOverTcpLane(lane);
    throw new NotLinkedError("Modbus RTU over TCP");
  }
  if (Linked.modbusTcp) return openTcpLane({ ...lane, anyUnit: anyUnit === true, inFlight: inFlight ?? 1 });
  throw new NotLinkedError("Modbus TCP");
}

function driverEnable(
  { de, activeLow }: Rs485Settings,
  { io }: DriverContext,
): Pick<SerialLaneOptions, "driverEnable"> {
  if (de === undefined) return {};
  const Digital = ofPlatform(io.Digital, "Digital for the RS-485 driver's pin");
  return { driverEnable: { io: Digital, pin: de, activeLow: activeLow === true } };
}
