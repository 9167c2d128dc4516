/** SNTP against the world's servers and their faults, and the clock that is made of it. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Clock, TimeQuality } from "../../hal/clock";
import { WorldClock } from "../../host-sim/world/clock";
import { Kernel } from "../../host-sim/world/kernel";
import { Network } from "../../host-sim/world/network";
import { RandomBranch } from "../../host-sim/world/random";
import { TimeServer, type TimeServerFault } from "../../host-sim/world/time-server";
import { NtpReply, PACKET_BYTES, ReplyFault, readReply, writeRequest } from "./ntp-packet";
import { SntpClient, SntpState } from "./sntp-client";
import { SyncedClock, type TimeSample } from "./synced-clock";

const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;
const EPOCH_MS = 1_800_000_000_123;

/** A device without a wall clock, whose crystal is off by so many ppm of the world's time. */
function deviceClock(kernel: Kernel, ppm = 0): Clock {
  const world = new WorldClock(kernel, EPOCH_MS);
  const rate = 1 + ppm / 1e6;
  return {
    nowUs: () => Math.floor(kernel.nowUs() * rate),
    wallMs: () => Number.NaN,
    wallQuality: () => TimeQuality.none,
    timer: (callback, target) => {
      const timer = world.timer(callback, target);
      return { arm: (dueUs) => timer.arm(Math.ceil(dueUs / rate)), disarm: () => timer.disarm() };
    },
  };
}

function bench(faults: TimeServerFault[] = [{}], { ppm = 0, latencyUs = 20_000 } = {}) {
  const kernel = new Kernel();
  const random = new RandomBranch(7);
  const network = new Network(kernel, random.branch("network"), { latencyUs });
  const servers = faults.map((fault, i) => {
    const server = new TimeServer({
      UDP: network.host(`192.0.2.${10 + i}`).UDP,
      port: 123,
      kernel,
      epochMs: EPOCH_MS,
    });
    server.fault = fault;
    return server;
  });
  const steps: number[] = [];
  const logged: string[] = [];
  const clock = new SyncedClock(deviceClock(kernel, ppm), (offsetMs) => steps.push(offsetMs));
  const client = new SntpClient({
    UDP: network.host("192.0.2.7").UDP,
    servers: faults.map((_, i) => ({ address: `192.0.2.${10 + i}`, port: 123 })),
    clock,
    random: random.branch("sntp"),
    log: { info: (text) => logged.push(text), warn: (text) => logged.push(text) },
    onSample: (sample) => clock.synchronise(sample),
  });
  const trueMs = () => EPOCH_MS + kernel.nowUs() / 1000;
  return { kernel, network, servers, client, clock, steps, logged, trueMs };
}

describe("a gateway without a wall clock", () => {
  it("knows the time a round trip after its start, and says how well", () => {
    const { kernel, client, clock, trueMs, steps } = bench();
    expect([clock.wallMs(), clock.wallQuality()]).toEqual([Number.NaN, TimeQuality.none]);
    client.start();
    kernel.runUntil(50_000);
    expect(Math.abs(clock.wallMs() - trueMs())).toBeLessThan(1);
    expect(clock.wallQuality()).toBe(TimeQuality.sntp);
    expect(clock.uncertaintyMs).toBeLessThan(40);
    expect(steps).toEqual([Number.NaN]);
  });

  it("trusts several servers that agree more than one", () => {
    const { kernel, client, clock } = bench([{}, { offsetMs: 8 }, {}]);
    client.start();
    kernel.runUntil(SECOND);
    expect(clock.wallQuality()).toBe(TimeQuality.sntpAgreed);
  });

  it("follows two servers that agree, not a third that lies", () => {
    const { kernel, client, clock, trueMs } = bench([{ offsetMs: 3_600_000 }, {}, { offsetMs: 2 }]);
    client.start();
    kernel.runUntil(SECOND);
    expect(Math.abs(clock.wallMs() - trueMs())).toBeLessThan(10);
    expect(clock.wallQuality()).toBe(TimeQuality.sntpAgreed);
  });

  it("believes none of two that contradict each other", () => {
    const { kernel, client, clock } = bench([{ offsetMs: 3_600_000 }, {}]);
    client.start();
    kernel.runUntil(2 * SECOND);
    expect([clock.synchronised, client.disagreements]).toEqual([false, 1]);
  });

  it.each<[string, TimeServerFault, keyof typeof ReplyFault]>([
    ["is not synchronised itself", { unsynchronised: true }, "unsynchronised"],
    ["is of stratum 16", { stratum: 16 }, "stratum"],
    ["answers without having seen the question", { blind: true }, "origin"],
    ["is far from its reference", { rootDispersionMs: 1_200 }, "distance"],
    ["sends a kiss code that nobody knows", { kiss: "XXXX" }, "stratum"],
  ])("does not believe a server that %s", (_what, fault, name) => {
    const { kernel, client, clock } = bench([fault]);
    client.start();
    kernel.runUntil(2 * SECOND);
    expect(clock.synchronised).toBe(false);
    expect(client.replies[ReplyFault[name]]).toBe(1);
  });

  it("does not believe a reply that took longer than a second", () => {
    const { kernel, client, clock } = bench([{}], { latencyUs: 600_000 });
    client.start();
    kernel.runUntil(3 * SECOND);
    expect(clock.synchronised).toBe(false);
  });
});

