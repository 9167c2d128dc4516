import { readFileSync } from "node:fs";
import { cdeEncodeOptions, decode, encode } from "cbor2";
import { describe, expect, it } from "vitest";
import { Quality } from "../drivers/contract";
import type { DevicePlan } from "../drivers/plan";
import { driver as sht3x } from "../drivers/sht3x/driver";
import { emulator } from "../drivers/sht3x/emulator";
import { driver as synthetic } from "../drivers/synthetic/driver";
import type { Crypto } from "../hal/crypto";
import type { Keep } from "../hal/keep";
import { nodeCrypto } from "../hal/node/crypto";
import { keyObjectOf, verifySign1 } from "../host-sim/collect/verify-sign1";
import { simulatedSigner } from "../host-sim/simulated-key";
import { WorldBoard } from "../host-sim/world/board";
import { Broker } from "../host-sim/world/broker";
import { DEFAULT_EPOCH_MS, WorldClock } from "../host-sim/world/clock";
import { Kernel } from "../host-sim/world/kernel";
import { Network } from "../host-sim/world/network";
import { RandomBranch } from "../host-sim/world/random";
import { TimeServer } from "../host-sim/world/time-server";
import { feature as columns } from "./features/columns";
import type { Features } from "./features/feature";
import { feature as signing } from "./features/signing";
import { feature as sntp } from "./features/sntp";
import { type AlarmReport, Gateway } from "./gateway";
import type { Plan } from "./plan";
import { loadPlan, PlanBook, PlanError } from "./plan-book";
import { Trace } from "./trace/trace";
import { encodeDeterministic } from "./uplink/cbor/encode";
import { readColumns } from "./uplink/columns/reader";
import { isSign1 } from "./uplink/cose/parse";
import { FIRMWARE } from "./version";

const SECOND = 1_000_000;

const climate: DevicePlan = {
  id: "hall-climate",
  driver: "sht3x",
  connection: { io: "I2C", bus: "i2c0", options: { data: 21, clock: 22, hz: 400_000, address: 0x44 } },
  everyMs: 1000,
  channels: [
    {
      name: "temperature",
      unit: "Cel",
      filters: [],
      alarms: [{ class: "fire", above: 57, hysteresis: 2, forMs: 5000 }],
    },
    { name: "humidity", unit: "%RH", filters: [], alarms: [] },
  ],
  settings: { repeatability: "high" },
  trace: { manufacturer: "Example Sensors", model: "SHT31-X", serial: "S-1188" },
};

const plan: Plan = {
  version: 1,
  gateway: { id: "gw-01", site: "test", board: "esp32-s3", trace: {} },
  devices: [climate],
  uplink: {
    host: "192.0.2.1",
    port: 1883,
    tls: false,
    client: "gw-01",
    keepAliveMs: 30_000,
    batch: { everyMs: 10_000, max: 64 },
    store: { alarmBytes: 4096, telemetryBytes: 8192 },
  },
  policy: {},
};

type Message = { readonly topic: string; readonly pack: Map<number | string, unknown>[] };

