/**
 * The partition table of an ESP32 with 4 MB of flash whose site keeps its messages there: as the SDK's own (nvs, phy_init,
 * factory), with the store's partition taken from the end of the application's.
 */
import type { Plan } from "../../firmware/plan";
import { partitionBytes } from "../../firmware/uplink/outbox/flash-store";

const SECTOR_BYTES = 4096;
const FACTORY_AT = 0x10000;
const FLASH_BYTES = 4 * 1024 * 1024;

/** CSV as ESP-IDF reads it; `undefined` where the site has no store in flash: the SDK's own table then. */
export function partitionTable({ flash, alarmBytes, telemetryBytes }: Plan["uplink"]["store"]): string | undefined {
  if (flash === undefined) return undefined;
  const bytes = partitionBytes(alarmBytes, telemetryBytes, SECTOR_BYTES);
  const factory = FLASH_BYTES - FACTORY_AT - bytes;
  const hex = (value: number) => `0x${value.toString(16)}`;
  return [
    "# Name, Type, SubType, Offset, Size",
    "nvs, data, nvs, 0x9000, 0x6000",
    "phy_init, data, phy, 0xf000, 0x1000",
    `factory, app, factory, ${hex(FACTORY_AT)}, ${hex(factory)}`,
    // A subtype of one's own (ESP-IDF, "Partition Tables": 0x40 to 0xfe for data of applications).
    `${flash}, data, 0x40, ${hex(FACTORY_AT + factory)}, ${hex(bytes)}`,
    "",
  ].join("\n");
}
