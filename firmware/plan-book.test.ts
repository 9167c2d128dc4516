import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DevicePlan } from "../drivers/plan";
import { PLAN_VERSION, type Plan } from "./plan";
import { loadPlan, PlanBook, PlanError } from "./plan-book";
import { type CborValue, encodeDeterministic } from "./uplink/cbor/encode";
import { CborError } from "./uplink/cbor/error";
import { skipCbor } from "./uplink/cbor/skip";

function device(id: string): DevicePlan {
  return {
    id,
    driver: "sht3x",
    connection: { io: "I2C", bus: "i2c0", options: { address: 0x44 } },
    everyMs: 1000,
    channels: [{ name: "temperature", unit: "Cel", filters: [], alarms: [] }],
    settings: { scale: 0.1, text: "x".repeat(300) },
    trace: {},
  };
}

function plan(devices: number): Plan {
  return {
    version: PLAN_VERSION,
    gateway: { id: "gw-01", site: "test", board: "esp32", trace: {} },
    devices: Array.from({ length: devices }, (_, i) => device(`device-${i}`)),
    uplink: {
      host: "192.0.2.1",
      port: 1883,
      tls: false,
      client: "gw-01",
      keepAliveMs: 60_000,
      batch: { everyMs: 10_000, max: 64 },
      store: { alarmBytes: 1024, telemetryBytes: 1024 },
    },
    policy: {},
  };
}

function bytesOf(value: unknown): Uint8Array {
  return encodeDeterministic(value as CborValue);
}

describe("a plan's book", () => {
  it.each([0, 1, 23, 24, 300])("gives each of %d devices, and the head, as the whole plan has them", (count) => {
    const whole = loadPlan(bytesOf(plan(count)));
    const book = new PlanBook(bytesOf(plan(count)));
    expect(book.deviceCount).toBe(count);
    expect(whole.devices.map((_, i) => book.readDevice(i))).toEqual(whole.devices);
    expect({ ...book.readHead(), devices: whole.devices }).toEqual(whole);
  });

  it("refuses another version, and a plan without devices", () => {
    expect(() => new PlanBook(bytesOf({ ...plan(1), version: 99 }))).toThrow("compile the site again");
    const { devices: _, ...none } = plan(0);
    expect(() => new PlanBook(bytesOf(none))).toThrow(PlanError);
  });

  it("refuses a plan that was cut off at any byte, or has bytes behind its end", () => {
    const bytes = bytesOf(plan(2));
    for (let length = 0; length < bytes.length; length++) {
      let thrown: unknown;
      try {
        new PlanBook(bytes.slice(0, length));
      } catch (error) {
        thrown = error;
      }
      expect(thrown instanceof PlanError || thrown instanceof CborError, `${length} bytes`).toBe(true);
    }
    expect(() => new PlanBook(Uint8Array.of(...bytes, 0))).toThrow("bytes after its end");
  });
});

describe("skipping an item", () => {
  it("ends where the item ends", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.uint8Array({ maxLength: 4 }), (value, rest) => {
        const item = bytesOf(value);
        expect(skipCbor(Uint8Array.of(...item, ...rest), 0)).toBe(item.length);
      }),
    );
  });

  it("never leaves the input, whatever it is", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        try {
          expect(skipCbor(bytes, 0)).toBeLessThanOrEqual(bytes.length);
        } catch (error) {
          expect(error).toBeInstanceOf(CborError);
        }
      }),
    );
  });
});
