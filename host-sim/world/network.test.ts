import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TCP, TCPOptions } from "../../hal/io";
import { tcpSuite } from "../../hal/tcp.test-suite";
import { udpSuite } from "../../hal/udp.test-suite";
import { Kernel } from "./kernel";
import { Network, type NetworkOptions } from "./network";
import { RandomBranch } from "./random";
import { virtualTime } from "./virtual-time.test-suite";

const GATEWAY = "192.0.2.7";
const BROKER = "192.0.2.10";
const PORT = 1883;

/** The suites connect a host to itself through the whole model. */
function suiteHarness(options: NetworkOptions) {
  const kernel = new Kernel();
  const host = new Network(kernel, new RandomBranch(1), options).host(BROKER);
  return {
    ...virtualTime(kernel),
    TCP: host.TCP,
    Listener: host.Listener,
    UDP: host.UDP,
    address: BROKER,
    deadPort: 9,
    ports: [4000, 4001] as const,
  };
}

tcpSuite("the world", () => suiteHarness({ latencyUs: 5000 }));
tcpSuite("the world, with jitter and segments of 7 bytes", () =>
  suiteHarness({ latencyUs: 300, jitterUs: 2000, segmentBytes: 7, bytesPerSecond: 12_500_000 }),
);
tcpSuite("the world, without any latency", () => suiteHarness({ latencyUs: 0 }));
udpSuite("the world", () => suiteHarness({ latencyUs: 5000 }));

type Log = { readonly events: string[]; readonly got: number[] };

/** A gateway and a broker that accepts. */
function world(options: Partial<NetworkOptions> = {}, seed = 1) {
  const kernel = new Kernel();
  const network = new Network(kernel, new RandomBranch(seed), { latencyUs: 10_000, ...options });
  const gateway = network.host(GATEWAY);
  const broker = network.host(BROKER);
  const logged = (log: Log): Pick<TCPOptions, "onReadable" | "onWritable" | "onError"> => ({
    onReadable(count) {
      log.events.push(`${kernel.nowUs()} readable ${count}`);
      log.got.push(...new Uint8Array(this.read() as ArrayBuffer));
    },
    onWritable: (count) => void log.events.push(`${kernel.nowUs()} writable ${count}`),
    onError: (error) => void log.events.push(`${kernel.nowUs()} ${(error as { code: string }).code}`),
  });
  const newLog = (): Log => ({ events: [], got: [] });
  const serverLog = newLog();
  let server: TCP | undefined;
  const listen = () =>
    new broker.Listener({
      port: PORT,
      onReadable() {
        server = new broker.TCP({ from: this.read()!, ...logged(serverLog) });
      },
    });
  const connect = () => {
    const log = newLog();
    return { log, tcp: new gateway.TCP({ address: BROKER, port: PORT, ...logged(log) }) };
  };
  return { kernel, network, gateway, broker, listen, connect, serverLog, server: () => server! };
}

