/** The gateway of test/kill.test.ts: an uplink on file-backed flash that publishes as fast as it can, until it is killed. */
import { writeSync } from "node:fs";
import { encodeDeterministic } from "../firmware/uplink/cbor/encode";
import { FlashStore } from "../firmware/uplink/outbox/flash-store";
import { Uplink } from "../firmware/uplink/uplink";
import { NodeClock } from "../hal/node/clock";
import { StateFiles } from "../hal/node/files";
import { FileFlash } from "../hal/node/flash";
import { NodeRandom } from "../hal/node/random";
import { NodeTCP } from "../hal/node/tcp";

const [folder, port, what] = process.argv.slice(2);
const ALARM_BYTES = 16 * 1024;
const TELEMETRY_BYTES = 64 * 1024;
const PERIOD_MS = 2;

const boot = new StateFiles(folder).next("boot");
const clock = new NodeClock();
// Killing a process does not take the power: what was written is there, whether or not the disk has it yet.
const flash = new FileFlash({ folder, partitions: { outbox: 128 * 1024 }, sync: false });
const sizes = { alarmBytes: ALARM_BYTES, telemetryBytes: TELEMETRY_BYTES };
const store = new FlashStore({ partition: flash.open({ path: "outbox" }), ...sizes, boot, clock });
const message = (name: string, seq: number, more: object) => {
  const bytes = encodeDeterministic([{ n: name, boot, seq, ...more }] as never);
  return { bytes, offset: 0, length: bytes.length };
};
const uplink = new Uplink({
  plan: {
    ...{ host: "127.0.0.1", port: Number(port), tls: false, client: "kill", keepAliveMs: 30_000 },
    batch: { everyMs: 1000, max: 64 },
    store: { ...sizes, flash: "outbox" },
  },
  gateway: { id: "gw", site: "kill", board: "esp32", trace: {} },
  ...{ boot, clock, random: new NodeRandom(), TCP: NodeTCP, store },
  log: { info: () => {}, warn: () => {} },
  documents: { count: 0, get: () => ({ suffix: "", bytes: new Uint8Array(0) }) },
  owner: { gapEvent: (gap, seq) => message("gap", seq, { gap }), acknowledged: () => {} },
});
uplink.start();

/** Says which message is durable, after it is. */
function durable(seq: number): void {
  writeSync(1, `${boot}/${seq}\n`);
}

function produce(): void {
  const seq = uplink.nextSeq();
  const { bytes, offset, length } = message("kill", seq, { fill: new Uint8Array(40 + ((seq * 37) % 300)) });
  if (seq % 16 === 0) uplink.publishAlarm(seq, bytes, offset, length);
  else uplink.publishBatch(seq, bytes, offset, length, 1);
  durable(seq);
  uplink.tellGaps();
}

if (what === "produce") setInterval(produce, PERIOD_MS);
else
  setInterval(() => {
    if (!uplink.online) return;
    uplink.tellGaps();
    if (uplink.undelivered === 0) writeSync(1, "drained\n");
  }, 50);
