/** The TCP client against a server that does what it is told, over a network in virtual time. */
import { describe, expect, it } from "vitest";
import type { TCP } from "../../hal/io";
import { WorldClock } from "../../host-sim/world/clock";
import { Kernel } from "../../host-sim/world/kernel";
import { Network } from "../../host-sim/world/network";
import { RandomBranch } from "../../host-sim/world/random";
import { ReadOutcome, ReadRequest } from "./read-request";
import { openTcpLane, type TcpLaneOptions } from "./tcp-client";

const SECOND_US = 1_000_000;
const PANEL = "192.0.2.20";
const PORT = 502;

type Answer = (frame: Uint8Array, socket: TCP) => void;

function site(answer: Answer, options: Partial<TcpLaneOptions> = {}) {
  const kernel = new Kernel();
  const random = new RandomBranch(4);
  const network = new Network(kernel, random.branch("network"), { latencyUs: 2_000 });
  const host = network.host(PANEL);
  const sockets: TCP[] = [];
  const received: Uint8Array[] = [];
  const server = { answer, sockets, received };
  const listen = () =>
    new host.Listener({
      port: PORT,
      onReadable(count) {
        for (let i = 0; i < count; i++) {
          const from = this.read();
          if (from === undefined) continue;
          const socket: TCP = new host.TCP({
            from,
            onReadable() {
              const frame = new Uint8Array(this.read() as ArrayBuffer);
              received.push(frame);
              server.answer(frame, this);
            },
          });
          sockets.push(socket);
        }
      },
    });
  const log: string[] = [];
  const lane = openTcpLane({
    io: network.host("192.0.2.7").TCP,
    address: PANEL,
    clock: new WorldClock(kernel, 0),
    random,
    log: { info: (text) => log.push(text), warn: (text) => log.push(text) },
    responseTimeoutMs: 500,
    ...options,
  });
  return { kernel, network, server, listen, lane, log };
}

function request(): ReadRequest {
  return new ReadRequest({ unit: 9, functionCode: 3, address: 100, count: 2 });
}

/** The answer to a request frame: registers that are the request's address and the one after. */
function registers(frame: Uint8Array): number[] {
  const address = (frame[8] << 8) | frame[9];
  return [
    frame[0],
    frame[1],
    0,
    0,
    0,
    7,
    frame[6],
    3,
    4,
    address >> 8,
    address & 255,
    (address + 1) >> 8,
    (address + 1) & 255,
  ];
}

function changed(frame: number[], place: number, value: number): number[] {
  return frame.map((byte, i) => (i === place ? value : byte));
}

const polite: Answer = (frame, socket) => void socket.write(Uint8Array.from(registers(frame)));

function ask({ kernel, lane }: Pick<ReturnType<typeof site>, "kernel" | "lane">, seconds = 5): ReadRequest {
  const read = request();
  expect(lane.submit(read)).toBe(true);
  kernel.runUntil(kernel.nowUs() + seconds * SECOND_US);
  return read;
}