function site(
  sitePlan: Plan = plan,
  linked: Features = { columns, signing, sntp },
  crypto: Crypto = nodeCrypto,
  keep?: Keep,
) {
  const kernel = new Kernel();
  const random = new RandomBranch(1);
  const clock = new WorldClock(kernel, sitePlan.time === undefined ? DEFAULT_EPOCH_MS : Number.NaN);
  const board = new WorldBoard(kernel, random.branch("board"));
  const network = new Network(kernel, random.branch("network"), { latencyUs: 5000 });
  const messages: Message[] = [];
  const raw: { topic: string; payload: Uint8Array }[] = [];
  const logged: string[] = [];
  const alarms: AlarmReport[] = [];
  const air = { temperature: 21, humidity: 45, smoke: 0 };
  const context = {
    clock,
    random: random.branch("sensor"),
    quantity: (name: keyof typeof air) => air[name],
    recorded: () => true,
  };
  board.i2c(21, 22).attach(0x44, emulator.create(climate, context).i2c!);
  const broker = new Broker({
    Listener: network.host("192.0.2.1").Listener,
    TCP: network.host("192.0.2.1").TCP,
    port: 1883,
    onPublish: (topic, payload) => {
      raw.push({ topic: topic.split("/").slice(4).join("/"), payload });
      if (isSign1(payload)) return;
      const pack = decode(payload, { mapType: "map" } as never) as Message["pack"];
      // Everything that leaves is deterministic CBOR (RFC 8949 section 4.2.1).
      expect(Buffer.from(encode(pack, cdeEncodeOptions)).toString("hex")).toBe(Buffer.from(payload).toString("hex"));
      messages.push({ topic: topic.split("/").slice(4).join("/"), pack });
    },
  });
  const gateway = new Gateway({
    plan: encodeDeterministic(sitePlan as never),
    drivers: { sht3x, synthetic },
    features: linked,
    clock,
    random: random.branch("gateway"),
    log: { info: (text) => logged.push(text), warn: (text) => logged.push(text) },
    crypto,
    io: { ...board.io, TCP: network.host("192.0.2.7").TCP, UDP: network.host("192.0.2.7").UDP },
    boot: 3,
    ...(keep === undefined ? {} : { keep }),
    observer: { alarm: (alarm) => alarms.push(alarm) },
  });
  const telemetry = () => messages.filter((message) => message.topic === "telemetry");
  return { kernel, network, board, broker, gateway, messages, raw, telemetry, logged, alarms, air };
}

/** A key of a record, whatever kind of map the decoder made. */
function get(record: unknown, key: number | string): unknown {
  return record instanceof Map ? record.get(key) : (record as Record<string, unknown>)[String(key)];
}

