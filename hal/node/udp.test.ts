import { createSocket } from "node:dgram";
import { expect, it } from "vitest";
import { udpSuite } from "../udp.test-suite";
import { realTime } from "./real-time.test-suite";
import { NodeUDP } from "./udp";

/** Two ports that were free a moment ago. */
async function freePorts(): Promise<[number, number]> {
  const sockets = [createSocket("udp4"), createSocket("udp4")];
  await Promise.all(sockets.map((socket) => new Promise<void>((resolve) => socket.bind(0, resolve))));
  const [a, b] = sockets.map((socket) => socket.address().port);
  for (const socket of sockets) socket.close();
  return [a, b];
}

udpSuite("hal/node", async () => ({ ...realTime, UDP: NodeUDP, address: "127.0.0.1", ports: await freePorts() }));

it("tells onError when the port is in use", async () => {
  const [port] = await freePorts();
  const first = new NodeUDP({ port });
  await realTime.settle();
  const errors: unknown[] = [];
  const second = new NodeUDP({ port, onError: (error) => void errors.push(error) });
  await realTime.until(() => errors.length > 0, "in use");
  expect(errors).toMatchObject([{ code: "in-use" }]);
  first.close();
  second.close();
});

it("sends what was written before close", async () => {
  const [port] = await freePorts();
  let packets = 0;
  const a = new NodeUDP({ port, onReadable: (count) => void (packets = count) });
  await realTime.settle();
  const b = new NodeUDP({});
  b.write(Uint8Array.of(1), "127.0.0.1", port);
  b.close();
  await realTime.until(() => packets === 1, "the packet");
  a.close();
});

it("refuses to join what is no multicast group", () => {
  const udp = new NodeUDP({});
  expect(() => udp.add("192.0.2.1")).toThrow();
  udp.close();
});
