/**
 * Takes messages of any number of gateways, in any order, once or more often, and gives back what they say: each message once, with
 * its records resolved to names, units, times and components, and how far it can be trusted. IO is elsewhere.
 */
import { decodeCbor } from "../../firmware/uplink/cbor/reader";
import { END_OF_BOOT } from "../../firmware/uplink/outbox/lane";
import { Label } from "../../firmware/uplink/senml/labels";
import { ABSOLUTE_S, type RawRecord, type SenmlRecord } from "../senml/resolve";
import { ClockBook, type TimeSource } from "./clock-book";
import { EVIDENCE } from "./evidence";
import { KeyRing, type Trust } from "./key-ring";
import { type DeclaredGap, Ledger, type SeqRange } from "./ledger";
import { TraceIndex } from "./trace-index";
import { type Content, hexOf, readWireMessage, WireError, type WireMessage } from "./wire";

export type CollectedRecord = {
  /** Whole name: site, gateway, device, channel. `#<place>/<channel>` while a compact batch's manifest is not known. */
  readonly name: string;
  readonly unit?: string;
  readonly value?: number;
  readonly text?: string;
  /** In hexadecimal. */
  readonly data?: string;
  readonly quality: number;
  /** UNIX seconds. */
  readonly time: number;
  readonly timeSource: TimeSource;
  /** Seconds since boot, where the gateway did not know the time. */
  readonly up?: number;
  /** Full hash of the component that it comes from; absent while the trace does not tell. */
  readonly component?: string;
  readonly synthetic?: true;
  readonly alarm?: string;
  readonly rule?: string;
  readonly state?: string;
  readonly raw?: number;
};

export type CollectedMessage = {
  readonly site: string;
  readonly gateway: string;
  /** `telemetry`, `alarm`, `event`. */
  readonly what: string;
  readonly boot: number;
  readonly seq: number;
  /** Handles in hexadecimal. */
  readonly root: string;
  readonly configuration: string;
  readonly timeQuality: number;
  readonly trust: Trust;
  readonly keyId?: string;
  /** UNIX milliseconds. */
  readonly receivedMs: number;
  readonly records: readonly CollectedRecord[];
};

export type Refusal = { readonly topic: string; readonly reason: string };

export type CollectorOptions = {
  readonly keys?: KeyRing;
  /** Refuse what is not signed by a key of the ring. Default: when the ring has one. */
  readonly onlyTrusted?: boolean;
  readonly index?: TraceIndex;
  /** Anchors that are known already, by gateway. */
  readonly clocks?: Map<string, ClockBook>;
};

export type GatewayAccount = {
  readonly site: string;
  readonly gateway: string;
  readonly boots: ReturnType<Ledger["accounts"]>;
};

/** Refusals that are kept with their reasons; the rest is only counted. */
const KEPT_REFUSALS = 1000;
/** Boots that one gap may reach over: it is told again before there are so many. */
const MOST_BOOTS = 1000;

type Source = { readonly ledger: Ledger; readonly clock: ClockBook };

/** What a pack says about itself in its first record. */
type PackHead = { boot: number; seq: number; root: string; configuration: string; timeQuality: number; mono: boolean };

export class Collector {
  readonly keys: KeyRing;
  readonly index: TraceIndex;
  readonly refusals: Refusal[] = [];
  /** Messages that were refused, also those beyond the ones that are kept. */
  refused = 0;
  readonly #onlyTrusted: boolean;
  readonly clocks: Map<string, ClockBook>;
  readonly #ledgers = new Map<string, Ledger>();

  constructor(options: CollectorOptions = {}) {
    this.keys = options.keys ?? new KeyRing();
    this.index = options.index ?? new TraceIndex();
    this.clocks = options.clocks ?? new Map();
    this.#onlyTrusted = options.onlyTrusted ?? this.keys.size > 0;
  }

