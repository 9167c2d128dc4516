/**
 * The workload that engines and rivals share: 64 samples of two channels, as a gateway would take them, through a median of
 * 5 and an alarm rule into the ring and on into a batch. Portable, because XS runs it too.
 */
import type { DevicePlan } from "../drivers/plan";
import { Batcher } from "../firmware/batcher";
import type { Plan } from "../firmware/plan";
import { Channel } from "../firmware/sampling/channel";
import { SampleRing } from "../firmware/sampling/ring";
import type { Clock } from "../hal/clock";

export const BATCH = 64;

const device: DevicePlan = {
  id: "hall-climate",
  driver: "sht3x",
  connection: { io: "I2C", bus: "i2c0", options: {} },
  everyMs: 1000,
  channels: [
    {
      name: "temperature",
      unit: "Cel",
      filters: [{ kind: "median", window: 5 }],
      alarms: [{ class: "fire", above: 57, hysteresis: 2, forMs: 5000 }],
    },
    { name: "humidity", unit: "%RH", filters: [{ kind: "median", window: 5 }], alarms: [] },
  ],
  settings: {},
  trace: {},
};

const plan: Plan = {
  version: 1,
  gateway: { id: "gw-01", site: "first-light", board: "esp32-s3", trace: {} },
  devices: [device],
  uplink: {
    host: "127.0.0.1",
    port: 1883,
    tls: false,
    client: "gw-01",
    keepAliveMs: 30_000,
    batch: { everyMs: 10_000, max: BATCH },
    store: { alarmBytes: 1024, telemetryBytes: 1024 },
  },
  policy: {},
};

export type Workload = {
  readonly ring: SampleRing;
  /** Takes one sample of each channel in turn. */
  tick(): void;
  /** Encodes what the ring holds; returns the batch's length in bytes. */
  encode(): number;
  readonly batcher: Batcher;
};

export function makeWorkload(): Workload {
  let nowUs = 0;
  const clock: Clock = {
    nowUs: () => nowUs,
    wallMs: () => 1_767_225_600_000 + Math.floor(nowUs / 1000),
    wallQuality: () => 2,
    timer: () => ({ arm: () => {}, disarm: () => {} }),
  };
  const ring = new SampleRing(BATCH * 2);
  const channels = device.channels.map((channel, index) => new Channel(channel, index, ring, () => {}));
  const [temperature, humidity] = channels;
  const handle = new Uint8Array(12).fill(7);
  const batcher = new Batcher({ plan, channels, clock, boot: 1, root: handle, configuration: handle });
  let raw = 0;
  let seq = 0;
  return {
    ring,
    batcher,
    tick() {
      // The values of an SHT3x: single-precision results of a 16-bit word.
      raw = (raw * 1103 + 12_345) & 0x0fff;
      temperature.accept(Math.fround(-45 + (175 * (24_000 + raw)) / 65_535), 0, nowUs);
      humidity.accept(Math.fround((100 * (30_000 + raw)) / 65_535), 0, nowUs);
      nowUs += 1_000_000;
    },
    encode() {
      return batcher.telemetry(ring, seq++).length;
    },
  };
}
