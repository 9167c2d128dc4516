/** What of `drivers/linked.ts` a site's plan asks for. */
import { Linked } from "../../drivers/linked";
import type { ModbusSettings } from "../../drivers/modbus/shared-lane";
import type { DevicePlan, FilterPlan } from "../../drivers/plan";
import type { Plan } from "../../firmware/plan";
import { codesLight } from "./headers";

export type LinkedPart = keyof typeof Linked;

/** What of a plan decides. */
export type LinkedBy = { readonly devices: Plan["devices"]; readonly uplink: Pick<Plan["uplink"], "commands"> };

/** Sorted by name. `vlcVariants` is in none: a luminaire's driver has one answer to each of those questions. */
export function linkedParts(plan: LinkedBy): LinkedPart[] {
  const parts = new Set<LinkedPart>();
  if (plan.uplink.commands !== undefined) parts.add("checks");
  if (codesLight(plan)) parts.add("vlcCoding");
  for (const device of plan.devices) {
    for (const { filters, alarms } of device.channels) {
      for (const filter of filters) parts.add(partOfFilter(filter));
      if (alarms.some(({ perMs }) => perMs !== undefined)) parts.add("rateRules");
    }
    for (const part of partsOfBus(device)) parts.add(part);
    if (device.driver === "sht3x" && SHT3X_MODES.some((name) => device.settings[name] !== undefined))
      parts.add("sht3xModes");
  }
  return [...parts].sort();
}

/** Source of the module that takes the place of `drivers/linked.ts`. */
export function linkedSource(plan: LinkedBy): string {
  const wanted = new Set<string>(linkedParts(plan));
  const members = Object.keys(Linked).map((part) => `${part} = ${wanted.has(part) ? 1 : 0}`);
  return `export enum Linked { ${members.join(", ")} }\n`;
}

/** Settings with which an SHT3x does more than single measurements. */
const SHT3X_MODES = ["measurementsPerSecond", "heater", "alert"];

function partOfFilter(filter: FilterPlan): LinkedPart {
  const { kind } = filter;
  if (kind === "median") return filter.window === 3 ? "medianOf3" : filter.window === 5 ? "medianOf5" : "median";
  if (kind === "smooth") return "factor" in filter ? "smooth" : "smoothOver";
  return kind === "max" || kind === "min" ? "extreme" : kind;
}

/** By the kind of bus alone: what a bus without Modbus asks for too much, nothing of its drivers links. */
function partsOfBus({ connection }: DevicePlan): LinkedPart[] {
  const { framing } = (connection.options["modbus"] ?? {}) as ModbusSettings;
  if (connection.io === "TCP") return [framing === "rtu" ? "modbusRtuOverTcp" : "modbusTcp"];
  if (connection.io !== "Serial") return [];
  return framing === "ascii" ? ["modbusSerial", "modbusAscii"] : ["modbusSerial"];
}