  /** @returns the message, or `undefined` where it is a duplicate, a document, or refused */
  take(topic: string, payload: Uint8Array, receivedMs: number): CollectedMessage | undefined {
    let message: WireMessage;
    try {
      message = readWireMessage(topic, payload);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return this.#refuse(topic, error.message);
    }
    const { what } = message.origin;
    // The gateway's state and its will are no evidence: the broker publishes one of them.
    if (what === "state") return undefined;
    // Components are held by their hashes in the signed device manifest.
    if (what.startsWith("trace/c/")) return this.#component(message);
    const trust = this.keys.judge(message);
    if (trust === "invalid" || (this.#onlyTrusted && trust !== "valid")) return this.#refuse(topic, WORDS[trust]);
    if (what === "trace/root") return this.#device(message);
    if (!EVIDENCE.includes(what)) return undefined;
    return this.#evidence(topic, message, trust, receivedMs);
  }

  accounts(): GatewayAccount[] {
    return [...this.#ledgers.entries()].sort().map(([key, ledger]) => {
      const [site, gateway] = key.split("/");
      return { site, gateway, boots: ledger.accounts() };
    });
  }

  #device(message: WireMessage): undefined {
    if (message.content.kind === "document") this.index.addDevice(message.body, message.content.value);
    return undefined;
  }

  #component(message: WireMessage): undefined {
    const { what } = message.origin;
    if (message.content.kind === "document")
      this.index.addComponent(what.slice("trace/c/".length), message.body, message.content.value);
    return undefined;
  }

  #evidence(topic: string, message: WireMessage, trust: Trust, receivedMs: number): CollectedMessage | undefined {
    const head = headOf(message.content);
    if (head === undefined) return this.#refuse(topic, "it does not say boot, seq, root and cfg");
    const { site, gateway } = message.origin;
    const source = this.#source(site, gateway);
    if (!source.ledger.boot(head.boot).take(head.seq)) return undefined;
    const records = this.#records(message, head, source, receivedMs);
    return {
      site,
      gateway,
      what: message.origin.what,
      boot: head.boot,
      seq: head.seq,
      root: head.root,
      configuration: head.configuration,
      timeQuality: head.timeQuality,
      trust,
      ...(message.signature === undefined ? {} : { keyId: message.signature.keyId }),
      receivedMs,
      records,
    };
  }

  #source(site: string, gateway: string): Source {
    const key = `${site}/${gateway}`;
    const ledger = this.#ledgers.get(key) ?? new Ledger();
    const clock = this.clocks.get(key) ?? new ClockBook();
    this.#ledgers.set(key, ledger);
    this.clocks.set(key, clock);
    return { ledger, clock };
  }

  #records(message: WireMessage, head: PackHead, source: Source, receivedMs: number): CollectedRecord[] {
    const { content, origin } = message;
    const prefix = `${origin.site}/${origin.gateway}/`;
    if (content.kind === "columns")
      return content.batch.columns.flatMap(({ component, channel, records }) => {
        const found = this.index.columnOf(head.root, component, channel);
        const name = found === undefined ? `#${component}/${channel}` : found.name;
        const cid = this.index.device(head.root)?.components[component];
        return records.map(({ timeS, quality, value }) => ({
          name: prefix + name,
          ...(found === undefined || found.unit === "" ? {} : { unit: found.unit }),
          ...(value === undefined ? {} : { value }),
          quality,
          ...this.#time(timeS, head, source, receivedMs),
          ...(cid === undefined ? {} : { component: cid }),
        }));
      });
    if (content.kind !== "pack") return [];
    if (origin.what === "event") readEvent(content.first, head, source);
    return this.#pack(content.records, prefix, head, source, receivedMs);
  }

  #pack(records: readonly SenmlRecord[], prefix: string, head: PackHead, source: Source, receivedMs: number) {
    let synthetic = false;
    return records.map(({ name, unit, value, text, data, time, begins, more }): CollectedRecord => {
      // The mark is the group's.
      if (begins) synthetic = more.get("sy") === true;
      const component = this.index.componentOf(head.root, name.slice(prefix.length));
      const raw = numberOf(more.get("raw"));
      return {
        name,
        ...(unit === undefined ? {} : { unit }),
        ...(value === undefined ? {} : { value }),
        ...(text === undefined ? {} : { text }),
        ...(data instanceof Uint8Array ? { data: hexOf(data) } : {}),
        quality: numberOf(more.get("q")) ?? 0,
        ...this.#time(time ?? 0, head, source, receivedMs),
        ...(component === undefined ? {} : { component: component.cid }),
        ...(synthetic || more.get("sy") === true ? { synthetic: true } : {}),
        ...optional("alarm", textOf(more.get("alarm"))),
        ...optional("rule", textOf(more.get("rule"))),
        ...optional("state", textOf(more.get("state"))),
        ...(raw === undefined ? {} : { raw }),
      };
    });
  }

  #time(timeS: number, head: PackHead, source: Source, receivedMs: number) {
    if (!head.mono && timeS >= ABSOLUTE_S) return { time: timeS, timeSource: "sent" as const };
    const time = source.clock.date(head.boot, timeS);
    return time === undefined
      ? { time: receivedMs / 1000, timeSource: "arrival" as const, up: timeS }
      : { time, timeSource: "anchored" as const, up: timeS };
  }

  #refuse(topic: string, reason: string): undefined {
    this.refused++;
    if (this.refusals.length < KEPT_REFUSALS) this.refusals.push({ topic, reason });
    return undefined;
  }
}

