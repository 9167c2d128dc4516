/** Makes SenML packs of what the loop produced: batches from the ring, and single records for alarms and events. */
import { ALARM_CLASSES, type AlarmClass } from "../drivers/plan";
import type { Clock } from "../hal/clock";
import type { DeviceSlot } from "./device-slot";
import type { Plan } from "./plan";
import type { Channel } from "./sampling/channel";
import type { SampleRing } from "./sampling/ring";
import { encodeIdentity, encodeText, type Identity, PackHead, PackWriter } from "./uplink/senml/pack-writer";

export type BatcherOptions = {
  readonly plan: Plan;
  readonly channels: readonly Channel[];
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

/** Base fields and text keys of a pack: everything but its records. */
const PACK_OVERHEAD_BYTES = 200;
/** Value, time and quality of a record at their longest. */
const RECORD_BYTES = 48;
const SINGLE_PACK_BYTES = 640;

const ON = encodeText("on");
const OFF = encodeText("off");

export class Batcher {
  readonly #clock: Clock;
  readonly #max: number;
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
    const names = plan.devices.flatMap((device) => device.channels.map((channel) => `${device.id}/${channel.name}`));
    let longest = 0;
    channels.forEach((channel, index) => {
      const identity = encodeIdentity(names[index], channel.plan.unit);
      this.#identities.push(identity);
      if (identity.bytes.length > longest) longest = identity.bytes.length;
    });
    for (const alarmClass of ALARM_CLASSES) this.#classes.set(alarmClass, encodeText(alarmClass));
    const identity = {
      baseName: `${plan.gateway.site}/${plan.gateway.id}/`,
      boot: options.boot,
      root: options.root,
      configuration: options.configuration,
    };
    const batchBytes = PACK_OVERHEAD_BYTES + 4 * identity.baseName.length + this.#max * (longest + RECORD_BYTES);
    this.#batch = new PackWriter(new Uint8Array(batchBytes), identity);
    this.#single = new PackWriter(new Uint8Array(SINGLE_PACK_BYTES), identity);
  }

  // hot path: once for each batch
  /** Writes the oldest samples of the ring, at most `batch.max`, and releases them. */
  telemetry(ring: SampleRing, seq: number): PackWriter {
    const pack = this.#batch;
    const firstUs = ring.ticksUs[ring.first & ring.mask];
    this.#begin(pack, seq, firstUs);
    const count = pack.samples(ring, this.#identities, Math.min(ring.length, this.#max));
    ring.release(count);
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

  #begin(pack: PackWriter, seq: number, firstUs: number): void {
    const head = this.#head;
    const nowUs = this.#clock.nowUs();
    head.seq = seq;
    // NaN while the wall clock is unknown: the pack then carries monotonic time.
    head.baseTimeS = (this.#clock.wallMs() - (nowUs - firstUs) / 1000) / 1000;
    head.timeQuality = this.#clock.wallQuality();
    head.baseTicksUs = firstUs;
    head.alarm = undefined;
    head.state = undefined;
    head.raw = Number.NaN;
    pack.begin(head);
  }
}