describe("a lane over TCP", () => {
  it("sends the frame of the standard and reads the answer", () => {
    const one = site(polite);
    one.listen();
    const read = ask(one);
    expect([...one.server.received[0]]).toEqual([0, 1, 0, 0, 0, 6, 9, 3, 0, 100, 0, 2]);
    expect(read.outcome).toBe(ReadOutcome.done);
    expect([...read.words]).toEqual([100, 101]);
  });

  it("keeps one connection for many requests and numbers them", () => {
    const one = site(polite);
    one.listen();
    for (let i = 0; i < 3; i++) ask(one);
    expect(one.lane.connects).toBe(1);
    expect(one.server.received.map((frame) => frame[1])).toEqual([1, 2, 3]);
  });

  it("takes answers in any pieces, and two in one", () => {
    const one = site((frame, socket) => {
      const stranger = changed(registers(frame), 1, 77);
      for (const byte of [...stranger, ...registers(frame)]) socket.write(Uint8Array.of(byte));
    });
    one.listen();
    expect(ask(one).outcome).toBe(ReadOutcome.done);
    expect(one.lane.strangers).toBe(1);
  });

  it("drops answers to other transactions, other units and other functions", () => {
    for (const [place, value] of [
      [1, 9],
      [6, 10],
      [7, 4],
    ] as const) {
      const one = site((frame, socket) => void socket.write(Uint8Array.from(changed(registers(frame), place, value))), {
        retries: 0,
      });
      one.listen();
      expect(ask(one).outcome).toBe(ReadOutcome.timeout);
      expect(one.lane.strangers).toBe(1);
    }
  });

  it("hangs up on a stream that is no Modbus TCP, and starts anew", () => {
    const one = site((_frame, socket) => void socket.write(new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n")));
    one.listen();
    expect(ask(one).outcome).not.toBe(ReadOutcome.done);
    one.server.answer = polite;
    expect(ask(one, 10).outcome).toBe(ReadOutcome.done);
    expect(one.log.filter((line) => line.includes("not Modbus TCP"))).toHaveLength(1);
  });

  it("says once that nobody listens, retries with growing pauses, and comes back", () => {
    const one = site(polite);
    const outcomes: ReadOutcome[] = [];
    for (let i = 0; i < 120; i++) outcomes.push(ask(one, 1).outcome);
    expect(new Set(outcomes)).toEqual(new Set([ReadOutcome.unreachable]));
    expect(one.log).toHaveLength(1);
    one.listen();
    for (let i = 0; i < 90; i++) outcomes.push(ask(one, 1).outcome);
    expect(outcomes.at(-1)).toBe(ReadOutcome.done);
    // The next outage is news again, and its pauses are short again.
    one.server.sockets.at(-1)!.close();
    ask(one, 1);
    expect(one.log).toHaveLength(2);
    expect(ask(one, 3).outcome).toBe(ReadOutcome.done);
  });

  it("does not spin when an owner submits again from inside onDone while nobody can be reached", () => {
    const one = site(polite);
    const read = request();
    let done = 0;
    read.whenDone = () => {
      done++;
      one.lane.submit(read);
    };
    one.lane.submit(read);
    one.kernel.runUntil(10 * SECOND_US);
    expect(done).toBeGreaterThan(10);
    expect(done).toBeLessThan(10_000);
    one.listen();
    one.kernel.runUntil(30 * SECOND_US);
    expect(read.words[0]).toBe(100);
  });

  it("doubts a connection on which eight answers in a row are missing", () => {
    const one = site(() => {});
    one.listen();
    for (let i = 0; i < 2; i++) expect(ask(one).outcome).toBe(ReadOutcome.timeout);
    expect(one.lane.counters.timeouts).toBe(6);
    expect(one.lane.connects).toBe(1);
    for (let i = 0; i < 6; i++) ask(one);
    expect(one.lane.connects).toBe(2);
    one.server.answer = polite;
    for (let i = 0; i < 3; i++) ask(one);
    expect(ask(one).outcome).toBe(ReadOutcome.done);
  });

  it("keeps the connection for the neighbours of a silent unit", () => {
    const one = site((frame, socket) => {
      if (frame[6] !== 9) polite(frame, socket);
    });
    one.listen();
    const neighbour = new ReadRequest({ unit: 10, functionCode: 3, address: 7, count: 2 });
    for (let i = 0; i < 20; i++) {
      one.lane.submit(neighbour);
      ask(one);
      expect(neighbour.outcome).toBe(ReadOutcome.done);
    }
    expect(one.lane.connects).toBe(1);
  });

  it("sends a request once that its owner submits from inside onDone", () => {
    const one = site(polite);
    one.listen();
    const [first, second] = [request(), request()];
    first.whenDone = () => one.lane.submit(second);
    one.lane.submit(first);
    one.kernel.runUntil(5 * SECOND_US);
    expect(second.outcome).toBe(ReadOutcome.done);
    expect(one.server.received.map((frame) => frame.length)).toEqual([12, 12]);
    expect(one.lane.strangers).toBe(0);
  });

  it("recovers from a connection that the peer closes under a request", () => {
    const one = site((_frame, socket) => socket.close());
    one.listen();
    expect(ask(one).outcome).not.toBe(ReadOutcome.pending);
    one.server.answer = polite;
    ask(one, 5);
    expect(ask(one, 5).outcome).toBe(ReadOutcome.done);
  });

  it("reports an exception as an answer", () => {
    const one = site((frame, socket) => void socket.write(Uint8Array.of(frame[0], frame[1], 0, 0, 0, 3, 9, 0x83, 2)));
    one.listen();
    const read = ask(one);
    expect([read.outcome, read.exceptionCode]).toEqual([ReadOutcome.exception, 2]);
  });

  it("ends what waits when it is closed", () => {
    const one = site(polite);
    const read = request();
    one.lane.submit(read);
    one.lane.close();
    one.lane.close();
    expect(read.outcome).toBe(ReadOutcome.closed);
    expect(one.lane.submit(request())).toBe(false);
  });
});