const WORDS: { readonly [trust in Trust]: string } = {
  valid: "it is signed",
  invalid: "its signature does not hold",
  "unknown-key": "it is signed with a key that is not on the ring",
  unsigned: "it is not signed",
  unjudged: "there is no key to judge its signature by",
};

function headOf(content: Content): PackHead | undefined {
  if (content.kind === "columns") {
    const { boot, seq, root, configuration, timeQuality } = content.batch;
    const digest = hexOf(configuration);
    return { boot, seq, root: hexOf(root), configuration: digest, timeQuality, mono: timeQuality === 0 };
  }
  if (content.kind !== "pack") return undefined;
  const { first } = content;
  const boot = numberOf(first.get("boot"));
  const seq = numberOf(first.get("seq"));
  const root = first.get("root");
  const configuration = first.get("cfg");
  if (boot === undefined || seq === undefined || !isCount(boot) || !isCount(seq)) return undefined;
  if (!(root instanceof Uint8Array) || !(configuration instanceof Uint8Array)) return undefined;
  return {
    boot,
    seq,
    root: hexOf(root),
    configuration: hexOf(configuration),
    timeQuality: numberOf(first.get("tq")) ?? 0,
    mono: first.get("mono_") === true,
  };
}

/** Events that say something about other messages: when the clock was set, what was let go. */
function readEvent(record: RawRecord, head: PackHead, source: Source): void {
  const name = record.get(Label.name);
  const up = numberOf(record.get("up"));
  const base = numberOf(record.get(Label.baseTime));
  if (name === "clock/anchor" && up !== undefined && base !== undefined)
    source.clock.add(head.boot, { upS: up, utcS: base });
  for (const { boot, ...range } of gapOf(record)) source.ledger.boot(boot).declare(range);
}

/**
 * Messages that will not come, boot by boot: `[lane, reason, boot and seq of the first, of the last, messages, records]` (see
 * firmware/batcher.ts). Its range is that of one lane, and others draw from the same numbers: what came within it, came.
 */
function gapOf(record: RawRecord): (DeclaredGap & { readonly boot: number })[] {
  const data = record.get(Label.dataValue);
  if (record.get(Label.name) !== "uplink/gap" || !(data instanceof Uint8Array)) return [];
  const gap = decodeCbor(data) as unknown;
  if (!Array.isArray(gap) || gap.length < 6) return [];
  const [, reason, fromBoot, fromSeq, toBoot, toSeq] = gap as unknown[];
  if (
    typeof reason !== "string" ||
    ![fromBoot, fromSeq, toBoot, toSeq].every((n) => typeof n === "number" && isCount(n))
  )
    return [];
  const first = Math.max(fromBoot as number, (toBoot as number) - MOST_BOOTS);
  const gaps: (DeclaredGap & { readonly boot: number })[] = [];
  for (let boot = first; boot <= (toBoot as number); boot++)
    gaps.push({
      boot,
      from: boot === fromBoot ? (fromSeq as number) : 0,
      to: boot === toBoot ? (toSeq as number) : END_OF_BOOT,
      reason,
    });
  return gaps;
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function optional<Key extends string>(key: Key, value: string | undefined): { [key in Key]?: string } {
  return value === undefined ? {} : ({ [key]: value } as { [key in Key]?: string });
}

export type { SeqRange };
