/** What both halves of bench/uplink-arena.ts know. */
export const SIZES = { alarmBytes: 262_144, telemetryBytes: 1_048_576 };
export const Ask1 = { open: 1, batch: 2, alarm: 3 } as const;