describe("a gateway", () => {
  it("samples at its period and publishes every ten seconds", () => {
    const { kernel, gateway, telemetry } = site();
    gateway.start();
    kernel.runUntil(31 * SECOND);
    expect(telemetry().map(({ pack }) => pack.length)).toEqual([20, 20, 20]);
    expect(gateway.counters().samples).toBe(62);
  });

  it("names pack, boot, configuration and trace in the first record of each batch", () => {
    const { kernel, gateway, telemetry } = site();
    gateway.start();
    kernel.runUntil(21 * SECOND);
    const heads = telemetry().map(({ pack }) => pack[0]);
    expect(heads.map((head) => get(head, -2))).toEqual([
      "test/gw-01/hall-climate/temperature",
      "test/gw-01/hall-climate/temperature",
    ]);
    expect(heads.map((head) => get(head, "boot"))).toEqual([3, 3]);
    expect(heads.map((head) => get(head, "root"))).toEqual([gateway.trace.handle, gateway.trace.handle]);
    expect(get(heads[1], "seq") as number).toBe((get(heads[0], "seq") as number) + 1);
    expect(get(heads[0], -3)).toBe(1_767_225_600.1);
  });

  it("publishes what the sensor measured, to the resolution of its registers", () => {
    const { kernel, gateway, telemetry, air } = site();
    air.temperature = 23.456;
    gateway.start();
    kernel.runUntil(11 * SECOND);
    const { pack } = telemetry()[0];
    const temperature = pack[0];
    const humidity = pack.find((record) => get(record, -2) === "test/gw-01/hall-climate/humidity");
    expect([get(temperature, -4), get(humidity, -4)]).toEqual(["Cel", "%RH"]);
    expect(Math.abs((get(temperature, 2) as number) - 23.456)).toBeLessThan(0.002);
    expect(Math.abs((get(humidity, 2) as number) - 45)).toBeLessThan(0.001);
  });

  it("sends an alarm at once, before the batch that holds its sample", () => {
    const { kernel, gateway, messages, alarms, air } = site();
    gateway.start();
    kernel.runUntil(12 * SECOND);
    air.temperature = 60;
    kernel.runUntil(19 * SECOND);
    const alarm = messages.find(({ topic }) => topic === "alarm");
    expect(get(alarm?.pack[0], "alarm")).toBe("fire");
    expect(get(alarm?.pack[0], "state")).toBe("on");
    expect(messages.filter(({ topic }) => topic === "telemetry")).toHaveLength(1);
    expect(alarms.map(({ detectedUs, raisedUs }) => (raisedUs - detectedUs) / SECOND)).toEqual([5.0155]);
  });

  it("publishes what becomes of a latched alarm: on, latched, and off when somebody acknowledges it", () => {
    const [temperature, humidity] = climate.channels;
    const alarms = [{ name: "hall-heat", class: "fire", above: 57, hysteresis: 2, forMs: 0, latch: true }] as const;
    const { kernel, gateway, messages, air } = site({
      ...plan,
      devices: [{ ...climate, channels: [{ ...temperature, alarms }, humidity] }],
      alarms: [{ name: "any", class: "life", zones: [{ any: 1, of: ["hall-heat"] }] }],
    });
    const told = () => messages.filter(({ topic }) => topic === "alarm").map(({ pack }) => pack[0]);
    gateway.start();
    air.temperature = 60;
    kernel.runUntil(3 * SECOND);
    air.temperature = 20;
    kernel.runUntil(6 * SECOND);
    expect(gateway.activeAlarms).toEqual(["any", "hall-heat"]);
    expect(gateway.acknowledge("hall-heat")).toBe(true);
    kernel.runUntil(9 * SECOND);
    expect(told().map((record) => [get(record, "rule") ?? get(record, 0), get(record, "state")])).toEqual([
      ["hall-heat", "on"],
      ["alarms/any", "on"],
      ["hall-heat", "latched"],
      ["hall-heat", "off"],
      ["alarms/any", "off"],
    ]);
    // The very first reading raised it: it was good, whatever the channel had been before.
    expect([get(told()[0], 2), get(told()[0], "q"), get(told()[1], 2)]).toEqual([expect.closeTo(60, 2), undefined, 1]);
    expect(gateway.activeAlarms).toEqual([]);
  });

  it("marks computed values wherever they stand in a pack, and in the trace", () => {
    const computed: DevicePlan = {
      id: "computed",
      driver: "synthetic",
      connection: { io: "none", bus: "", options: {} },
      everyMs: 1000,
      channels: ["one", "two"].map((name) => ({ name, unit: "Cel", filters: [], alarms: [], synthetic: true })),
      settings: {
        formulas: [
          { kind: "sum", of: ["hall-climate/temperature", "hall-climate/humidity"] },
          { kind: "dew-point", of: ["hall-climate/temperature", "hall-climate/humidity"] },
        ],
        sources: ["hall-climate/humidity", "hall-climate/temperature"],
      },
      trace: {},
    };
    const { kernel, gateway, telemetry, air } = site({ ...plan, devices: [computed, climate] });
    air.temperature = 23.456;
    gateway.start();
    kernel.runUntil(21 * SECOND);
    // In the first batch the first value was never read, in the second all are good: both ways to write a group.
    for (const { pack } of telemetry()) {
      const groups = pack.filter((record) => get(record, -2) !== undefined);
      expect(groups.map((record) => [String(get(record, -2)).slice(11), get(record, "sy")])).toEqual([
        ["computed/one", true],
        ["computed/two", true],
        ["hall-climate/temperature", undefined],
        ["hall-climate/humidity", undefined],
      ]);
    }
    const [first] = telemetry()[1].pack;
    expect(get(first, 2)).toBeCloseTo(23.456 + 45, 2);
    const component = decode(gateway.trace.component(0).bytes, { preferMap: true }) as Map<number, unknown>;
    expect([component.get(1), component.get(11)]).toEqual([
      "synthetic",
      ["hall-climate/humidity", "hall-climate/temperature"],
    ]);
  });

  it("reports a lost sensor once, marks its values, and reports its return once", () => {
    const { kernel, board, gateway, messages, telemetry } = site();
    const events = () => messages.filter(({ topic }) => topic === "event").map(({ pack }) => get(pack[0], "state"));
    gateway.start();
    kernel.runUntil(5 * SECOND);
    board.i2c(21, 22).stuck = true;
    kernel.runUntil(25 * SECOND);
    expect(events()).toEqual(["on"]);
    expect(get(telemetry()[1].pack[0], "q")).toBe(Quality.badCommunication);
    expect(get(telemetry()[1].pack[0], 3)).toBe("bad:communication");
    board.i2c(21, 22).stuck = false;
    kernel.runUntil(40 * SECOND);
    expect(events()).toEqual(["on", "off"]);
  });

  it("keeps sampling without a broker, says so once, and delivers what its store holds when it is back", () => {
    const roomy = { ...plan, uplink: { ...plan.uplink, store: { alarmBytes: 4096, telemetryBytes: 65_536 } } };
    const { kernel, broker, gateway, telemetry, logged } = site(roomy);
    broker.down();
    gateway.start();
    kernel.runUntil(120 * SECOND);
    expect(logged).toHaveLength(1);
    expect(gateway.counters().samples).toBe(240);
    broker.up();
    kernel.runUntil(500 * SECOND);
    const seqs = telemetry().map(({ pack }) => get(pack[0], "seq") as number);
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
    expect(new Set(seqs).size).toBe(seqs.length);
    expect(gateway.counters().dropped).toBe(0);
  });

  it("accounts for every message when the store is too small for the outage", () => {
    const { kernel, broker, gateway, telemetry } = site();
    broker.down();
    gateway.start();
    kernel.runUntil(600 * SECOND);
    broker.up();
    kernel.runUntil(1100 * SECOND);
    gateway.stopSampling();
    kernel.runUntil(1110 * SECOND);
    const counters = gateway.counters();
    expect(counters.dropped).toBeGreaterThan(0);
    expect(counters.published).toBe(counters.acknowledged + counters.dropped);
    expect(gateway.undelivered).toBe(0);
    // The newest survive an outage: the last sequence number arrived, the first did not.
    expect(get(telemetry()[0].pack[0], "seq")).toBeGreaterThan(0);
  });

  it("goes on with the other devices when one cannot be opened", () => {
    const stranger = { ...climate, id: "stranger", driver: "not-linked" };
    const { kernel, gateway, telemetry, logged } = site({ ...plan, devices: [stranger, climate] });
    gateway.start();
    kernel.runUntil(11 * SECOND);
    expect(logged[0]).toContain("stranger: could not be opened");
    expect(telemetry()[0].pack.filter((record) => get(record, "q") === undefined)).toHaveLength(20);
  });

  it("retains its device manifest and its components, so that a reader can resolve the handle", () => {
    const { kernel, gateway, messages } = site();
    gateway.start();
    kernel.runUntil(SECOND);
    const topics = messages.map(({ topic }) => topic);
    expect(topics).toContain("trace/root");
    expect(topics).toContain(`trace/c/${gateway.trace.component(0).name}`);
  });
});