describe("when it asks", () => {
  it("doubles the wait between rounds that succeed, from a minute to 17, each up to an eighth late", () => {
    const { kernel, client, servers } = bench();
    const asked: number[] = [];
    client.start();
    for (let second = 1; second < 9000; second++) {
      const before = servers[0].requests;
      kernel.runUntil(second * SECOND);
      if (servers[0].requests > before) asked.push(second);
    }
    const waits = asked.slice(1).map((second, i) => second - asked[i]);
    [64, 128, 256, 512, 1024, 1024].forEach((wait, i) => {
      expect(waits[i]).toBeGreaterThanOrEqual(wait - 1);
      expect(waits[i]).toBeLessThanOrEqual(wait * 1.125 + 2);
    });
  });

  it("asks again after 15 s when nobody answers, and not in step with a fleet", () => {
    const { kernel, client, servers, clock } = bench([{ silent: true }]);
    client.start();
    kernel.runUntil(15 * SECOND);
    expect([servers[0].requests, client.state]).toEqual([1, SntpState.waiting]);
    kernel.runUntil(19 * SECOND);
    expect(servers[0].requests).toBe(2);
    servers[0].fault = {};
    kernel.runUntil(60 * SECOND);
    expect(clock.synchronised).toBe(true);
  });

  it("obeys kiss codes: RATE doubles the wait, DENY ends the asking", () => {
    const slow = bench([{ kiss: "RATE" }]);
    slow.client.start();
    slow.kernel.runUntil(29 * SECOND);
    expect(slow.servers[0].requests).toBe(1);
    slow.kernel.runUntil(40 * SECOND);
    expect(slow.servers[0].requests).toBe(2);
    const denied = bench([{ kiss: "DENY" }, { kiss: "RSTR" }]);
    denied.client.start();
    denied.kernel.runUntil(60 * MINUTE);
    expect(denied.servers.map(({ requests }) => requests)).toEqual([1, 1]);
    expect(denied.logged).toHaveLength(2);
  });

  it("goes on with the servers that want to be asked", () => {
    const { kernel, client, servers, clock } = bench([{ kiss: "DENY" }, {}]);
    client.start();
    kernel.runUntil(5 * MINUTE);
    expect(servers.map(({ requests }) => requests)).toEqual([1, 3]);
    expect(clock.synchronised).toBe(true);
  });

  it("sends nothing more when closed", () => {
    const { kernel, client, servers } = bench();
    client.start();
    client.close();
    kernel.runUntil(60 * MINUTE);
    expect([servers[0].requests, client.state]).toEqual([1, SntpState.closed]);
  });

  it("survives a network without packets", () => {
    const kernel = new Kernel();
    const logged: string[] = [];
    const client = new SntpClient({
      UDP: class {
        constructor() {
          throw new Error("no network");
        }
      } as never,
      servers: [{ address: "192.0.2.1", port: 123 }],
      clock: new WorldClock(kernel),
      random: new RandomBranch(1),
      log: { info: () => {}, warn: (text) => logged.push(text) },
      onSample: () => {},
    });
    client.start();
    kernel.runUntil(40 * SECOND);
    expect(logged).toEqual(["time server 192.0.2.1: no network", "time server 192.0.2.1: no network"]);
  });
});

