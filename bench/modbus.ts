/** Modbus: reads a second over TCP, what a read costs in XS, and a line with sick units. `npx tsx bench/modbus.ts` prints them alone. */
import { pathToFileURL } from "node:url";
import { benchModbusLine } from "./modbus-line";
import { benchModbusTcp } from "./modbus-tcp";
import { benchModbusInXs } from "./modbus-xs";

/** @returns XS units of building a request and parsing its answer, by name; nothing where there is no XS */
export async function benchModbus(timeMs: number, lineSeconds: number): Promise<{ readonly [figure: string]: number }> {
  await benchModbusTcp(timeMs);
  benchModbusLine(lineSeconds);
  const works = await benchModbusInXs();
  return Object.fromEntries(
    works.filter(({ name }) => name.includes("parse")).map(({ name, units }) => [`Modbus ${name}`, units]),
  );
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  await benchModbus(7_000, 1_800);
