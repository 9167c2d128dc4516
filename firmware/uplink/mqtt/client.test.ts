import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Listener, TCP } from "../../../hal/io";
import { LaneId } from "../outbox/lane";
import { Bench, BROKER, intervals, PORT, SECOND_US } from "./bench.test-suite";
import { ALARM_RESERVE, ClientState, WINDOW } from "./client";

/** A peer that does what a test says, at BROKER. */
function scriptedPeer(bench: Bench, onReadable: (socket: TCP, bytes: Uint8Array) => void): { sockets: TCP[] } {
  const peer = { sockets: [] as TCP[] };
  const host = bench.network.host(BROKER);
  new host.Listener({
    port: PORT,
    onReadable(this: Listener) {
      const from = this.read();
      if (from === undefined) return;
      const socket: TCP = new host.TCP({
        from,
        onReadable(bytes) {
          onReadable(socket, new Uint8Array(socket.read(bytes) as ArrayBuffer));
        },
        onError() {
          socket.close();
        },
      });
      peer.sockets.push(socket);
    },
  });
  return peer;
}

describe("MqttClient", () => {
  it("delivers in order, alarms before documents before telemetry, and frees what was acknowledged", () => {
    const bench = new Bench();
    for (let i = 0; i < 30; i++) bench.push(LaneId.telemetry);
    const document = bench.push(LaneId.document);
    const alarm = bench.push(LaneId.alarm);
    bench.client.start();
    bench.run(5);
    expect(bench.arrivals.map(({ seq }) => seq)).toEqual([alarm, document, ...Array.from({ length: 30 }, (_, i) => i)]);
    expect(bench.arrivals.map(({ retain }) => retain).filter(Boolean).length).toBe(1);
    expect(bench.acknowledged.length).toBe(32);
    expect(bench.outbox.length).toBe(0);
    expect(bench.client.counters).toMatchObject({ connects: 1, sent: 32, acknowledged: 32, retransmitted: 0 });
    expect(bench.log).toEqual([]);
  });

  it("keeps a window of sixteen, and lets an alarm pass a window that is full of telemetry", () => {
    const bench = new Bench();
    bench.broker!.acknowledgeDelayUs = 5 * SECOND_US;
    for (let i = 0; i < 100; i++) bench.push(LaneId.telemetry);
    bench.client.start();
    bench.run(1);
    expect(bench.arrivals.length).toBe(WINDOW - ALARM_RESERVE);
    const alarm = bench.push(LaneId.alarm);
    bench.run(0.1);
    expect(bench.arrivals.at(-1)?.seq).toBe(alarm);
    for (let i = 0; i < 100; i++) bench.push(LaneId.alarm);
    bench.run(0.1);
    expect(bench.client.inFlight).toBe(WINDOW);
  });

  it("never writes more than the socket takes, whatever the size of message and buffer", () => {
    for (const bufferBytes of [16, 100, 1500]) {
      const bench = new Bench({ network: { bufferBytes, segmentBytes: 64 } });
      bench.client.start();
      for (const length of [4, 60, 1000, 4000]) bench.push(LaneId.telemetry, length);
      bench.run(60);
      expect(bench.arrivals.map(({ bytes }) => bytes)).toEqual([4, 60, 1000, 4000]);
      expect(bench.overruns).toBe(0);
    }
  });

  it("connects anew when a full store lets a message go of which a part was sent, and goes on with the next", () => {
    const bench = new Bench({ network: { bufferBytes: 256, bytesPerSecond: 500 }, telemetryBytes: 4000 });
    bench.client.start();
    bench.run(2);
    for (const length of [3000, 3500]) {
      bench.push(LaneId.telemetry, length);
      bench.run(2);
    }
    bench.run(60);
    expect(bench.log.join()).toContain("a message was let go while it was on its way");
    expect(bench.arrivals.filter(({ topic }) => topic === "telemetry").map(({ bytes }) => bytes)).toEqual([3500]);
    expect(bench.outbox.lane(LaneId.telemetry).droppedMessages).toBe(1);
    expect([bench.outbox.length, bench.overruns]).toEqual([0, 0]);
  });

  it("without a broker tries again with a growing random pause, says so once, and says when it is back", () => {
    const bench = new Bench();
    bench.broker!.down();
    bench.client.start();
    bench.push(LaneId.telemetry);
    bench.run(3600);
    const pauses = intervals(bench.attemptsUs);
    pauses.forEach((pause, n) => {
      expect(pause).toBeLessThanOrEqual(Math.min(300, 2 ** n) + 0.1);
    });
    expect(pauses.length).toBeGreaterThan(12);
    expect(Math.max(...pauses)).toBeGreaterThan(60);
    expect(bench.log.length).toBe(1);
    expect(bench.log[0]).toContain("refuses");
    bench.broker!.up();
    bench.run(301);
    expect(bench.log.length).toBe(2);
    expect(bench.log[1]).toMatch(/answers again after \d+ attempts/);
    expect(bench.arrivals.length).toBe(1);
  });

  it("does not sleep longer than 30 s while an alarm waits, also when it comes up in a longer pause", () => {
    const bench = new Bench({ seed: 5 });
    bench.broker!.down();
    bench.client.start();
    bench.run(7200);
    const before = bench.attemptsUs.length;
    bench.push(LaneId.alarm);
    bench.run(1800);
    const since = bench.attemptsUs.slice(before);
    expect(Math.max(...intervals(since))).toBeLessThanOrEqual(30.1);
    expect(since[0] - 7200 * SECOND_US).toBeLessThanOrEqual(30.1 * SECOND_US);
  });

  it("begins its back-off anew after a connection that stood for a minute", () => {
    const bench = new Bench();
    bench.broker!.down();
    bench.client.start();
    bench.run(3600);
    bench.broker!.up();
    bench.run(400);
    expect(bench.client.state).toBe(ClientState.online);
    bench.broker!.down();
    const lostUs = bench.kernel.nowUs();
    bench.run(3);
    bench.broker!.up();
    bench.run(16);
    expect(bench.client.state).toBe(ClientState.online);
    expect(bench.attemptsUs.filter((atUs) => atUs > lostUs)[0] - lostUs).toBeLessThanOrEqual(1.1 * SECOND_US);
  });

  it("after a loss with the session kept sends the same packets again with DUP, in their order, and nothing twice else", () => {
    const bench = new Bench();
    bench.broker!.acknowledgeDelayUs = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 20; i++) bench.push(LaneId.telemetry);
    bench.client.start();
    bench.run(1);
    bench.broker!.down();
    bench.broker!.acknowledgeDelayUs = 0;
    bench.broker!.up();
    bench.run(10);
    expect(bench.online).toEqual([false, true]);
    const sent = WINDOW - ALARM_RESERVE;
    expect(bench.broker!.counters.duplicates).toBe(sent);
    expect(bench.client.counters.retransmitted).toBe(sent);
    expect(bench.arrivals.map(({ seq }) => seq)).toEqual([
      ...Array.from({ length: sent }, (_, i) => i),
      ...Array.from({ length: 20 }, (_, i) => i),
    ]);
    expect(bench.outbox.length).toBe(0);
  });

  it("after a loss with the session forgotten publishes what is unacknowledged as new", () => {
    const bench = new Bench();
    bench.broker!.acknowledgeDelayUs = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 5; i++) bench.push(LaneId.telemetry);
    bench.client.start();
    bench.run(1);
    bench.broker!.down(true);
    bench.broker!.acknowledgeDelayUs = 0;
    bench.broker!.up();
    bench.run(10);
    expect(bench.online).toEqual([false, false]);
    expect(bench.broker!.counters.duplicates).toBe(0);
    expect(bench.arrivals.map(({ seq }) => seq)).toEqual([0, 1, 2, 3, 4, 0, 1, 2, 3, 4]);
    expect(bench.outbox.length).toBe(0);
  });

  it("never retransmits on a live connection; without a PUBACK for 20 s it connects anew", () => {
    const bench = new Bench();
    bench.broker!.acknowledgeDelayUs = Number.POSITIVE_INFINITY;
    bench.client.start();
    bench.run(1);
    bench.push(LaneId.telemetry);
    bench.run(19.9);
    expect(bench.arrivals.length).toBe(1);
    expect(bench.client.counters.connects).toBe(1);
    bench.run(5);
    expect(bench.client.counters.connects).toBe(2);
    expect(bench.broker!.counters.duplicates).toBe(1);
    expect(bench.log[0]).toContain("not acknowledged");
  });

  it("stays connected when idle, by PINGREQ within the keep-alive", () => {
    const bench = new Bench({ keepAliveMs: 30_000 });
    bench.client.start();
    bench.run(600);
    expect(bench.client.counters.connects).toBe(1);
    expect(bench.client.state).toBe(ClientState.online);
    expect(bench.log).toEqual([]);
  });

  it("notices a half-open connection by the missing PINGRESP", () => {
    const bench = new Bench({ keepAliveMs: 30_000 });
    bench.client.start();
    bench.run(5);
    bench.brokerHost.powerOff();
    bench.run(40);
    expect(bench.client.state).not.toBe(ClientState.online);
    expect(bench.log.length).toBe(1);
  });

  it("without a keep-alive does not ping, and still watches acknowledgements", () => {
    const bench = new Bench({ keepAliveMs: 0 });
    bench.client.start();
    bench.run(3600);
    expect(bench.client.counters.connects).toBe(1);
    expect(bench.kernel.executed).toBeLessThan(1000);
    bench.network.down = true;
    bench.push(LaneId.telemetry);
    bench.run(21);
    expect(bench.client.state).not.toBe(ClientState.online);
  });

  it("leaves connecting and handshake after 10 s each", () => {
    const silent = new Bench({ withoutBroker: true });
    scriptedPeer(silent, () => {});
    silent.client.start();
    silent.run(1);
    expect(silent.client.state).toBe(ClientState.handshake);
    silent.run(9.5);
    expect(silent.client.state).not.toBe(ClientState.handshake);
    expect(silent.log[0]).toContain("no answer within 10 s");

    const nobody = new Bench({ network: { connectTimeoutUs: 3600 * SECOND_US } });
    nobody.network.down = true;
    nobody.client.start();
    nobody.run(9.9);
    expect(nobody.client.state).toBe(ClientState.connecting);
    nobody.run(0.2);
    expect(nobody.client.counters.failedAttempts).toBe(1);
  });

  it("gives the broker's reason for a refusal, counts it and tries again", () => {
    const bench = new Bench({ withoutBroker: true });
    scriptedPeer(bench, (socket) => socket.write(Uint8Array.of(0x20, 2, 0, 3)));
    bench.client.start();
    bench.run(60);
    expect(bench.client.counters.refused).toBeGreaterThan(3);
    expect(bench.log.length).toBe(1);
    expect(bench.log[0]).toContain("it is not available");
  });

  it("does not knock at a door that stays shut: refused for what it is, it waits for minutes", () => {
    const bench = new Bench({ withoutBroker: true });
    scriptedPeer(bench, (socket) => socket.write(Uint8Array.of(0x20, 2, 0, 5)));
    bench.client.start();
    bench.run(3600);
    expect(Math.min(...intervals(bench.attemptsUs))).toBeGreaterThanOrEqual(150);
    expect(bench.client.counters.refused).toBeGreaterThan(10);
    expect(bench.log[0]).toContain("this client is not allowed");
  });

  it("says goodbye: its state, then DISCONNECT", () => {
    const bench = new Bench();
    bench.client.start();
    bench.run(1);
    bench.client.close();
    bench.run(1);
    expect(bench.arrivals).toMatchObject([{ topic: "state", bytes: 7, retain: true }]);
    expect(bench.broker!.counters.protocolErrors).toBe(0);
    expect(bench.client.state).toBe(ClientState.closed);
    bench.client.close();
    bench.run(600);
    expect(bench.attemptsUs.length).toBe(1);
  });

  it("can be closed in any state", () => {
    for (const seconds of [0, 0.006, 0.011, 0.016, 0.5]) {
      const bench = new Bench();
      bench.client.start();
      bench.run(seconds);
      bench.client.close();
      bench.run(100);
      expect(bench.client.state).toBe(ClientState.closed);
    }
  });

  it("survives a peer that sends anything at any moment", () => {
    const CONNACK = [0x20, 2, 0, 0];
    const bytes = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 200 }),
      fc.constantFrom(
        [0x40, 2, 0, 1],
        [0x40, 2, 0xff, 0xff],
        [0xd0, 0],
        [0x90, 3, 0, 1, 0],
        CONNACK,
        [0x30, 3, 0, 1, 97],
      ),
    );
    fc.assert(
      fc.property(fc.array(bytes, { minLength: 1, maxLength: 6 }), fc.boolean(), fc.nat(), (chunks, greets, seed) => {
        const bench = new Bench({ withoutBroker: true, seed });
        let next = 0;
        scriptedPeer(bench, (socket) => {
          try {
            if (greets && next === 0) socket.write(Uint8Array.from(CONNACK));
            socket.write(Uint8Array.from(chunks[next++ % chunks.length]));
          } catch {
            // The client hung up.
          }
        });
        bench.client.start();
        for (let i = 0; i < 5; i++) {
          bench.push(LaneId.telemetry);
          bench.run(7);
        }
        expect(bench.outbox.length + bench.acknowledged.length).toBe(5);
        expect(bench.overruns).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  it("loses nothing and keeps the order through any sequence of outages that the store can hold", () => {
    const fault = fc.record({
      kind: fc.constantFrom("down", "forget", "partition", "reset", "mute", "slow"),
      afterS: fc.integer({ min: 1, max: 200 }).map((tenths) => tenths / 10),
      forS: fc.integer({ min: 1, max: 600 }).map((tenths) => tenths / 10),
    });
    fc.assert(
      fc.property(fc.array(fault, { maxLength: 6 }), fc.nat(), (faults, seed) => {
        const bench = new Bench({ seed, network: { jitterUs: 20_000 } });
        const broker = bench.broker!;
        bench.client.start();
        let telemetry = 0;
        const live = (seconds: number) => {
          for (let i = 0; i < seconds; i++) {
            bench.push(LaneId.telemetry);
            telemetry++;
            if (i % 7 === 3) bench.push(LaneId.alarm);
            bench.run(1);
          }
        };
        for (const { kind, afterS, forS } of faults) {
          live(afterS);
          if (kind === "down") broker.down();
          if (kind === "forget") broker.down(true);
          if (kind === "partition") bench.network.down = true;
          if (kind === "reset") bench.brokerHost.resetConnections();
          if (kind === "mute") broker.acknowledgeDelayUs = Number.POSITIVE_INFINITY;
          if (kind === "slow") broker.acknowledgeDelayUs = 2 * SECOND_US;
          live(forS);
          broker.acknowledgeDelayUs = 0;
          bench.network.down = false;
          broker.up();
        }
        live(3);
        bench.run(400);
        expect(bench.outbox.length).toBe(0);
        expect(bench.outbox.droppedMessages).toBe(0);
        expect(bench.firsts("telemetry").length).toBe(telemetry);
        for (const topic of ["telemetry", "alarm"])
          expect(bench.firsts(topic)).toEqual([...bench.firsts(topic)].sort((a, b) => a - b));
        expect(new Set(bench.acknowledged).size).toBe(bench.acknowledged.length);
        expect(bench.overruns).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it("counts what a store that is too small had to let go: arrived, dropped and nothing else", () => {
    const bench = new Bench({ telemetryBytes: 400 });
    bench.client.start();
    bench.run(1);
    bench.broker!.down();
    for (let i = 0; i < 50; i++) {
      bench.push(LaneId.telemetry);
      bench.run(1);
    }
    bench.broker!.up();
    bench.run(100);
    const lane = bench.outbox.lane(LaneId.telemetry);
    expect(lane.droppedMessages).toBeGreaterThan(30);
    expect(bench.firsts("telemetry").length + lane.droppedMessages).toBe(50);
    expect(bench.firsts("telemetry").at(-1)).toBe(49);
    expect(lane.takeGap()).toMatchObject({ fromBoot: 1, fromSeq: 0, messages: lane.droppedMessages });
  });
});