describe("a plan", () => {
  it("of another version is refused with what to do", () => {
    const bytes = encodeDeterministic({ ...plan, version: 99 } as never);
    expect(() => loadPlan(bytes)).toThrow(PlanError);
    expect(() => loadPlan(bytes)).toThrow("compile the site again");
  });
});

describe("a gateway that signs", () => {
  const signer = simulatedSigner(1);
  const withKey: Crypto = { ...nodeCrypto, signer };
  const key = keyObjectOf(signer.publicKey);
  const signed: Plan = { ...plan, uplink: { ...plan.uplink, sign: "es256" } };
  const payloadOf = (bytes: Uint8Array): Uint8Array => {
    const verdict = verifySign1(bytes, key);
    expect(verdict).toMatchObject({ valid: true });
    return verdict.valid ? verdict.message.payload : bytes;
  };

  it("signs batches, alarms, events and its manifest, and what it signs is what it would have sent", () => {
    const { kernel, board, gateway, raw, air } = site(signed, { signing }, withKey);
    const plain = site(plan);
    for (const each of [{ kernel, board, gateway, air }, plain]) {
      each.gateway.start();
      each.kernel.runUntil(5 * SECOND);
      each.air.temperature = 80;
      each.kernel.runUntil(15 * SECOND);
      each.board.i2c(21, 22).detach(0x44);
      each.kernel.runUntil(31 * SECOND);
    }
    for (const what of ["telemetry", "alarm", "event", "trace/root"]) {
      const mine = raw.filter(({ topic }) => topic === what).map(({ payload }) => payload);
      const theirs = plain.raw.filter(({ topic }) => topic === what).map(({ payload }) => payload);
      expect(mine.length).toBeGreaterThan(0);
      // The plan, and so its digest and the root, are not the same.
      expect(mine.map((payload) => payloadOf(payload).length)).toEqual(theirs.map(({ length }) => length));
      expect(mine.every(isSign1)).toBe(true);
    }
  });

  it("does not start without a key, or without what signs linked", () => {
    expect(() => site(signed, { signing }, nodeCrypto)).toThrow("this device has no key");
    expect(() => site(signed, {}, withKey)).toThrow("the site wants signing, which is not linked into this firmware");
    expect(() => site(signed, {}, withKey)).toThrow(PlanError);
  });

  it("sends the same samples as columns, whose places its signed manifest resolves", () => {
    const compact: Plan = {
      ...signed,
      uplink: { ...signed.uplink, batch: { ...plan.uplink.batch, encoding: "columns" } },
      devices: [{ ...climate, channels: climate.channels.map((channel) => ({ ...channel, decimals: 3 })) }],
    };
    const { kernel, gateway, raw } = site(compact, { signing, columns }, withKey);
    const plain = site(plan);
    for (const each of [{ kernel, gateway }, plain]) {
      each.gateway.start();
      each.kernel.runUntil(21 * SECOND);
    }
    const of = (topic: string) =>
      raw.filter((message) => message.topic.startsWith(topic)).map(({ payload }) => payload);
    const manifest = decode(payloadOf(of("trace/root")[0])) as Map<number, Uint8Array[]>;
    const components = of("trace/c/");
    const batches = of("telemetry").map((payload) => readColumns(payloadOf(payload)));
    expect(batches.map(({ boot, seq }) => [boot, seq])).toEqual([
      [3, 0],
      [3, 1],
    ]);
    const values = batches.flatMap(({ columns: all }) =>
      all.flatMap(({ component, channel, records }) => {
        const cid = Buffer.from(manifest.get(20)![component]).toString("hex");
        const found = components.find((bytes) => Buffer.from(nodeCrypto.sha256(bytes)).toString("hex") === cid)!;
        const name = (decode(found) as Map<number, string[]>).get(17)![channel];
        return records.map(({ value }) => `${name} ${value!.toFixed(3)}`);
      }),
    );
    const wanted = plain.telemetry().flatMap(({ pack }) => {
      let name = "";
      return pack.map((record) => {
        name = (get(record, -2) as string | undefined)?.split("/").slice(2).join("/") ?? name;
        return `${name} ${(get(record, 2) as number).toFixed(3)}`;
      });
    });
    expect(values).toEqual(wanted);
  });
});

