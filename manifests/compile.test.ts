import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadPlan } from "../firmware/plan-book";
import { encodeDeterministic } from "../firmware/uplink/cbor/encode";
import { compileSite } from "./compile";
import { checked, edited, SITE } from "./examples/sites.test-suite";
import { loadSite } from "./load";
import { readSource } from "./source";

const FIRST_LIGHT = fileURLToPath(new URL("./examples/first-light.yaml", import.meta.url));

const compile = async (text: string) => compileSite(await checked(text));
const bytesOf = (plan: unknown) => encodeDeterministic(plan as never);
const digest = (plan: unknown) => createHash("sha256").update(bytesOf(plan)).digest("hex");

describe("a plan", () => {
  it("is the site in plain numbers, with every default filled in", async () => {
    expect(await compile(SITE)).toEqual({
      version: 1,
      gateway: { id: "gw-01", site: "hall", board: "esp32-s3", trace: {} },
      devices: [
        {
          id: "climate",
          driver: "sht3x",
          connection: { io: "I2C", bus: "i2c0", options: { data: 8, clock: 9, hz: 400_000, address: 0x44 } },
          everyMs: 1000,
          channels: [
            {
              ...{ name: "temperature", unit: "Cel", filters: [] },
              alarms: [{ class: "fire", above: 57, hysteresis: 0, forMs: 5000 }],
            },
            { name: "humidity", unit: "%RH", filters: [], alarms: [] },
          ],
          settings: { repeatability: "high" },
          trace: {},
        },
      ],
      uplink: {
        ...{ host: "127.0.0.1", port: 1883, tls: false, client: "gw-01", keepAliveMs: 30_000 },
        batch: { everyMs: 10_000, max: 64 },
        store: { alarmBytes: 8_192, telemetryBytes: 24_576 },
      },
      policy: {},
    });
  });

  it("has the ECMA-419 options of each kind of bus", async () => {
    const site = await loadSite(FIRST_LIGHT);
    if (!site.ok) throw new Error("first-light is broken");
    const connections = Object.fromEntries(site.plan.devices.map(({ id, connection }) => [id, connection]));
    expect(connections["facp"]).toEqual({
      io: "Serial",
      bus: "rs485",
      options: { port: 1, baud: 9600, transmit: 17, receive: 18, data: 8, parity: "none", stop: 1 },
    });
    expect(connections["lamp-3"]).toEqual({
      io: "SPI",
      bus: "light",
      options: { port: 2, clock: 12, out: 11, hz: 200_000 },
    });
  });

  it("comes out of its CBOR as it went in, through the door of the firmware", async () => {
    const site = await loadSite(FIRST_LIGHT);
    if (!site.ok) throw new Error("first-light is broken");
    expect(loadPlan(bytesOf(site.plan))).toEqual(site.plan);
  });

  it("has the digest of what the site says, not of how it is written", async () => {
    const plan = await compile(SITE);
    expect(digest(await compile(`# A comment\n${edited("0x44", "68").replace("57 Cel", '"57"')}\n`))).toBe(
      digest(plan),
    );
    expect(digest(await compile(edited("57 Cel", "58 Cel")))).not.toBe(digest(plan));
    expect(digest(await compile(`${SITE}policy: { residency: [sg] }\n`))).not.toBe(digest(plan));
  });

  it("has the same digest in whatever order the keys of the site stand", async () => {
    const source = readSource(FIRST_LIGHT);
    if (!source.ok) throw new Error("first-light is broken");
    const wanted = digest(await compile(JSON.stringify(source.source.value)));
    const shuffled = fc.infiniteStream(fc.nat()).map((numbers) => shuffle(source.source.value, numbers));
    await fc.assert(
      fc.asyncProperty(shuffled, async (value) => {
        expect(digest(await compile(JSON.stringify(value)))).toBe(wanted);
      }),
      { numRuns: 30 },
    );
  });
});

/** The same maps with their keys in another order; lists stay as they are. */
function shuffle(value: unknown, numbers: Iterator<number>): unknown {
  if (Array.isArray(value)) return value.map((inner) => shuffle(inner, numbers));
  if (value === null || typeof value !== "object") return value;
  const keys = Object.keys(value).map((key) => [numbers.next().value as number, key] as const);
  keys.sort(([a], [b]) => a - b);
  return Object.fromEntries(keys.map(([, key]) => [key, shuffle((value as Record<string, unknown>)[key], numbers)]));
}
