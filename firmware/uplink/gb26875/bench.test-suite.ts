/** A link and a simulated centre in a world of their own, for tests of this room. */
import type { AlarmClass } from "../../../drivers/plan";
import { MonitoringCentre } from "../../../host-sim/world/centre";
import { WorldClock } from "../../../host-sim/world/clock";
import { Kernel } from "../../../host-sim/world/kernel";
import { Network } from "../../../host-sim/world/network";
import { RandomBranch } from "../../../host-sim/world/random";
import { AlarmChange } from "../../alarms/machine";
import type { Gb26875Plan, Plan } from "../../plan";
import type { Frame, Unit } from "./codec";
import { codec2011 } from "./frame-2011";
import { Gb26875Link } from "./link";
import { LABEL_BYTES, POINT_BYTES, PointField, PointKind } from "./points";

export const CENTRE = "198.51.100.7";
const GATEWAY = "192.0.2.7";
/** 2026-01-01 08:00:00 in China. */
const EPOCH_MS = Date.UTC(2026, 0, 1);
/** Bits of `manifests/gb26875/tables-2011.json`. */
export const BITS = { fire: 2, fault: 4, disabled: 8, supervisory: 16 } as const;

export type TestPoint = {
  readonly source: number;
  readonly kind?: number;
  readonly mask?: number;
  readonly component?: number;
  readonly place?: readonly number[];
  readonly label?: string;
  readonly analog?: number;
  readonly step?: number;
};

export function points(list: readonly TestPoint[]): Uint8Array {
  const bytes = new Uint8Array(list.length * POINT_BYTES);
  list.forEach((point, i) => {
    const record = bytes.subarray(i * POINT_BYTES, (i + 1) * POINT_BYTES);
    record[PointField.source] = point.source & 0xff;
    record[PointField.source + 1] = point.source >> 8;
    record[PointField.kind] = point.kind ?? PointKind.component;
    record[PointField.mask] = point.mask ?? 0;
    record[PointField.system] = 1;
    record[PointField.systemAddress] = 1;
    record[PointField.component] = point.component ?? 40;
    record.set(point.place ?? [0, 0, point.source & 0xff, 0], PointField.place);
    record.set(Buffer.from(point.label ?? "", "latin1").subarray(0, LABEL_BYTES), PointField.label);
    record[PointField.analog] = point.analog ?? 0;
    new DataView(bytes.buffer).setFloat32(i * POINT_BYTES + PointField.step, point.step ?? 1, true);
  });
  return bytes;
}

export function planOf(change: Partial<Gb26875Plan> = {}): Gb26875Plan {
  return {
    host: CENTRE,
    port: 5200,
    source: Uint8Array.of(0x79, 3, 0, 0, 0, 0),
    destination: Uint8Array.of(0x38, 0x5b, 1, 0, 0, 0),
    userVersion: 1,
    zoneMinutes: 480,
    timeoutMs: 10_000,
    queue: 8,
    objects: 4,
    system: 1,
    systemAddress: 1,
    // Fire, life, pre-alarm, supervisory, trouble, disabled, test.
    conditionBits: [BITS.fire, BITS.fire, BITS.supervisory, BITS.supervisory, BITS.fault, BITS.disabled, 0],
    running: false,
    points: points([{ source: 0, label: "north" }, { source: 1 }, { source: 2 }]),
    systemText: Uint8Array.of(0x41),
    transmitterText: Uint8Array.of(0x42),
    ...change,
  };
}

export type BenchOptions = {
  readonly channels?: number;
  readonly points?: readonly number[];
  readonly groups?: readonly string[];
  /** False: the gateway has no wall clock. */
  readonly wall?: boolean;
  readonly latencyUs?: number;
};

export class Bench {
  readonly kernel = new Kernel();
  readonly clock: WorldClock;
  readonly network: Network;
  readonly centre: MonitoringCentre;
  readonly link: Gb26875Link;
  readonly plan: Gb26875Plan;
  /** Everything that came whole to the centre. */
  readonly frames: Frame[] = [];
  readonly said: string[] = [];
  readonly values = new Map<number, number>();

  constructor(change: Partial<Gb26875Plan> = {}, options: BenchOptions = {}) {
    this.plan = planOf(change);
    const random = new RandomBranch(26875);
    this.clock = new WorldClock(this.kernel, EPOCH_MS);
    this.network = new Network(this.kernel, random.branch("network"), { latencyUs: options.latencyUs ?? 25_000 });
    const { Listener, TCP } = this.network.host(CENTRE);
    const sitePlan = { devices: [], uplink: { gb26875: this.plan } } as unknown as Plan;
    this.centre = new MonitoringCentre({
      Listener,
      TCP,
      plan: sitePlan,
      clock: this.clock,
      onFrame: (bytes) => this.frames.push(codec2011.decode(bytes, bytes.length)),
    });
    const say = (text: string) => this.said.push(text);
    const clock = this.clock;
    this.link = new Gb26875Link({
      plan: this.plan,
      channelCount: options.channels ?? 4,
      pointCounts: options.points ?? [],
      groups: options.groups ?? [],
      clock:
        options.wall === false
          ? {
              nowUs: () => clock.nowUs(),
              wallMs: () => Number.NaN,
              wallQuality: () => 0,
              timer: (f, of) => clock.timer(f, of),
            }
          : clock,
      random: random.branch("gateway"),
      log: { info: say, warn: say },
      TCP: this.network.host(GATEWAY).TCP,
      valueAt: (source) => this.values.get(source) ?? Number.NaN,
    });
  }

  /** Started, and what a new connection brings is over. */
  static running(change: Partial<Gb26875Plan> = {}, options: BenchOptions = {}): Bench {
    const bench = new Bench(change, options);
    bench.link.start();
    bench.run(1);
    bench.frames.length = 0;
    return bench;
  }

  run(seconds: number): void {
    this.kernel.runUntil(this.kernel.nowUs() + seconds * 1_000_000);
  }

  raise(source: number, alarmClass: AlarmClass): void {
    this.link.alarm(source, "", alarmClass, AlarmChange.raised, true, this.kernel.nowUs());
  }

  clear(source: number, alarmClass: AlarmClass, standing = false): void {
    this.link.alarm(source, "", alarmClass, AlarmChange.cleared, standing, this.kernel.nowUs());
  }

  units(): Unit[] {
    return this.frames.map(({ unit }) => unit);
  }

  /** `type: what` of each object that the centre heard. */
  heard(): string[] {
    return this.units().flatMap((unit) => {
      if (unit === undefined) return ["heartbeat"];
      if ("raw" in unit) return ["raw"];
      switch (unit.type) {
        case 1:
          return unit.objects.map(({ state }) => `system ${state}`);
        case 2:
          return unit.objects.map(({ place, state }) => `component ${place[2]} ${state}`);
        case 4:
          return unit.objects.map(({ operation }) => `operation ${operation}`);
        case 21:
          return unit.objects.map(({ transmitter }) => `transmitter ${transmitter}`);
        case 24:
          return unit.objects.map(({ operation, operator }) => `transmitter operation ${operation} by ${operator}`);
        default:
          return [`type ${unit.type}`];
      }
    });
  }
}
