/** The parts that a plan may ask for, made or refused: time, monitoring centre, store, signing, documents. */

import { type DriverContext, Quality } from "../drivers/contract";
import { Linked } from "../drivers/linked";
import type { Clock } from "../hal/clock";
import type { TCPConstructor } from "../hal/io";
import type { Credential } from "../hal/secrets";
import type { CentreLink } from "./centre";
import type { DeviceSlot } from "./device-slot";
import { type Features, wantedFeatures } from "./features/feature";
import type { GatewayOptions } from "./gateway-options";
import type { UplinkPlan } from "./plan";
import { type PlanBook, PlanError, type PlanHead } from "./plan-book";
import type { Channel } from "./sampling/channel";
import type { Timekeeper } from "./time/timekeeper";
import type { Trace } from "./trace/trace";
import type { ColumnIdentity } from "./uplink/columns/writer";
import type { Signing } from "./uplink/cose/signing";
import type { FlashStore } from "./uplink/outbox/flash-store";
import { NO_DIGITS } from "./uplink/senml/pack-writer";
import type { Document, Documents } from "./uplink/uplink";

/** A device does what its plan wants, or says that it cannot. */
export function refuseUnlinked(plan: PlanHead, features: Features): void {
  // A build has what its own plan wants.
  if (!Linked.checks) return;
  for (const name of wantedFeatures(plan))
    if (features[name] === undefined)
      throw new PlanError(
        `the site wants ${name}, which is not linked into this firmware; build it anew for this site`,
      );
}

/** Never in the clear where the site wants it encrypted. */
export function socketOf({ uplink }: PlanHead, { io }: GatewayOptions): TCPConstructor {
  if (uplink.tls && io.TLS === undefined)
    throw new PlanError("the site's broker wants TLS (mqtts), and this platform has none");
  return uplink.tls ? io.TLS! : io.TCP!;
}

/** Never without where the site wants it to say who it is. */
export function credentialOf({ uplink }: PlanHead, { secrets }: GatewayOptions): { credentials?: Credential } {
  if (uplink.credential === undefined) return {};
  const credentials = secrets?.credential(uplink.credential);
  if (credentials === undefined)
    throw new PlanError(`the site's broker wants the credential "${uplink.credential}", and this device holds none`);
  return { credentials };
}

export function timeOf(
  plan: PlanHead,
  { features, clock, random, log, io }: GatewayOptions,
  onStep: (offsetMs: number) => void,
): Timekeeper | undefined {
  return plan.time && features.sntp!.timekeeper({ plan: plan.time, clock, random, log, io, onStep });
}

export function openCentre(
  book: PlanBook,
  plan: PlanHead,
  channels: readonly Channel[],
  clock: Clock,
  { random, log, io, features }: GatewayOptions,
): CentreLink | undefined {
  if (plan.uplink.gb26875 === undefined) return undefined;
  const pointCounts: number[] = [];
  for (let i = 0; i < book.deviceCount; i++) pointCounts.push(book.readDevice(i).points?.count ?? 0);
  return features.gb26875!.openLink({
    plan: plan.uplink.gb26875,
    channelCount: channels.length,
    pointCounts,
    groups: (plan.alarms ?? []).map((group) => group.name),
    clock,
    random,
    log,
    TCP: io.TCP!,
    valueAt: (channel) => (channels[channel]?.quality === Quality.good ? channels[channel].value : Number.NaN),
  });
}

/** More is not there for it on a board whose flash cannot be used. */
const LARGEST_MEMORY = { alarmBytes: 8 * 1024, telemetryBytes: 24 * 1024 } as const;

export function storeOf(
  plan: PlanHead,
  { features, io, boot, log }: GatewayOptions,
  clock: Clock,
): FlashStore | undefined {
  const { store } = plan.uplink;
  if (store.flash === undefined) return undefined;
  return features.flash!.openFlashStore({ plan: store, flash: io.flash, boot, clock, log });
}

/** What the plan gives to a store in flash is too much for memory. */
export function inMemory(uplink: UplinkPlan): UplinkPlan {
  if (uplink.store.flash === undefined) return uplink;
  const { alarmBytes, telemetryBytes } = LARGEST_MEMORY;
  return {
    ...uplink,
    store: {
      alarmBytes: Math.min(uplink.store.alarmBytes, alarmBytes),
      telemetryBytes: Math.min(uplink.store.telemetryBytes, telemetryBytes),
    },
  };
}

export function signingOf(plan: PlanHead, { features, crypto }: GatewayOptions): Signing | undefined {
  if (plan.uplink.sign === undefined) return undefined;
  if (crypto.signer === undefined)
    throw new PlanError("the site wants its messages signed (uplink: sign), and this device has no key");
  return features.signing!.signingWith(crypto.signer, crypto, plan.uplink.batch.encoding);
}

/** The device manifest, signed where messages are, then its components, which it lists by their hashes. */
export class TraceDocuments implements Documents {
  private readonly trace: Trace;
  private readonly signing: Signing | undefined;

  constructor(trace: Trace, signing: Signing | undefined) {
    this.trace = trace;
    this.signing = signing;
  }

  get count(): number {
    return 1 + this.trace.componentCount;
  }

  get(index: number): Document {
    if (index === 0) {
      const manifest = this.trace.makeManifest();
      return { suffix: "trace/root", bytes: this.signing?.document(manifest) ?? manifest };
    }
    const { name, bytes } = this.trace.component(index - 1);
    return { suffix: `trace/c/${name}`, bytes };
  }
}

/** By channel: the digits of its values. */
export function digitsOf(book: PlanBook, devices: number): number[] {
  const digits: number[] = [];
  for (let i = 0; i < devices; i++)
    for (const { decimals } of book.readDevice(i).channels) digits.push(decimals ?? NO_DIGITS);
  return digits;
}

/** By channel: the place of its component in the device manifest, and its own in that component's list. */
export function columnIdentities(book: PlanBook, places: readonly number[]): ColumnIdentity[] {
  return places.flatMap((component, i) =>
    book.readDevice(i).channels.map(({ decimals }, channel) => ({
      component,
      channel,
      ...(decimals === undefined ? {} : { decimals }),
    })),
  );
}

/** What all devices have in common is inherited: a copy for each would be six slots. */
export function contextOf(common: object, slot: DeviceSlot): DriverContext {
  const context = Object.create(common);
  context.sink = slot;
  return context;
}

export function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
