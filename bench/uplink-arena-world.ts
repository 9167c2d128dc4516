/** The world's half of bench/uplink-arena.ts: flash, network and broker, and the counters of the gateway's machine. */
import { partitionBytes } from "../firmware/uplink/outbox/flash-store";
import { Broker } from "../host-sim/world/broker";
import { WorldClock } from "../host-sim/world/clock";
import { NorFlash, WorldFlash } from "../host-sim/world/flash";
import { Kernel } from "../host-sim/world/kernel";
import { Network } from "../host-sim/world/network";
import { RandomBranch } from "../host-sim/world/random";
import { type BridgeHost, COUNTERS } from "../host-sim/xs/bridge/protocol";
import { RemoteGateway } from "../host-sim/xs/bridge/world-side";
import { Ask1, SIZES } from "./uplink-arena-plan";

declare const host: BridgeHost;

const SECOND_US = 1_000_000;
const kernel = new Kernel();
const network = new Network(kernel, new RandomBranch(1), { latencyUs: 5000 });
const brokerHost = network.host("192.0.2.1");
let arrived = 0;
const broker = new Broker({
  Listener: brokerHost.Listener,
  TCP: brokerHost.TCP,
  port: 1883,
  onPublish: () => arrived++,
});
const blocks = partitionBytes(SIZES.alarmBytes, SIZES.telemetryBytes, 4096) / 4096;
const flash = new WorldFlash(new Map([["outbox", new NorFlash(blocks, new RandomBranch(2))]]));
new RemoteGateway({
  clock: new WorldClock(kernel),
  random: new RandomBranch(3),
  crypto: { sha256: (bytes) => bytes },
  io: { TCP: network.host("192.0.2.7").TCP, flash },
});

const counter = (name: (typeof COUNTERS)[number]) => host.counter(COUNTERS.indexOf(name));
const alive = () => {
  host.collect();
  return { slots: counter("slotsInUse"), chunkBytes: counter("chunkBytesInUse") };
};
const run = (seconds: number) => kernel.runUntil(kernel.nowUs() + seconds * SECOND_US);

const before = alive();
host.call(Ask1.open);
run(60);
for (let i = 0; i < 100; i++) {
  host.call(i % 10 === 0 ? Ask1.alarm : Ask1.batch);
  run(5);
}
broker.down();
for (let i = 0; i < 400; i++) {
  host.call(Ask1.batch);
  run(5);
}
broker.up();
run(600);
const after = alive();
const allocated = { slots: counter("slots"), chunkBytes: counter("chunkBytes") };
for (let i = 0; i < 100; i++) {
  host.call(Ask1.batch);
  run(5);
}
const steady = {
  slots: (counter("slots") - allocated.slots) / 100,
  chunkBytes: (counter("chunkBytes") - allocated.chunkBytes) / 100,
};
const slots = after.slots - before.slots;
const chunkBytes = after.chunkBytes - before.chunkBytes;
host.print(JSON.stringify({ slots, chunkBytes, bytes: slots * 16 + chunkBytes, arrived, steady }));