describe("a gateway that asks for the time", () => {
  const timed: Plan = { ...plan, time: { servers: [{ address: "192.0.2.123", port: 123 }] } };

  it("counts from boot until a server has answered, says when that was, and is dated from then on", () => {
    const { kernel, network, gateway, messages, telemetry } = site(timed);
    const UDP = network.host("192.0.2.123").UDP;
    const server = new TimeServer({ UDP, port: 123, kernel, epochMs: DEFAULT_EPOCH_MS });
    server.fault = { silent: true };
    gateway.start();
    kernel.runUntil(12 * SECOND);
    server.fault = {};
    kernel.runUntil(31 * SECOND);
    const heads = telemetry().map(({ pack }) => pack[0]);
    expect(heads.map((head) => [get(head, "mono_"), get(head, "tq")])).toEqual([
      [true, 0],
      [undefined, 2],
      [undefined, 2],
    ]);
    const [anchor] = messages.filter(({ topic }) => topic === "event").map(({ pack }) => pack[0]);
    expect([get(anchor, 0), get(anchor, 3), get(anchor, "tq")]).toEqual(["clock/anchor", "set", 2]);
    // What a collector does: the anchor dates what was sent before.
    const bootS = (get(anchor, -3) as number) - (get(anchor, "up") as number);
    expect(bootS).toBeCloseTo(DEFAULT_EPOCH_MS / 1000, 2);
    expect(bootS + (get(heads[0], -3) as number)).toBeCloseTo((get(heads[1], -3) as number) - 10, 2);
  });

  it("says how far its clock was stepped, and goes on counting", () => {
    const { kernel, network, gateway, messages } = site(timed);
    const UDP = network.host("192.0.2.123").UDP;
    const server = new TimeServer({ UDP, port: 123, kernel, epochMs: DEFAULT_EPOCH_MS });
    gateway.start();
    kernel.runUntil(30 * SECOND);
    server.fault = { offsetMs: -7_200_000 };
    kernel.runUntil(90 * SECOND);
    const [, step] = messages.filter(({ topic }) => topic === "event").map(({ pack }) => pack[0]);
    expect([get(step, 0), get(step, 1)]).toEqual(["clock/anchor", "s"]);
    expect(get(step, 2)).toBeCloseTo(-7200, 1);
    const sequenced = messages.filter(({ topic }) => topic === "telemetry" || topic === "event");
    const numbers = sequenced.map(({ pack }) => get(pack[0], "seq"));
    expect(numbers).toEqual([...numbers].sort((a, b) => (a as number) - (b as number)));
  });
});