describe("Network", () => {
  it("connects after a round trip and carries bytes after half of one", () => {
    const { kernel, listen, connect, serverLog } = world();
    listen();
    const { tcp, log } = connect();
    kernel.runUntil(100_000);
    expect(log.events).toEqual(["20000 writable 5760"]);
    tcp.write(new Uint8Array(125));
    kernel.runUntil(200_000);
    // 125 bytes take 100 µs of line at 10 Mbit/s, 10 ms of way; the acknowledgement as much.
    expect(serverLog.events.at(-1)).toBe("110100 readable 125");
    expect(log.events.at(-1)).toBe("120100 writable 5760");
  });

  it("cuts what is written into segments that arrive one by one", () => {
    const { kernel, listen, connect, serverLog } = world();
    listen();
    const { tcp } = connect();
    kernel.runUntil(100_000);
    tcp.write(new Uint8Array(3000));
    kernel.runUntil(200_000);
    const arrivals = serverLog.events.filter((event) => event.includes("readable"));
    expect(arrivals.map((event) => event.split(" ")[2])).toEqual(["1440", "1440", "120"]);
  });

  it("sends what is written in one go together", () => {
    const { kernel, listen, connect, serverLog, network } = world();
    listen();
    const { tcp } = connect();
    kernel.runUntil(100_000);
    for (let i = 0; i < 10; i++) tcp.write(Uint8Array.of(i));
    kernel.runUntil(200_000);
    expect(serverLog.got).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(network.counters.segments).toBe(1);
  });

  it("refuses after a round trip where nobody listens", () => {
    const { kernel, connect, network } = world();
    const { log } = connect();
    kernel.runUntil(1_000_000);
    expect(log.events).toEqual(["20000 refused"]);
    expect(network.counters).toMatchObject({ attempts: 1, refused: 1 });
    expect(network.connections).toBe(0);
  });

  it("times out after five seconds where there is no host", () => {
    const { kernel, gateway } = world();
    const errors: string[] = [];
    new gateway.TCP({
      address: "192.0.2.99",
      port: 1,
      onError: (error) => void errors.push(`${kernel.nowUs()} ${(error as { code: string }).code}`),
    });
    kernel.runUntil(60_000_000);
    expect(errors).toEqual(["5000000 timeout"]);
  });

  it("connects late when the host comes within the time-out", () => {
    const { kernel, network, listen, connect } = world();
    listen();
    network.down = true;
    const { log } = connect();
    kernel.runUntil(2_500_000);
    network.down = false;
    kernel.runUntil(4_000_000);
    expect(log.events).toHaveLength(1);
    expect(log.events[0]).toContain("writable");
  });

  it("times out when the answer is lost, and connects when it comes through again in time", () => {
    const { kernel, network, listen, connect } = world();
    listen();
    const { log } = connect();
    kernel.runUntil(15_000);
    network.down = true;
    kernel.runUntil(10_000_000);
    expect(log.events).toEqual(["5000000 timeout"]);
    network.down = false;
    const second = connect();
    kernel.runUntil(10_015_000);
    network.down = true;
    kernel.runUntil(12_500_000);
    network.down = false;
    kernel.runUntil(14_000_000);
    expect(second.log.events).toEqual(["13020000 writable 5760"]);
  });

  it("keeps an idle connection for ever", () => {
    const { kernel, listen, connect, serverLog } = world();
    listen();
    const { tcp, log } = connect();
    kernel.runUntil(100_000);
    tcp.write(Uint8Array.of(1));
    kernel.runUntil(86_400_000_000);
    tcp.write(Uint8Array.of(2));
    kernel.runUntil(86_401_000_000);
    expect(serverLog.got).toEqual([1, 2]);
    expect(log.events.every((event) => event.includes("writable"))).toBe(true);
  });

  it("tells a new owner of bytes that arrive in the instant of the take-over once, after onWritable", () => {
    const { kernel, broker, connect } = world();
    const listener = new broker.Listener({ port: PORT });
    const { tcp } = connect();
    const events: string[] = [];
    kernel.at(110_100, () => {
      new broker.TCP({
        from: listener.read()!,
        onWritable: () => void events.push("writable"),
        onReadable: (count) => void events.push(`readable ${count}`),
      });
    });
    kernel.runUntil(100_000);
    // Arrives at 110,100 µs, as the test above shows.
    tcp.write(new Uint8Array(125));
    kernel.runUntil(200_000);
    expect(events).toEqual(["writable", "readable 125"]);
  });

  it("stops a sender whose peer does not read, and goes on when it does", () => {
    const { kernel, broker, connect } = world();
    let raw: TCP | undefined;
    new broker.Listener({
      port: PORT,
      onReadable() {
        raw = this.read();
      },
    });
    const { tcp, log } = connect();
    kernel.runUntil(100_000);
    for (let i = 0; i < 50; i++) {
      tcp.write(new Uint8Array(tcp.write(new Uint8Array(0))));
      kernel.runUntil(kernel.nowUs() + 1_000_000);
    }
    // The send buffer and the peer's receive buffer are full; nothing else holds bytes, and nobody gave up.
    expect(tcp.write(new Uint8Array(0))).toBe(0);
    expect((raw!.read() as ArrayBuffer).byteLength).toBe(5760);
    kernel.runUntil(kernel.nowUs() + 1_000_000);
    expect(tcp.write(new Uint8Array(0))).toBe(5760);
    expect((raw!.read() as ArrayBuffer).byteLength).toBe(5760);
    expect(log.events.some((event) => event.includes("timeout"))).toBe(false);
  });

  it("stalls existing connections during a partition and loses nothing", () => {
    const { kernel, network, listen, connect, serverLog, server } = world();
    listen();
    const { tcp, log } = connect();
    kernel.runUntil(100_000);
    tcp.write(Uint8Array.of(1));
    kernel.runUntil(105_000);
    network.down = true;
    tcp.write(Uint8Array.of(2));
    server().write(Uint8Array.of(9));
    kernel.runUntil(30_000_000);
    expect([serverLog.got, log.got]).toEqual([[], []]);
    network.down = false;
    kernel.runUntil(60_000_000);
    expect([serverLog.got, log.got]).toEqual([[1, 2], [9]]);
    expect(log.events.concat(serverLog.events).filter((event) => event.includes("timeout"))).toEqual([]);
  });

  it("cuts off a single host", () => {
    const { kernel, broker, listen, connect } = world();
    listen();
    broker.linkDown = true;
    const { log } = connect();
    kernel.runUntil(10_000_000);
    expect(log.events).toEqual(["5000000 timeout"]);
    broker.linkDown = false;
    const second = connect();
    kernel.runUntil(20_000_000);
    expect(second.log.events[0]).toContain("writable");
  });

  it("breaks both ends on a reset", () => {
    const { kernel, broker, listen, connect, serverLog, network } = world();
    listen();
    const { log, tcp } = connect();
    kernel.runUntil(100_000);
    broker.resetConnections();
    expect(log.events).toHaveLength(1);
    kernel.runUntil(200_000);
    expect(log.events.at(-1)).toBe("100000 reset");
    expect(serverLog.events.at(-1)).toBe("100000 reset");
    expect(() => tcp.write(Uint8Array.of(1))).toThrow();
    expect(network.connections).toBe(0);
  });

  describe("a peer that vanishes", () => {
    it("leaves the connection half-open: writes succeed, nothing comes back, until it gives up", () => {
      const { kernel, broker, listen, connect, network, serverLog } = world();
      listen();
      const { log, tcp } = connect();
      kernel.runUntil(100_000);
      const told = serverLog.events.length;
      broker.powerOff();
      kernel.runUntil(60_000_000);
      expect(log.events).toHaveLength(1);
      expect(tcp.write(Uint8Array.of(1))).toBe(5759);
      kernel.runUntil(120_000_000);
      expect(log.events).toHaveLength(1);
      kernel.runUntil(181_000_000);
      expect(log.events.at(-1)).toBe("180000000 timeout");
      expect(serverLog.events).toHaveLength(told);
      expect(network.connections).toBe(0);
    });

    it("answers old connections with a reset when it is back, and new ones are refused until it listens", () => {
      const { kernel, broker, listen, connect } = world();
      listen();
      const { log, tcp } = connect();
      kernel.runUntil(100_000);
      broker.powerOff();
      tcp.write(Uint8Array.of(1));
      kernel.runUntil(10_000_000);
      broker.powerOn();
      kernel.runUntil(20_000_000);
      expect(log.events.at(-1)).toContain("reset");
      const second = connect();
      kernel.runUntil(30_000_000);
      expect(second.log.events.at(-1)).toContain("refused");
      listen();
      const third = connect();
      kernel.runUntil(40_000_000);
      expect(third.log.events.at(-1)).toContain("writable");
    });

    it("does nothing more with what its own program still writes", () => {
      const { kernel, broker, listen, connect, server } = world();
      listen();
      const { log } = connect();
      kernel.runUntil(100_000);
      broker.powerOff();
      server().write(Uint8Array.of(1));
      kernel.runUntil(200_000);
      broker.powerOn();
      kernel.runUntil(10_000_000);
      server().close();
      kernel.runUntil(20_000_000);
      expect(log.got).toEqual([]);
      expect(log.events).toHaveLength(1);
    });
  });

  it("lets both ends close at once with data under way", () => {
    const { kernel, listen, connect, server, network } = world();
    listen();
    const { tcp } = connect();
    kernel.runUntil(100_000);
    tcp.write(new Uint8Array(5000));
    server().write(new Uint8Array(5000));
    tcp.close();
    server().close();
    kernel.runUntil(10_000_000);
    expect(network.connections).toBe(0);
  });

  it("resets a peer that goes on sending to a closed end", () => {
    const { kernel, listen, connect, server, serverLog, network } = world();
    listen();
    const { tcp } = connect();
    kernel.runUntil(100_000);
    server().write(Uint8Array.of(1));
    tcp.close();
    kernel.runUntil(1_000_000);
    expect(["ended", "reset"]).toContain(serverLog.events.at(-1)!.split(" ")[1]);
    expect(serverLog.events.filter((event) => event.endsWith("ended") || event.endsWith("reset"))).toHaveLength(1);
    expect(network.connections).toBe(0);
  });

  it("leaves a connection request unanswered while the backlog is full", () => {
    const { kernel, broker, connect } = world();
    const listener = new broker.Listener({ port: PORT });
    const clients = Array.from({ length: 17 }, connect);
    kernel.runUntil(1_000_000);
    expect(clients.filter((client) => client.log.events.length > 0)).toHaveLength(16);
    listener.read();
    kernel.runUntil(3_000_000);
    expect(clients.filter((client) => client.log.events.length > 0)).toHaveLength(17);
  });

  it("sends at most the line rate", () => {
    const { kernel, listen, connect, serverLog } = world({ bytesPerSecond: 1000 });
    listen();
    const { tcp } = connect();
    kernel.runUntil(100_000);
    tcp.write(new Uint8Array(5000));
    kernel.runUntil(2_200_000);
    expect(serverLog.got.length).toBeLessThanOrEqual(2100);
    kernel.runUntil(10_000_000);
    expect(serverLog.got).toHaveLength(5000);
  });

  it("gives the same instants for the same seed, and others for another", () => {
    const run = (seed: number): string[] => {
      const { kernel, listen, connect, serverLog } = world({ jitterUs: 5000 }, seed);
      listen();
      const { tcp, log } = connect();
      for (let i = 0; i < 20; i++) {
        kernel.runUntil(kernel.nowUs() + 100_000);
        tcp.write(new Uint8Array(100 * i));
      }
      kernel.runUntil(10_000_000);
      return [...log.events, ...serverLog.events];
    };
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(run(2));
  });

  it("loses UDP packets with the probability it is told, and all of them during a partition", () => {
    const { kernel, network, gateway, broker } = world({ packetLoss: 0.25 });
    let received = 0;
    new broker.UDP({
      port: 53,
      onReadable() {
        while (this.read() !== undefined) received++;
      },
    });
    const udp = new gateway.UDP({});
    for (let i = 0; i < 1000; i++) udp.write(Uint8Array.of(1), BROKER, 53);
    kernel.runUntil(1_000_000);
    expect(received).toBeGreaterThan(690);
    expect(received).toBeLessThan(810);
    expect(network.counters).toMatchObject({ packets: 1000, packetsLost: 1000 - received });
    network.down = true;
    const before = received;
    udp.write(Uint8Array.of(1), BROKER, 53);
    kernel.runUntil(2_000_000);
    expect(received).toBe(before);
  });

  it("delivers multicast to those who joined", () => {
    const { kernel, gateway, broker } = world();
    let received = 0;
    const listener = new broker.UDP({ port: 5353, onReadable: () => void received++ }) as InstanceType<
      typeof broker.UDP
    > & { add(group: string): void; remove(group: string): void };
    const udp = new gateway.UDP({});
    const send = (): void => {
      udp.write(Uint8Array.of(1), "224.0.0.251", 5353);
      kernel.runUntil(kernel.nowUs() + 100_000);
    };
    send();
    expect(received).toBe(0);
    listener.add("224.0.0.251");
    send();
    expect(received).toBe(1);
    listener.remove("224.0.0.251");
    send();
    expect(received).toBe(1);
    expect(() => listener.add("192.0.2.1")).toThrow(RangeError);
    expect(() => listener.remove("224.0.0.251")).toThrow(RangeError);
  });

  it("delivers any writes in order, whatever the segments, the jitter and the partitions", () => {
    const step = fc.record({ write: fc.nat(4000), waitUs: fc.nat(50_000), down: fc.boolean() });
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 1, max: 1500 }),
        fc.nat(20_000),
        fc.array(step, { maxLength: 30 }),
        (seed, segmentBytes, jitterUs, steps) => {
          const { kernel, network, listen, connect, serverLog } = world({ segmentBytes, jitterUs }, seed);
          listen();
          const { tcp, log } = connect();
          kernel.runUntil(200_000);
          const sent: number[] = [];
          for (const { write, waitUs, down } of steps) {
            const count = Math.min(write, tcp.write(new Uint8Array(0)));
            const part = Uint8Array.from({ length: count }, (_, i) => (sent.length + i) % 251);
            tcp.write(part);
            sent.push(...part);
            if (network.down !== down) network.down = down;
            kernel.runUntil(kernel.nowUs() + waitUs);
          }
          network.down = false;
          kernel.runUntil(kernel.nowUs() + 60_000_000);
          expect(serverLog.got).toEqual(sent);
          expect(log.events.every((event) => event.includes("writable"))).toBe(true);
          expect(tcp.write(new Uint8Array(0))).toBe(5760);
        },
      ),
      { numRuns: 60 },
    );
  });
});
