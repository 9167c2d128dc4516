/** What a bus of the site gives the IO class of each device on it: ECMA-419's options, defaults filled in. */
import type { PlanMap, PlanValue } from "../drivers/plan";
import type { CheckedBus } from "./buses";
import { DEFAULT_FULL_SCALE_MV } from "./schema/buses";
import { parseDuration, parseVoltage } from "./units";

const DEFAULT_I2C_HZ = 400_000;
const DEFAULT_SPI_HZ = 1_000_000;

export function busOptions({ kind, page }: CheckedBus): PlanMap {
  const pick = (...keys: string[]) =>
    Object.fromEntries(keys.filter((key) => page[key] !== undefined).map((key) => [key, page[key] as PlanValue]));
  switch (kind) {
    case "i2c":
      return { hz: DEFAULT_I2C_HZ, ...pick("data", "clock", "hz", "port") };
    case "spi":
      return { hz: DEFAULT_SPI_HZ, ...pick("clock", "out", "in", "select", "hz", "port") };
    case "serial":
      return {
        ...pick("port", "baud", "transmit", "receive"),
        ...serialMode((page["mode"] as string | undefined) ?? "8N1"),
        ...pick("rs485"),
        ...modbusOptions(page["modbus"]),
      };
    case "digital":
    case "pulse":
    case "light":
      return {};
    case "analog":
      return { fullScaleMv: voltageMv(page["fullScale"], DEFAULT_FULL_SCALE_MV), ...pick("resolution") };
    case "tcp":
      return { address: page["host"] as string, port: page["port"] as number, ...modbusOptions(page["modbus"]) };
  }
}

/** `ModbusSettings` of drivers/modbus. */
function modbusOptions(page: unknown): PlanMap {
  if (page === undefined) return {};
  const { timeout, gap, ...rest } = page as { timeout?: string; gap?: string } & PlanMap;
  const ms = (name: string, text: string | undefined): PlanMap => {
    const parsed = parseDuration(text);
    return parsed.ok ? { [name]: parsed.value } : {};
  };
  return { modbus: { ...rest, ...ms("timeoutMs", timeout), ...ms("gapMs", gap) } };
}

const PARITY: { readonly [letter: string]: string } = { N: "none", E: "even", O: "odd" };

function serialMode(mode: string): PlanMap {
  return { data: Number(mode[0]), parity: PARITY[mode[1]], stop: Number(mode[2]) };
}

function voltageMv(text: unknown, otherwise: number): number {
  const parsed = parseVoltage(text);
  return parsed.ok ? parsed.value : otherwise;
}