describe("what a gateway is made of", () => {
  const kept = new Map<string, Uint8Array>();
  const keep: Keep = { read: (name) => kept.get(name), write: (name, bytes) => void kept.set(name, bytes) };
  const events = ({ messages }: ReturnType<typeof site>) =>
    messages.filter(({ topic }) => topic === "event").map(({ pack }) => pack[0]);
  const run = (sitePlan: Plan) => {
    const made = site(sitePlan, {}, nodeCrypto, keep);
    made.gateway.start();
    made.kernel.runUntil(12 * SECOND);
    return made;
  };

  it("is told when it is not what it was in the boot before, with the handle of then", () => {
    const first = run(plan);
    expect(events(first)).toEqual([]);
    expect(events(run(plan))).toEqual([]);
    const other = run({ ...plan, devices: [{ ...climate, trace: { ...climate.trace, serial: "S-1189" } }] });
    const [event] = events(other);
    expect([get(event, 0), get(event, 8)]).toEqual(["trace/root", first.gateway.trace.handle]);
    expect(get(event, "root")).toEqual(other.gateway.trace.handle);
    expect(get(other.telemetry()[0].pack[0], "root")).toEqual(other.gateway.trace.handle);
  });

  it.each<[string, Plan]>([
    ["a part", { ...plan, devices: [{ ...climate, trace: { ...climate.trace, serial: "S-2" } }] }],
    [
      "a calibration",
      {
        ...plan,
        devices: [{ ...climate, trace: { ...climate.trace, calibration: { certificate: "C", due: "2027-01-01" } } }],
      },
    ],
    ["a limit", { ...plan, devices: [{ ...climate, everyMs: 2000 }] }],
  ])("has another root with %s changed", (_what, changed) => {
    expect(site(changed).gateway.trace.handle).not.toEqual(site(plan).gateway.trace.handle);
  });

  it("has another root with another driver version, or other sources linked", () => {
    const { gateway } = site(plan);
    const book = new PlanBook(encodeDeterministic(plan as never));
    const driver = { sht3x: { ...sht3x, version: "99" } };
    expect(new Trace(book, { sht3x }, nodeCrypto).root).toEqual(gateway.trace.root);
    expect(new Trace(book, driver, nodeCrypto).root).not.toEqual(gateway.trace.root);
    expect(new Trace(book, { sht3x }, nodeCrypto, new Uint8Array(32)).root).not.toEqual(gateway.trace.root);
  });

  it("names the firmware by the version of the package", () => {
    const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
    expect(FIRMWARE).toBe(`argand@${version}`);
  });
});
