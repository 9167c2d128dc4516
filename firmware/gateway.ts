/**
 * The composition root: a compiled plan and a device's clock, chance, IO and cryptography become a running gateway.
 *
 *   device -> driver -> channel (filters, rules, queue) -> batch -----> outbox -> MQTT
 *                                        \-> alarm, at once ---------/
 */
import { type DriverContext, type GatewayView, Quality } from "../drivers/contract";
import { type AlarmClass, type AlarmPlan, alarmName, type DevicePlan } from "../drivers/plan";
import type { Clock, Timer } from "../hal/clock";
import type { Keep } from "../hal/keep";
import type { Log } from "../hal/log";
import { AlarmDesk, type AlarmEvent, type AlarmOwner } from "./alarms/alarm-desk";
import { ALARM_WORDS, AlarmChange } from "./alarms/machine";
import { RuleNamer } from "./alarms/names";
import type { Rule } from "./alarms/rule";
import { Batcher, type ChannelNames, type Message, SINGLE_PACK_BYTES, singleBytes } from "./batcher";
import type { CentreCounters, CentreLink } from "./centre";
import type { CommandDesk } from "./commands/command-desk";
import { DeviceSlot, ObservedSlot, type SlotListener } from "./device-slot";
import type { GatewayCounters, GatewayObserver, GatewayOptions } from "./gateway-options";
import {
  columnIdentities,
  contextOf,
  credentialOf,
  describe,
  digitsOf,
  inMemory,
  openCentre,
  refuseUnlinked,
  signingOf,
  socketOf,
  storeOf,
  TraceDocuments,
  timeOf,
} from "./gateway-parts";
import { Health } from "./health";
import { PanelPoints } from "./panel-points";
import { GROUPS } from "./plan";
import { PlanBook, PlanError } from "./plan-book";
import { type AlarmSubject, PointSubject } from "./point-subject";
import { QueuePlanner } from "./queue-plan";
import type { Channel } from "./sampling/channel";
import { makeChannel } from "./sampling/make-channel";
import { type LoopListener, SampleMemory } from "./sampling/sample-memory";
import { type ScheduledTask, Scheduler, type SchedulerOwner } from "./sampling/scheduler";
import type { Timekeeper } from "./time/timekeeper";
import { Trace } from "./trace/trace";
import { compareBytes } from "./uplink/cbor/encode";
import type { Gap } from "./uplink/outbox/lane";
import { encodeIdentity, type Identity } from "./uplink/senml/pack-writer";
import { Uplink, type UplinkOwner } from "./uplink/uplink";

export type { AlarmReport, GatewayCounters, GatewayObserver, GatewayOptions } from "./gateway-options";

/** A channel whose value counts as uncertain when nothing confirmed it for so long. */
type StaleLimit = { readonly channel: Channel; readonly staleUs: number };

/** Name under which the root handle is kept. */
const ROOT = "root";
/** Parts need a moment after power-on (an SHT3x 1.5 ms) before the first tick. */
const SETTLE_US = 100_000;
/** How often values are looked at for being stale. */
const STALE_CHECK_US = 1_000_000;
/** Devices with equal periods do not all begin in the same instant. */
const STAGGER_US = 10_000;

