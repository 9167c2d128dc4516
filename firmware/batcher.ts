/** Makes SenML packs of what the loop produced: batches from the channels' queues, single records for alarms and events. */
import { ALARM_CLASSES, type AlarmClass } from "../drivers/plan";
import type { Clock } from "../hal/clock";
import type { DeviceSlot } from "./device-slot";
import type { Plan } from "./plan";
import type { Channel } from "./sampling/channel";
import type { SampleMemory } from "./sampling/sample-memory";
import { CborWriter } from "./uplink/cbor/writer";
import { encodeText } from "./uplink/senml/labels";
import { encodeIdentity, type Identity, PackHead, PackWriter } from "./uplink/senml/pack-writer";

export type BatcherOptions = {
  readonly plan: Plan;
  readonly channels: readonly Channel[];
  /** Where the channels' queues lie; has `batchBytes` to give. */
  readonly memory: SampleMemory;
  readonly batchBytes: number;
  readonly clock: Clock;
  readonly boot: number;
  readonly root: Uint8Array;
  readonly configuration: Uint8Array;
};

/** An alarm, as the gateway hands it over to be written. */
export type AlarmMessage = {
  readonly channel: Channel;
  readonly class: AlarmClass;
  readonly active: boolean;
  readonly detectedUs: number;
  /** The device's own evidence, NaN when there is none. */
  readonly evidence: number;
};

/** What the first record of a pack carries for all: trace, configuration, numbers. */
export const PACK_HEAD_BYTES = 160;
const SINGLE_PACK_BYTES = 640;

const ON = encodeText("on");
const OFF = encodeText("off");

export class Batcher {
  readonly #clock: Clock;
  readonly #max: number;
  readonly #channels: readonly Channel[];
  readonly #head = new PackHead();
  readonly #batch: PackWriter;
  /** Alarms have a buffer of their own: one may come up while a batch is being written. */
  readonly #single: PackWriter;
  readonly #identities: Identity[] = [];
  readonly #classes = new Map<AlarmClass, Uint8Array>();

  constructor(options: BatcherOptions) {
    const { plan, channels } = options;
    this.#clock = options.clock;
    this.#max = plan.uplink.batch.max;
    // A base unit holds until the next one (RFC 8428 section 4.1): channels without a unit go before all that have one.
    const withoutUnit = channels.filter((channel) => channel.plan.unit === "");
    this.#channels = [...withoutUnit, ...channels.filter((channel) => channel.plan.unit !== "")];
    const names = plan.devices.flatMap((device) => device.channels.map((channel) => `${device.id}/${channel.name}`));
    channels.forEach((channel, index) => {
      this.#identities.push(encodeIdentity(names[index], channel.plan.unit));
    });
    for (const alarmClass of ALARM_CLASSES) this.#classes.set(alarmClass, encodeText(alarmClass));
    const identity = {
      baseName: `${plan.gateway.site}/${plan.gateway.id}/`,
      boot: options.boot,
      root: options.root,
      configuration: options.configuration,
    };
    const start = options.memory.take(options.batchBytes);
    this.#batch = new PackWriter(options.memory.writer, start, start + options.batchBytes, identity);
    const single = new Uint8Array(SINGLE_PACK_BYTES);
    this.#single = new PackWriter(new CborWriter(single), 0, single.length, identity);
  }

  // hot path: once for each batch
  /** Whether any channel has records. */
  get pending(): boolean {
    const channels = this.#channels;
    for (let i = 0; i < channels.length; i++) if (!channels[i].isEmpty) return true;
    return false;
  }

  // hot path: once for each batch
  /**
   * Packs what the channels hold and empties their queues: at most `batch.max` records, unless one channel alone has
   * more. Call it again while records are `pending`.
   */
  telemetry(seq: number): PackWriter {
    const pack = this.#batch;
    const channels = this.#channels;
    this.#begin(pack, seq, 0);
    const bootS = this.#head.baseTimeS;
    let room = this.#max;
    for (let i = 0; i < channels.length; i++) {
      const channel = channels[i];
      const records = channel.length;
      if (records === 0) continue;
      if (records > room && room < this.#max) break;
      if (!pack.group(channel, records, bootS + channel.baseUs / 1_000_000)) break;
      room -= records;
      channel.clear(records);
    }
    pack.finish();
    return pack;
  }

  alarm(message: AlarmMessage, seq: number): PackWriter {
    const pack = this.#single;
    const { channel } = message;
    this.#begin(pack, seq, message.detectedUs);
    this.#head.alarm = this.#classes.get(message.class);
    this.#head.state = message.active ? ON : OFF;
    this.#head.raw = message.evidence;
    pack.record(this.#identities[channel.index], channel.value, channel.quality, 0);
    pack.finish();
    return pack;
  }

  /** The loss or the return of a whole device. */
  communication(slot: DeviceSlot, lost: boolean, reason: string, detectedUs: number, seq: number): PackWriter {
    const pack = this.#single;
    const identity = encodeIdentity(`${slot.plan.id}/communication`, "");
    this.#begin(pack, seq, detectedUs);
    this.#head.alarm = this.#classes.get("trouble");
    this.#head.state = lost ? ON : OFF;
    pack.textRecord(identity, encodeText(lost ? reason : "answers"));
    pack.finish();
    return pack;
  }

  /** @param firstUs monotonic time of the pack's first record */
  #begin(pack: PackWriter, seq: number, firstUs: number): void {
    const head = this.#head;
    const wallMs = this.#clock.wallMs();
    head.seq = seq;
    // NaN while the wall clock is unknown.
    head.sinceBoot = wallMs - wallMs !== 0;
    head.baseTimeS = head.sinceBoot ? firstUs / 1_000_000 : (wallMs - (this.#clock.nowUs() - firstUs) / 1000) / 1000;
    head.timeQuality = this.#clock.wallQuality();
    head.alarm = undefined;
    head.state = undefined;
    head.raw = Number.NaN;
    pack.begin(head);
  }
}
