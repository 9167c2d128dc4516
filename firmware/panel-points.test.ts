/** Panels' points through a whole gateway: what the broker gets. */
import { decode } from "cbor-x";
import { describe, expect, it } from "vitest";
import { CONDITION_NAMES } from "../drivers/panel-points/conditions";
import { nodeCrypto } from "../hal/node/crypto";
import { importDrivers, importEmulators } from "../host-sim/registry";
import { Broker } from "../host-sim/world/broker";
import { World } from "../host-sim/world/world";
import { compileSite } from "../manifests/compile";
import { checked } from "../manifests/examples/sites.test-suite";
import { Gateway } from "./gateway";
import { encodeDeterministic } from "./uplink/cbor/encode";

const PROFILE = "profile: siemens-nk823x, unit: 5, every: 1 s";

async function site(points: string, more = "", alarms = "") {
  const plan = compileSite(
    await checked(`gateway: { id: gw-01, site: hall, board: esp32-s3 }
buses: { lan: { kind: tcp, host: 192.0.2.20, port: 502 } }
devices:
  facp: { driver: fire-panel, bus: lan, ${PROFILE}, points: ${points}${more} }
uplink: { mqtt: { url: "mqtt://127.0.0.1:1883" }, store: { alarms: 4 KiB, telemetry: 16 KiB } }
${alarms}`),
  );
  const world = new World({
    plan,
    seed: 1,
    emulators: await importEmulators(["fire-panel"]),
    acknowledge: () => false,
    reach: () => {},
    say: () => {},
  });
  const messages: { topic: string; record: Record<string, unknown> }[] = [];
  const { Listener, TCP } = world.network.host(plan.uplink.host);
  const broker = new Broker({
    Listener,
    TCP,
    port: 1883,
    onPublish: (topic, payload) => {
      const what = topic.split("/").slice(4).join("/");
      if (["alarm", "event", "telemetry"].includes(what))
        messages.push({ topic: what, record: (decode(payload) as Record<string, unknown>[])[0] });
    },
  });
  const gateway = new Gateway({
    plan: encodeDeterministic(plan),
    drivers: await importDrivers(["fire-panel"]),
    features: {},
    clock: world.clock,
    random: world.random.branch("gateway"),
    log: { info: () => {}, warn: () => {} },
    crypto: nodeCrypto,
    io: { ...world.board.io, TCP: world.network.host("192.0.2.7").TCP },
    boot: 1,
  });
  gateway.start();
  const run = (seconds: number) => world.kernel.runUntil(world.kernel.nowUs() + seconds * 1_000_000);
  const alarmsOf = () => messages.filter(({ topic }) => topic === "alarm").map(({ record }) => record);
  return { world, broker, gateway, messages, alarmsOf, run };
}

/** The bytes of a snapshot as README.md describes them. */
function snapshotOf(bytes: Uint8Array): { from: number; to: number; sets: Record<number, number> } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const sets: Record<number, number> = {};
  for (let at = 4; at < bytes.length; at += 3) sets[view.getUint16(at)] = bytes[at + 2];
  return { from: view.getUint16(0), to: view.getUint16(2), sets };
}