describe("the clock", () => {
  const sample = (atUs: number, utcMs: number, uncertaintyMs = 10): TimeSample => ({
    atUs,
    utcMs,
    uncertaintyMs,
    agreed: false,
  });

  it("is slewed for what is less than a second, and never runs backwards", () => {
    const kernel = new Kernel();
    const clock = new SyncedClock(deviceClock(kernel), () => {});
    clock.synchronise(sample(0, EPOCH_MS));
    kernel.runUntil(10 * SECOND);
    clock.synchronise(sample(kernel.nowUs(), EPOCH_MS + 10_000 - 400));
    let last = 0;
    for (let second = 10; second < 1200; second += 10) {
      kernel.runUntil(second * SECOND);
      expect(clock.wallMs()).toBeGreaterThan(last);
      last = clock.wallMs();
    }
    // 400 ms at 500 ppm take 800 s.
    expect(clock.wallMs()).toBeCloseTo(EPOCH_MS - 400 + kernel.nowUs() / 1000, 3);
  });

  it("is stepped for more, and says so with the offset", () => {
    const kernel = new Kernel();
    const steps: number[] = [];
    const clock = new SyncedClock(deviceClock(kernel), (offsetMs) => steps.push(offsetMs));
    clock.synchronise(sample(0, EPOCH_MS));
    kernel.runUntil(10 * SECOND);
    clock.synchronise(sample(kernel.nowUs(), EPOCH_MS + 10_000 + 5_000));
    expect(steps).toEqual([Number.NaN, 5_000]);
    expect(clock.wallMs()).toBe(EPOCH_MS + 15_000);
  });

  it("learns how far its crystal is off, and holds the time without servers", () => {
    const { kernel, client, clock, servers, trueMs } = bench([{}, {}], { ppm: 40 });
    client.start();
    kernel.runUntil(6 * 60 * MINUTE);
    expect(clock.driftPpm).toBeLessThan(-35);
    expect(clock.driftPpm).toBeGreaterThan(-45);
    for (const server of servers) server.fault = { silent: true };
    kernel.runUntil(7 * 60 * MINUTE);
    expect(Math.abs(clock.wallMs() - trueMs())).toBeLessThan(20);
  });

  it("says that its time is an estimate when nobody has confirmed it for hours", () => {
    const { kernel, client, clock, servers } = bench();
    client.start();
    kernel.runUntil(SECOND);
    servers[0].fault = { silent: true };
    kernel.runUntil(2 * 60 * MINUTE);
    expect(clock.wallQuality()).toBe(TimeQuality.sntp);
    kernel.runUntil(5 * 60 * MINUTE);
    expect(clock.wallQuality()).toBe(TimeQuality.estimated);
  });
});

describe("a reply", () => {
  const HIGH = 0x12345678;
  const LOW = 0x9abcdef0;
  const good = () => {
    const bytes = new Uint8Array(PACKET_BYTES);
    const view = new DataView(bytes.buffer);
    bytes[0] = 0x24;
    bytes[1] = 1;
    view.setUint32(24, HIGH);
    view.setUint32(28, LOW);
    for (const at of [32, 40]) view.setUint32(at, 0xef00_0000);
    return { bytes, view };
  };

  it("of NTP's era 1 is of after February 2036", () => {
    const { view } = good();
    const reply = new NtpReply();
    for (const at of [32, 40]) view.setUint32(at, 10);
    readReply(view, PACKET_BYTES, 0, 10, HIGH, LOW, reply);
    expect([reply.fault, new Date(reply.utcMs).toISOString()]).toEqual([ReplyFault.none, "2036-02-07T06:28:26.000Z"]);
  });

  it("whose times contradict each other is refused", () => {
    const { view } = good();
    const reply = new NtpReply();
    view.setUint32(32, 0xef00_0001);
    readReply(view, PACKET_BYTES, 0, 10, HIGH, LOW, reply);
    expect(reply.fault).toBe(ReplyFault.times);
    const { view: held } = good();
    held.setUint32(40, 0xef00_0005);
    readReply(held, PACKET_BYTES, 0, 10, HIGH, LOW, reply);
    expect(reply.fault).toBe(ReplyFault.times);
  });

  it("is judged without an exception whatever its bytes, and is never believed without our random bits", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const reply = new NtpReply();
        readReply(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), bytes.length, 0, 20, HIGH, LOW, reply);
        expect(reply.fault).not.toBe(ReplyFault.none);
      }),
      { numRuns: 2000 },
    );
  });

  it("answers a request that says nothing of the client but version 4 and 64 random bits", () => {
    const bytes = new Uint8Array(PACKET_BYTES).fill(9);
    writeRequest(bytes, new DataView(bytes.buffer), HIGH, LOW);
    expect(Buffer.from(bytes).toString("hex")).toBe(`23${"00".repeat(39)}123456789abcdef0`);
  });
});