/** What its parts tell is told to the gateway itself: a closure for each of these methods would be seven slots. */
export class Gateway
  implements SlotListener, LoopListener, SchedulerOwner, ChannelNames, AlarmOwner<AlarmSubject>, UplinkOwner
{
  readonly trace: Trace;
  readonly slots: readonly DeviceSlot[];
  /** Of all devices, in the order of the plan. */
  readonly channels: readonly Channel[];
  /** For slots: what is not a sample. */
  readonly points = new PanelPoints();
  readonly uplink: Uplink;
  readonly #book: PlanBook;
  readonly #clock: Clock;
  readonly #time: Timekeeper | undefined;
  readonly #keep: Keep | undefined;
  readonly #log: Log;
  readonly #observer: GatewayObserver;
  readonly #scheduler: Scheduler;
  readonly #batcher: Batcher;
  readonly #batchTimer: Timer;
  /** Absent where no channel wants it, as what it looks at. */
  readonly #staleTimer: Timer | undefined;
  readonly #batchUs: number;
  readonly #stale: readonly StaleLimit[] | undefined;
  readonly #desk: AlarmDesk<AlarmSubject>;
  /** Absent where the site has no monitoring centre. */
  readonly #centre: CentreLink | undefined;
  /** Absent where the site allows none. */
  readonly #commands: CommandDesk | undefined;
  #batches = 0;
  #sampling = false;

  constructor(options: GatewayOptions) {
    // A block, so that what only the assembly needs, the plan before all, is gone when devices are opened: that takes most memory.
    {
      const book = new PlanBook(options.plan);
      this.#book = book;
      const plan = book.readHead();
      const { log, crypto, features } = options;
      refuseUnlinked(plan, features);
      const signing = signingOf(plan, options);
      this.#keep = options.keep;
      this.#time = timeOf(plan, options, (offsetMs) => this.clockStepped(offsetMs));
      const clock = this.#time?.clock ?? options.clock;
      this.#clock = clock;
      this.#log = log;
      this.#observer = options.observer ?? {};
      this.#batchUs = plan.uplink.batch.everyMs * 1000;
      this.trace = new Trace(book, options.drivers, crypto, options.sources);
      const queues = new QueuePlanner(plan, features);
      for (let i = 0; i < book.deviceCount; i++) queues.count(book.readDevice(i));
      const batchBytes = queues.batchBytes + (signing?.roomBytes ?? 0);
      const store = storeOf(plan, options, clock);
      const uplinkPlan = store === undefined ? inMemory(plan.uplink) : plan.uplink;
      const telemetryBytes = store === undefined ? uplinkPlan.store.telemetryBytes : 0;
      const memory = new SampleMemory(queues.totalBytes + batchBytes + singleBytes(signing) + telemetryBytes, this);
      const stale: StaleLimit[] = [];
      const channels: Channel[] = [];
      this.channels = channels;
      const slots: DeviceSlot[] = [];
      this.slots = slots;
      this.makeSlots(slots, channels, memory, queues, stale);
      this.#stale = stale.length > 0 ? stale : undefined;
      this.#commands = plan.uplink.commands && this.commandDesk(plan.uplink.commands.allow, options, clock);
      this.uplink = new Uplink({
        plan: uplinkPlan,
        gateway: plan.gateway,
        boot: options.boot,
        clock,
        random: options.random,
        log,
        TCP: socketOf(plan, options),
        ...credentialOf(plan, options),
        ...(plan.uplink.version === 5 ? { Version5: features.mqtt5!.Version5 } : {}),
        documents: new TraceDocuments(this.trace, signing),
        telemetryPlace: { bytes: memory.bytes, start: memory.take(telemetryBytes) },
        ...(store === undefined ? {} : { store }),
        ...(this.#commands === undefined
          ? {}
          : {
              commands: {
                largestBytes: features.commands!.COMMAND_BYTES,
                take: this.#commands.take.bind(this.#commands),
                forget: this.#commands.forget.bind(this.#commands),
              },
            }),
        owner: this,
      });
      this.#batcher = new Batcher({
        plan,
        names: this,
        channels,
        memory,
        batchBytes,
        clock,
        boot: options.boot,
        root: this.trace.handle,
        configuration: crypto.sha256(options.plan).slice(0, 12),
        ...(signing === undefined ? {} : { signing }),
        ...(plan.uplink.batch.encoding === "columns"
          ? { columns: { ...features.columns!, places: columnIdentities(book, this.trace.places()) } }
          : {}),
        ...(plan.uplink.batch.encoding === "short"
          ? { short: { ...features.short!, digits: digitsOf(book, this.trace.places().length) } }
          : {}),
      });
      this.#scheduler = new Scheduler(clock, this);
      this.#batchTimer = clock.timer(this.flush, this);
      this.#staleTimer = this.#stale && clock.timer(this.checkStale, this);
      this.#desk = new AlarmDesk({
        clock,
        groups: plan.alarms ?? [],
        owner: this,
      });
      this.#centre = openCentre(book, plan, channels, clock, options);
      this.points.open({
        slots: this.slots,
        desk: this.#desk,
        batcher: this.#batcher,
        uplink: this.uplink,
        centre: this.#centre,
        log,
        snapshot: this.#observer.snapshot?.bind(this.#observer),
      });
    }
    this.openDevices(options);
  }

  start(): void {
    this.#sampling = true;
    this.compareRoot();
    this.uplink.start();
    this.#time?.client.start();
    this.#centre?.start();
    this.#scheduler.start();
    this.armBatch();
    this.armStale();
  }

  /** No more ticks; what was sampled is batched and goes on its way. */
  stopSampling(): void {
    this.#sampling = false;
    this.#scheduler.stop();
    this.#batchTimer.disarm();
    this.#staleTimer?.disarm();
    this.#desk.flush();
    while (this.#batcher.pending) this.encodeBatch();
  }

  close(): void {
    this.stopSampling();
    for (const slot of this.slots) slot.instance?.close();
    this.#time?.client.close();
    this.#commands?.close();
    this.uplink.close();
    this.#centre?.close();
  }

  /**
   * Somebody has seen the alarm of that name. One whose reason has gone ends with it.
   * @returns false when there is no such alarm, or nothing to acknowledge
   */
  acknowledge(alarm: string): boolean {
    return this.#desk.acknowledge(alarm);
  }

  /**
   * Gives a device a command that its site allows; what was asked and what became of it is published as notes.
   * @param point a point of the device, or empty for all of it
   * @returns false when it is refused, or no such device takes any
   */
  command(device: string, command: string, point = ""): boolean {
    const slot = this.slots.find((one) => one.readPlan().id === device);
    return slot?.instance?.command?.(command, point) ?? false;
  }

  private commandDesk(allow: readonly string[], options: GatewayOptions, clock: Clock): CommandDesk {
    const { keep, crypto, features } = options;
    return new features.commands!.CommandDesk({
      allow,
      clock,
      sha256: crypto.sha256,
      ...(keep === undefined ? {} : { keep }),
      actions: {
        acknowledge: this.acknowledge.bind(this),
        device: this.command.bind(this),
        state: () => stateWords(this),
      },
      hasRoom: () => this.uplink.hasAlarmRoom(1, SINGLE_PACK_BYTES),
      record: (id, text) => {
        const seq = this.uplink.nextSeq();
        const { bytes, offset, length } = this.#batcher.audit(id, text, seq);
        this.uplink.publishAudit(seq, bytes, offset, length);
      },
      stored: (packetId) => this.uplink.commandStored(packetId),
    });
  }

  /** Names of the alarms that are active; those of panels are the panel's own and not among them. */
  get activeAlarms(): string[] {
    return this.#desk.active;
  }

  /** Messages that the broker has not acknowledged yet, and events that a monitoring centre has not confirmed. */
  get undelivered(): number {
    return this.uplink.undelivered + (this.#centre?.waiting ?? 0);
  }

  /** What became of the events for the monitoring centre; `undefined` where the site has none. */
  get centreCounters(): CentreCounters | undefined {
    return this.#centre?.counters();
  }

  counters(): GatewayCounters {
    let samples = 0;
    let droppedSamples = 0;
    let heldSamples = 0;
    for (const channel of this.channels) {
      samples += channel.samples;
      droppedSamples += channel.dropped;
      heldSamples += channel.held;
    }
    const uplink = this.uplink.counters();
    const centre = this.#centre?.counters();
    return {
      samples,
      batches: this.#batches,
      published: uplink.published,
      acknowledged: uplink.acknowledged,
      dropped: uplink.dropped + (centre === undefined ? 0 : centre.dropped + centre.refused),
      droppedSamples,
      heldSamples,
      missedTicks: this.#scheduler.missed,
      latestUs: this.#scheduler.lateness.latestUs,
    };
  }

  private makeSlots(
    slots: DeviceSlot[],
    channels: Channel[],
    memory: SampleMemory,
    queues: QueuePlanner,
    stale: StaleLimit[],
  ): void {
    const reading = this.#observer.reading?.bind(this.#observer);
    const namer = new RuleNamer();
    for (let i = 0; i < this.#book.deviceCount; i++) {
      const device = this.#book.readDevice(i);
      slots.push(
        reading === undefined
          ? new DeviceSlot(this, channels.length)
          : new ObservedSlot(this, channels.length, reading),
      );
      for (const plan of device.channels) {
        const queue = { ...queues.queue(device, plan), memory };
        const nameOf = (rule: AlarmPlan) => namer.nameOf(device.id, plan.name, rule);
        const channel = makeChannel({ plan, queue, nameOf });
        channels.push(channel);
        if (plan.staleMs !== undefined) stale.push({ channel, staleUs: plan.staleMs * 1000 });
      }
    }
  }

  /** For slots. */
  readDevice(index: number): DevicePlan {
    return this.#book.readDevice(index);
  }

  /** For slots. */
  channelsEnd(index: number): number {
    const { slots } = this;
    return index + 1 < slots.length ? slots[index + 1].firstChannel : this.channels.length;
  }

  private openDevices(options: GatewayOptions): void {
    const shared = new Map<string, unknown>();
    const common: Omit<DriverContext, "sink"> = {
      clock: options.clock,
      random: options.random,
      log: options.log,
      io: options.io,
      shared: (bus, make) => {
        if (!shared.has(bus)) shared.set(bus, make());
        return shared.get(bus) as ReturnType<typeof make>;
      },
      gateway: this.view(),
      get panel() {
        return (this as unknown as { sink: DeviceSlot }).sink;
      },
    };
    let firstUs = this.#clock.nowUs() + SETTLE_US - STAGGER_US;
    for (const slot of this.slots) {
      firstUs += STAGGER_US;
      const plan = slot.readPlan();
      const driver = options.drivers[plan.driver];
      try {
        if (driver === undefined) throw new PlanError(`driver "${plan.driver}" is not linked into this firmware`);
        const instance = driver.open(plan, contextOf(common, slot));
        this.#scheduler.add(instance, plan.everyMs * 1000, firstUs, slot);
      } catch (error) {
        options.log.warn(`${plan.id}: could not be opened: ${describe(error)}`);
        slot.fail("could not be opened", this.#clock.nowUs());
      }
    }
  }

  /** What devices that are made of the gateway see of it. */
  private view(): GatewayView {
    return {
      channel: (name) => {
        const [device, channel] = name.split("/");
        for (const slot of this.slots) {
          const plan = slot.readPlan();
          const at = plan.channels.findIndex((one) => one.name === channel);
          if (plan.id === device) return at < 0 ? undefined : slot.channel(at);
        }
        return undefined;
      },
      health: new Health(this.#scheduler, this.channels, this.uplink),
    };
  }

  /** For the alarm desk. */
  eachRule(take: (rule: Rule, channel: Channel) => void): void {
    for (const channel of this.channels) for (const rule of channel.rules) take(rule, channel);
  }

  /** For channels: a full queue leaves right after this tick, not inside it. */
  queueFull(): void {
    this.#batchTimer.arm(this.#clock.nowUs());
  }

  /** For channels. */
  ruleChanged(channel: Channel, rule: Rule, change: AlarmChange, ticksUs: number): void {
    this.#desk.report({
      name: rule.name,
      class: rule.class,
      subject: channel,
      witnesses: 0,
      change,
      detectedUs: change === AlarmChange.raised ? rule.sinceUs : ticksUs,
      value: channel.value,
      // Rules are asked about good values only.
      quality: Quality.good,
      evidence: Number.NaN,
    });
  }

  /** For the uplink. */
  gapEvent(gap: Gap, seq: number): Message {
    return this.#batcher.gap(gap, seq);
  }

  /** For the uplink. */
  acknowledged(seq: number, nowUs: number, boot: number): void {
    this.#observer.acknowledged?.(seq, nowUs, boot);
    this.points.roomAgain(nowUs);
  }

  /** For slots: a state that the device itself decided. */
  edge(channel: Channel, kind: AlarmClass, active: boolean, evidence: number, ticksUs: number): void {
    this.#desk.report({
      name: alarmName(...this.namesOf(channel), kind),
      class: kind,
      subject: channel,
      witnesses: 0,
      change: active ? AlarmChange.raised : AlarmChange.cleared,
      detectedUs: ticksUs,
      value: channel.value,
      quality: channel.quality,
      evidence,
    });
  }

  /** For the alarm desk. */
  publishAlarm(event: AlarmEvent<AlarmSubject>): void {
    const { subject } = event;
    const [device, channel] =
      subject === undefined
        ? [GROUPS, event.name]
        : subject instanceof PointSubject
          ? [subject.device, subject.name]
          : this.namesOf(subject);
    const seq = this.uplink.nextSeq();
    const named = event.name !== alarmName(device, channel, event.class);
    const message = this.#batcher.alarm(event, named, seq);
    this.uplink.publishAlarm(seq, message.bytes, message.offset, message.length);
    if (!(subject instanceof PointSubject)) this.tellCentre(event, subject);
    this.#observer.alarm?.({
      name: event.name,
      device,
      channel,
      class: event.class,
      state: ALARM_WORDS[event.change],
      seq,
      detectedUs: event.detectedUs,
      raisedUs: this.#clock.nowUs(),
    });
  }

  /** Points of panels tell it themselves: what they are is more than their alarms. */
  private tellCentre(event: AlarmEvent<AlarmSubject>, channel: Channel | undefined): void {
    if (this.#centre === undefined) return;
    // Two rules of a channel may have one class.
    const others = channel?.rules.some((rule) => rule.active && rule.class === event.class) === true;
    const standing = event.change === AlarmChange.raised || others;
    const place = channel && this.channels.indexOf(channel);
    this.#centre.alarm(place, event.name, event.class, event.change, standing, event.detectedUs);
  }

  /** The device that has the channel of that position among those of the site. */
  private slotAt(place: number): DeviceSlot {
    const { slots } = this;
    let at = slots.length - 1;
    while (slots[at].firstChannel > place) at--;
    return slots[at];
  }

  /** Device and channel. */
  private namesOf(channel: Channel): [string, string] {
    const place = this.channels.indexOf(channel);
    const slot = this.slotAt(place);
    const plan = slot.readPlan();
    return [plan.id, plan.channels[place - slot.firstChannel].name];
  }

  /** For batches. */
  identityOf(channel: Channel): Identity {
    const place = this.channels.indexOf(channel);
    const slot = this.slotAt(place);
    const plan = slot.readPlan();
    const { name, unit, synthetic } = plan.channels[place - slot.firstChannel];
    return encodeIdentity(`${plan.id}/${name}`, unit, synthetic);
  }

  /** The loss of a device is a trouble of its own, told once, and so is its return. */
  communication(slot: DeviceSlot, lost: boolean, reason: string, ticksUs: number): void {
    this.#log.warn(`${slot.readPlan().id}: ${lost ? `lost: ${reason}` : "answers again"}`);
    const seq = this.uplink.nextSeq();
    const message = this.#batcher.communication(slot, lost, reason, ticksUs, seq);
    this.uplink.publishEvent(seq, message.bytes, message.offset, message.length);
    this.#centre?.communication(lost);
  }

  /** For the scheduler. */
  driverThrew(task: ScheduledTask, error: unknown): void {
    const slot = task as DeviceSlot;
    this.#log.warn(`${slot.readPlan().id}: its driver failed: ${describe(error)}`);
    slot.fail("driver failed", this.#clock.nowUs());
  }

  /** Another root than in the boot before: a part, a calibration, a driver, the firmware or the site was changed meanwhile. */
  private compareRoot(): void {
    const { handle } = this.trace;
    const before = this.#keep?.read(ROOT);
    if (before !== undefined && compareBytes(before, handle) === 0) return;
    this.#keep?.write(ROOT, handle);
    if (before === undefined || before.length !== handle.length) return;
    this.#log.warn("what this gateway is made of has changed since its last start");
    const seq = this.uplink.nextSeq();
    const message = this.#batcher.rootChanged(before, seq);
    this.uplink.publishEvent(seq, message.bytes, message.offset, message.length);
  }

  /** A reader dates what has no wall time by this, and sees that time stepped. */
  private clockStepped(offsetMs: number): void {
    const seq = this.uplink.nextSeq();
    const message = this.#batcher.clockAnchor(offsetMs, seq);
    this.uplink.publishEvent(seq, message.bytes, message.offset, message.length);
  }

  private armBatch(): void {
    if (this.#sampling) this.#batchTimer.arm(this.#clock.nowUs() + this.#batchUs);
  }

  /** Only where a channel wants it. */
  private armStale(): void {
    if (this.#sampling) this.#staleTimer?.arm(this.#clock.nowUs() + STALE_CHECK_US);
  }

  private checkStale(): void {
    const nowUs = this.#clock.nowUs();
    for (const { channel, staleUs } of this.#stale ?? []) channel.checkStale(nowUs, staleUs);
    this.armStale();
  }

  private flush(): void {
    while (this.#batcher.pending) this.encodeBatch();
    this.uplink.tellGaps();
    this.armBatch();
  }

  private encodeBatch(): void {
    const seq = this.uplink.nextSeq();
    const message = this.#batcher.telemetry(seq);
    this.uplink.publishBatch(seq, message.bytes, message.offset, message.length, message.records);
    this.#batches++;
  }
}

/** Alarms that the answer to `state` names; the rest is counted. */
const NAMED_ALARMS = 3;

function stateWords(gateway: Gateway): string {
  const { activeAlarms } = gateway;
  const { missedTicks } = gateway.counters();
  const named = activeAlarms.slice(0, NAMED_ALARMS).join(", ");
  const alarms = activeAlarms.length === 0 ? "no alarm active" : `${activeAlarms.length} alarms active: ${named}`;
  return `${alarms}; ${gateway.undelivered} messages wait; ${missedTicks} ticks missed`;
}
