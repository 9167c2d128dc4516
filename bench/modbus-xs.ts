/** A read of 16 registers in XS: units, RV32 instructions, and what it allocates. */
import { count, table } from "./table";
import { measureWorks, type XsWork } from "./xs-works";

const WORKS = [
  "TCP: build, parse",
  "RTU: build, parse, both CRCs",
  "TCP: a whole poll through the lane",
  "RTU: a whole poll through the lane",
];
const TURNS = 256;

export async function benchModbusInXs(): Promise<readonly XsWork[]> {
  const works = await measureWorks("Modbus", "./modbus-guest.ts", WORKS, TURNS);
  if (works === undefined) return [];
  table(
    "A read of 16 registers in XS 13.3 (goal: build and parse in at most 1,500 units, nothing allocated)",
    ["what", "units", "RV32 instructions", "slots allocated", "chunks allocated", "bytes allocated"],
    works.map(({ name, units, slots, chunks, bytes, instructions }) => [
      name,
      count(units),
      instructions === undefined ? "-" : count(instructions),
      `${slots}`,
      `${chunks}`,
      `${bytes}`,
    ]),
  );
  return works;
}