describe("a panel's points at the broker", () => {
  it("begin with a snapshot, then every edge is an alarm with the point's name, its set and the panel's word", async () => {
    const { world, run, messages, alarmsOf } = await site("{ z-: { zone: 1-300 } }");
    run(5);
    expect(messages.map(({ topic }) => topic)).toEqual(["event"]);
    expect(messages[0].record["0"]).toBe("facp/points");
    expect(snapshotOf(messages[0].record["8"] as Uint8Array)).toEqual({ from: 0, to: 300, sets: {} });
    world.act("facp", "zone", ["z-7", "fire"]);
    world.act("facp", "zone", ["z-7", "trouble"]);
    run(3);
    expect(alarmsOf()).toEqual([
      expect.objectContaining({ "0": "facp/z-7", "2": 1 | 16, alarm: "fire", state: "on", raw: 0xa000 }),
      expect.objectContaining({ "0": "facp/z-7", "2": 1 | 16, alarm: "trouble", state: "on", raw: 0xa000 }),
    ]);
    world.act("facp", "disable", ["z-200"]);
    run(3);
    const last = messages.at(-1)!;
    expect(last.topic).toBe("event");
    expect(snapshotOf(last.record["8"] as Uint8Array).sets).toEqual({ 6: 1 | 16, 199: CONDITION_NAMES["disabled"] });
  });

  it("repeat themselves with telemetry, and say when they are the last known", async () => {
    const { world, run, messages } = await site("{ z-: { zone: 1-3 } }", ", repeatMinutes: 1");
    run(65);
    expect(messages.map(({ topic }) => topic)).toEqual(["event", "telemetry"]);
    world.act("facp", "silent", []);
    run(120);
    const lost = messages.find(({ record }) => record["0"] === "facp/communication")!;
    expect(lost.record).toMatchObject({ alarm: "trouble", state: "on" });
    expect(messages.at(-1)).toMatchObject({ topic: "telemetry", record: { "0": "facp/points", q: 2 } });
  });

  it("are told as standing where they stood when the gateway began, fire alone on the topic of alarms", async () => {
    const { world, run, messages, alarmsOf } = await site("{ z-: { zone: 1-3 } }");
    world.act("facp", "zone", ["z-1", "trouble"]);
    world.act("facp", "zone", ["z-3", "fire"]);
    run(5);
    expect(alarmsOf()).toEqual([expect.objectContaining({ "0": "facp/z-3", alarm: "fire", state: "standing" })]);
    const [event] = messages.filter(({ topic }) => topic === "event");
    expect(snapshotOf(event.record["8"] as Uint8Array).sets).toEqual({ 0: 16, 2: 1 });
  });

  it("are witnesses of groups, those that stood at the beginning as well", async () => {
    const alarms = "alarms: { hall: { class: fire, any: 2, of: [facp/z-1/pre-alarm, facp/z-2/fire] } }";
    const { world, run, alarmsOf } = await site("{ z-: { zone: 1-3 } }", "", alarms);
    world.act("facp", "zone", ["z-1", "prealarm"]);
    run(5);
    world.act("facp", "zone", ["z-2", "fire"]);
    run(3);
    expect(alarmsOf().map((record) => [record["0"], record["state"]])).toEqual([
      ["facp/z-2", "on"],
      ["alarms/hall", "on"],
    ]);
  });

  it("keep their order in a burst of a thousand edges through a store that holds a few, and none is lost", async () => {
    const { world, run, alarmsOf, gateway } = await site("{ d-: { detector: 1-1000 } }");
    run(5);
    // The most urgent stand behind the others in the panel.
    const conditions = ["test", "trouble", "prealarm", "fire"];
    for (let i = 0; i < 1000; i++) world.act("facp", "zone", [`d-${i + 1}`, conditions[Math.floor(i / 250)]]);
    run(60);
    const classes = alarmsOf().map((record) => record["alarm"]);
    expect(classes).toHaveLength(1000);
    const sorted = ["fire", "pre-alarm", "trouble", "test"].flatMap((one) => new Array(250).fill(one));
    expect(classes).toEqual(sorted);
    expect(new Set(alarmsOf().map((record) => record["0"])).size).toBe(1000);
    expect(gateway.counters().dropped).toBe(0);
  });

  it("hold a burst back while the broker is away, and tell a fire that came last before all that waits", async () => {
    const { world, broker, run, alarmsOf, gateway } = await site("{ d-: { detector: 1-200 } }");
    run(5);
    broker.down();
    for (let i = 1; i <= 150; i++) world.act("facp", "zone", [`d-${i}`, "trouble"]);
    run(60);
    world.act("facp", "zone", ["d-200", "fire"]);
    run(10);
    broker.up();
    run(120);
    const names = alarmsOf().map((record) => `${record["0"]} ${record["alarm"]}`);
    expect(names).toHaveLength(151);
    // Only what was in the store already comes before it.
    expect(names.indexOf("facp/d-200 fire")).toBeLessThan(30);
    expect(gateway.counters().dropped).toBe(0);
  });

  it("leave a note of a command, refused or sent", async () => {
    const { run, messages, gateway } = await site("{ z-: { zone: 1-3 } }", ", allow: [reset]");
    run(5);
    expect([gateway.command("facp", "reset"), gateway.command("facp", "zone-off", "z-1")]).toEqual([true, false]);
    expect(gateway.command("attic", "reset")).toBe(false);
    run(3);
    const notes = messages.filter(({ record }) => record["0"] === "facp/command").map(({ record }) => record["3"]);
    expect(notes).toEqual([
      "reset: sent",
      "zone-off z-1: refused: the site does not allow it (allow: in the panel's page)",
      "reset: done",
    ]);
  });
});
