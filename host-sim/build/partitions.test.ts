import { describe, expect, it } from "vitest";
import { partitionTable } from "./partitions";

describe("the partition table", () => {
  it("gives the store a partition of its own behind the application, to the end of the flash", () => {
    const table = partitionTable({ flash: "outbox", alarmBytes: 256 * 1024, telemetryBytes: 1024 * 1024 })!;
    const rows = table.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    const [, , factory, outbox] = rows.map((row) => row.split(", "));
    expect(outbox[0]).toBe("outbox");
    // Alarms, telemetry, and 32 KiB of the cursor.
    expect(Number(outbox[4])).toBe((256 + 1024 + 32) * 1024);
    expect(Number(outbox[3])).toBe(Number(factory[3]) + Number(factory[4]));
    expect(Number(outbox[3]) + Number(outbox[4])).toBe(4 * 1024 * 1024);
    expect(Number(factory[4]) % 0x1000).toBe(0);
  });

  it("is the SDK's own where messages wait in memory", () => {
    expect(partitionTable({ alarmBytes: 8192, telemetryBytes: 8192 })).toBeUndefined();
  });
});
