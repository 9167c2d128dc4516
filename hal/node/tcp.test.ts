import { createServer } from "node:net";
import { expect, it } from "vitest";
import { tcpSuite } from "../tcp.test-suite";
import { NodeListener } from "./listener";
import { realTime } from "./real-time.test-suite";
import { NodeTCP, RECEIVE_LIMIT, SEND_LIMIT } from "./tcp";

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** `::1` and `127.0.0.1` are both "this machine"; the suite compares numbers. */
const ADDRESS = "127.0.0.1";

tcpSuite("hal/node", async () => ({
  ...realTime,
  TCP: NodeTCP,
  Listener: NodeListener,
  address: ADDRESS,
  deadPort: await freePort(),
}));

it("takes a host name as address and then tells the number", async () => {
  const listener = new NodeListener({ port: 0 });
  let connected = false;
  const tcp = new NodeTCP({ address: "localhost", port: listener.port, onWritable: () => void (connected = true) });
  await realTime.until(() => connected, "connected");
  expect(["127.0.0.1", "::1"]).toContain(tcp.remoteAddress);
  tcp.close();
  listener.close();
});

it("listens on one address only when told so", async () => {
  const listener = new NodeListener({ port: 0, address: ADDRESS });
  await realTime.until(() => listener.port > 0, "bound");
  const errors: unknown[] = [];
  const second = new NodeListener({
    port: listener.port,
    address: ADDRESS,
    onError: (error) => void errors.push(error),
  });
  await realTime.until(() => errors.length > 0, "the port is in use");
  expect(errors).toMatchObject([{ code: "in-use" }]);
  second.close();
  listener.close();
});

it("holds a bounded number of unread bytes and lets TCP slow the peer", async () => {
  let peerWritten = 0;
  const server = createServer((socket) => {
    const chunk = Buffer.alloc(64 * 1024);
    const push = (): void => {
      while (peerWritten < 64 * 1024 * 1024) {
        peerWritten += chunk.length;
        if (!socket.write(chunk)) return;
      }
      socket.end();
    };
    socket.on("drain", push);
    socket.on("error", () => {});
    push();
  });
  await new Promise<void>((resolve) => server.listen(0, ADDRESS, resolve));
  const { port } = server.address() as { port: number };
  let unread = 0;
  let total = 0;
  let most = 0;
  let ended = false;
  const tcp = new NodeTCP({
    address: ADDRESS,
    port,
    onReadable: (count) => {
      unread = count;
      most = Math.max(most, count);
    },
    onError: () => void (ended = true),
  });
  await realTime.until(() => unread >= RECEIVE_LIMIT, "the receive buffer is full");
  await realTime.settle();
  expect(unread).toBeLessThan(2 * RECEIVE_LIMIT);
  expect(peerWritten).toBeLessThan(64 * 1024 * 1024);
  const into = new Uint8Array(RECEIVE_LIMIT);
  await realTime.until(() => {
    for (let count = tcp.read(into); count !== undefined; count = tcp.read(into)) total += count;
    return ended;
  }, "the whole stream");
  for (let count = tcp.read(into); count !== undefined; count = tcp.read(into)) total += count;
  expect(total).toBe(64 * 1024 * 1024);
  expect(most).toBeLessThan(2 * RECEIVE_LIMIT);
  tcp.close();
  server.close();
});

it("takes at most SEND_LIMIT bytes that the peer does not read", async () => {
  const server = createServer((socket) => {
    socket.pause();
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, ADDRESS, resolve));
  const { port } = server.address() as { port: number };
  let connected = false;
  const tcp = new NodeTCP({ address: ADDRESS, port, onWritable: () => void (connected = true) });
  await realTime.until(() => connected, "connected");
  const chunk = new Uint8Array(SEND_LIMIT / 4);
  let full: unknown;
  for (let i = 0; i < 10_000 && full === undefined; i++) {
    try {
      tcp.write(chunk);
    } catch (error) {
      full = error;
    }
    if (i % 8 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  expect(full).toMatchObject({ code: "buffer-full" });
  tcp.close();
  server.close();
});
