/**
 * The batch of 64 samples that all encoders of `uplink-batch.ts` share: four sensors, 16 samples each, with everything that makes it
 * evidence. Portable, because XS runs it too.
 */
import { makeChannel } from "../firmware/sampling/make-channel";
import { queueBytes } from "../firmware/sampling/record-queue";
import { SampleMemory } from "../firmware/sampling/sample-memory";
import { ColumnsWriter, columnsBytes } from "../firmware/uplink/columns/writer";
import { encodeGroupIdentity } from "../firmware/uplink/senml/group-identity";
import { PackHead, PackWriter } from "../firmware/uplink/senml/pack-writer";
import { ShortPackWriter } from "../firmware/uplink/senml/short-writer";
import { TimeQuality } from "../hal/clock";

export const SENSORS = [
  { name: "harbour-warehouse/gw-07/hall-north/temperature", unit: "Cel", decimals: 2, from: 21.4, swing: 0.05 },
  { name: "harbour-warehouse/gw-07/hall-north/humidity", unit: "%RH", decimals: 1, from: 47.9, swing: 0.3 },
  { name: "harbour-warehouse/gw-07/sprinkler-pressure/value", unit: "bar", decimals: 2, from: 7.9, swing: 0.02 },
  { name: "harbour-warehouse/gw-07/tank-1/value", unit: "m", decimals: 3, from: 3.217, swing: 0.002 },
] as const;
export const SAMPLES_EACH = 16;
export const SAMPLES = SENSORS.length * SAMPLES_EACH;
const SECOND_US = 1_000_000;
const BOOT_S = 1_767_225_600.037;
const PACK_BYTES = 4096;

/** A walk of small steps, the same in every run: what a sensor in a room does. */
function readings(): number[][] {
  let state = 12_345;
  return SENSORS.map(({ from, swing }) => {
    let value: number = from;
    return Array.from({ length: SAMPLES_EACH }, () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      value += (state / 4_294_967_296 - 0.5) * swing;
      return value;
    });
  });
}

export function makeBatches() {
  const identities = SENSORS.map(({ name, unit }) => encodeGroupIdentity(name, unit));
  const room = columnsBytes(SENSORS.length, SAMPLES);
  const queues = identities.reduce((sum, identity) => sum + queueBytes(identity, SAMPLES_EACH + 2), 0);
  const memory = new SampleMemory(queues + PACK_BYTES + room);
  const channels = identities.map((identity, i) =>
    makeChannel({
      plan: { name: "value", unit: SENSORS[i].unit, filters: [], alarms: [] },
      queue: {
        memory,
        identity,
        periodUs: SECOND_US,
        capacity: SAMPLES_EACH + 2,
        overload: "drop-oldest",
      },
    }),
  );
  const facts = { boot: 17, root: new Uint8Array(12).fill(7), configuration: new Uint8Array(12).fill(9) };
  const packAt = memory.take(PACK_BYTES);
  const pack = new PackWriter(memory.writer, packAt, packAt + PACK_BYTES, {
    ...facts,
    baseName: "harbour-warehouse/gw-07/",
  });
  const digits = SENSORS.map(({ decimals }) => decimals);
  const short = new ShortPackWriter(
    memory,
    packAt,
    packAt + PACK_BYTES,
    { ...facts, baseName: "harbour-warehouse/gw-07/" },
    digits,
  );
  const columnsAt = memory.take(room);
  const columns = new ColumnsWriter(memory.bytes, memory.view, memory.fields, columnsAt, columnsAt + room, facts);
  const places = SENSORS.map(({ decimals }, i) => ({ component: i, channel: 0, decimals }));
  const head = new PackHead();
  head.seq = 4711;
  head.timeQuality = TimeQuality.sntp;
  const values = readings();
  const fill = () => {
    for (let i = 0; i < SAMPLES_EACH; i++)
      for (let c = 0; c < channels.length; c++) channels[c].accept(values[c][i], (60 + i) * SECOND_US);
  };
  const clear = () => {
    for (const channel of channels) channel.clear(channel.length);
  };
  // No iterators and closures: XS makes them anew each time, and what is counted here is the encoders' own.
  const asSenml = () => {
    pack.begin(head);
    for (let i = 0; i < channels.length; i++) {
      const channel = channels[i];
      pack.group(channel, channel.length, BOOT_S + channel.baseUs / SECOND_US);
    }
    pack.finish();
    return pack;
  };
  const asShort = () => {
    short.begin(head);
    for (let i = 0; i < channels.length; i++) {
      const channel = channels[i];
      short.shortGroup(channel, channel.length, BOOT_S + channel.baseUs / SECOND_US, digits[i]);
    }
    short.finish();
    return short;
  };
  const asColumns = () => {
    head.baseTimeS = BOOT_S + channels[0].baseUs / SECOND_US;
    columns.begin(head);
    for (let i = 0; i < channels.length; i++) {
      const channel = channels[i];
      columns.column(channel, places[i], channel.length, BOOT_S + channel.baseUs / SECOND_US);
    }
    columns.finish();
    return columns;
  };
  return { fill, clear, asSenml, asShort, asColumns };
}
