/**
 * The workload that engines and rivals share: six channels once a second, each through scale, median of 5, exponential
 * average, an alarm rule with hysteresis, its queue and a SenML batch every twenty seconds. Portable, because XS runs it too.
 */
import type { DevicePlan, FilterPlan } from "../drivers/plan";
import { Batcher, type ChannelNames, singleBytes } from "../firmware/batcher";
import type { Plan } from "../firmware/plan";
import { QueuePlanner } from "../firmware/queue-plan";
import type { Channel } from "../firmware/sampling/channel";
import { makeChannel } from "../firmware/sampling/make-channel";
import { SampleMemory } from "../firmware/sampling/sample-memory";
import type { Clock } from "../hal/clock";

const FILTERS: readonly FilterPlan[] = [
  { kind: "scale", gain: 1.002, offset: -0.35 },
  { kind: "median", window: 5 },
  { kind: "smooth", factor: 0.2 },
];

const CHANNELS = 6;
const TICKS = 20;
/** Samples of a batch. */
export const BATCH = CHANNELS * TICKS;

const device: DevicePlan = {
  id: "hall-climate",
  driver: "sht3x",
  connection: { io: "I2C", bus: "i2c0", options: {} },
  everyMs: 1000,
  channels: Array.from({ length: CHANNELS }, (_, i) => ({
    name: `temperature-${i}`,
    unit: "Cel",
    filters: FILTERS,
    alarms: [{ class: "fire", above: 57, hysteresis: 2, forMs: 5000 }],
  })),
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
    batch: { everyMs: 20_000, max: BATCH },
    store: { alarmBytes: 1024, telemetryBytes: 1024 },
  },
  policy: {},
};

export type Workload = {
  /** What twenty seconds of sampling cost before the path begins: the loop, the clock and the reading itself. */
  read(): number;
  /** Twenty seconds of sampling: one batch. */
  sample(): void;
  /** Encodes what the queues hold; returns the batch's length in bytes. */
  encode(): number;
  /** Lets the queues go without encoding them. */
  release(): void;
  /** The next second: its monotonic time. */
  advance(): number;
  readonly channels: readonly Channel[];
  readonly batcher: Batcher;
};

/** No alarms, so nobody asks. */
const NO_NAMES: ChannelNames = {
  identityOf: () => {
    throw new Error("a channel without a name");
  },
};

/**
 * A month of microseconds, more than an integer of XS holds (2^31 of them are 36 minutes): then times are doubles, and cost more.
 */
export const MONTH_US = 30 * 86_400 * 1_000_000;

/** @param bootedUs since boot, before the first sample */
export function makeWorkload(bootedUs = 0): Workload {
  let nowUs = bootedUs;
  const clock: Clock = {
    nowUs: () => nowUs,
    wallMs: () => 1_767_225_600_037 + Math.floor(nowUs / 1000),
    wallQuality: () => 2,
    timer: () => ({ arm: () => {}, disarm: () => {} }),
  };
  const queues = new QueuePlanner(plan, {});
  queues.count(device);
  const memory = new SampleMemory(queues.totalBytes + queues.batchBytes + singleBytes(undefined));
  const channels = device.channels.map((channel) =>
    makeChannel({ plan: channel, queue: { ...queues.queue(device, channel), memory } }),
  );
  const handle = new Uint8Array(12).fill(7);
  const { batchBytes } = queues;
  const identity = { boot: 1, root: handle, configuration: handle };
  const batcher = new Batcher({ plan, names: NO_NAMES, channels, memory, batchBytes, clock, ...identity });
  const readings = makeReadings();
  let next = 0;
  let seq = 0;
  return {
    batcher,
    channels,
    advance: () => (nowUs += 1_000_000),
    read() {
      let sum = 0;
      for (let tick = 0; tick < TICKS; tick++) {
        nowUs += 1_000_000;
        for (let i = 0; i < CHANNELS; i++) {
          const channel = channels[i];
          const value = readings[next];
          next = (next + 1) & (READINGS - 1);
          if (channel !== undefined) sum += value;
        }
      }
      return sum;
    },
    sample() {
      for (let tick = 0; tick < TICKS; tick++) {
        nowUs += 1_000_000;
        for (let i = 0; i < CHANNELS; i++) {
          const channel = channels[i];
          const value = readings[next];
          next = (next + 1) & (READINGS - 1);
          channel.accept(value, nowUs);
        }
      }
    },
    encode() {
      return batcher.telemetry(seq++).length;
    },
    release() {
      for (const channel of channels) channel.clear(channel.length);
    },
  };
}

/** Readings before they begin anew. */
export const READINGS = 4096;

/** The values of an SHT3x: single-precision results of a 16-bit word. A triangle with noise, below the alarm's limit. */
export function makeReadings(): Float64Array {
  const readings = new Float64Array(READINGS);
  let noise = 1;
  for (let i = 0; i < READINGS; i++) {
    noise = (Math.imul(noise, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    const slope = i < READINGS / 2 ? i : READINGS - i;
    readings[i] = Math.fround(-45 + (175 * (24_000 + slope + ((noise >> 16) & 63))) / 65_535);
  }
  return readings;
}
