/**
 * The books of an uplink: which sequence numbers of each start of a gateway arrived, and which a gap record tells of. Decoded
 * by cbor-x, which nobody here wrote.
 */
import { Decoder } from "cbor-x";

const decoder = new Decoder({ mapsAsObjects: false, useRecords: false });

/** Value bytes (RFC 8428 section 6, label 8), and name. */
const DATA = 8;
const NAME = 0;

type Told = { readonly reason: string; readonly from: Place; readonly to: Place; readonly messages: number };
type Place = { readonly boot: number; readonly seq: number };

export class Accounting {
  /** By boot: how often each sequence number came. */
  readonly arrived = new Map<number, Map<number, number>>();
  readonly gaps: Told[] = [];
  /** Messages that carry no sequence number: state and trace. */
  documents = 0;

  add(topic: string, payload: Uint8Array): void {
    if (!/\/(telemetry|alarm|event)$/.test(topic)) {
      this.documents++;
      return;
    }
    const [head] = decoder.decode(payload) as Map<number | string, unknown>[];
    const boot = Number(head.get("boot"));
    const seq = Number(head.get("seq"));
    const seqs = this.arrived.get(boot) ?? new Map<number, number>();
    this.arrived.set(boot, seqs.set(seq, (seqs.get(seq) ?? 0) + 1));
    if (String(head.get(NAME)).endsWith("uplink/gap")) this.#gap(head.get(DATA) as Uint8Array);
  }

  /** Distinct messages that arrived. */
  get delivered(): number {
    let sum = 0;
    for (const seqs of this.arrived.values()) sum += seqs.size;
    return sum;
  }

  get duplicates(): number {
    let sum = 0;
    for (const seqs of this.arrived.values()) for (const times of seqs.values()) sum += times - 1;
    return sum;
  }

  /** Messages that gap records count. */
  get told(): number {
    return this.gaps.reduce((sum, { messages }) => sum + messages, 0);
  }

  /** Sequence numbers below the last one known of each boot that neither came nor lie in a gap. */
  missing(): string[] {
    const missing: string[] = [];
    for (const boot of new Set([...this.arrived.keys(), ...this.gaps.map(({ to }) => to.boot)])) {
      const seqs = this.arrived.get(boot) ?? new Map<number, number>();
      let last = -1;
      for (const seq of seqs.keys()) last = Math.max(last, seq);
      for (const { to } of this.gaps) if (to.boot === boot && to.seq < 0x7fff_ffff) last = Math.max(last, to.seq);
      for (let seq = 0; seq <= last; seq++)
        if (!seqs.has(seq) && !this.gaps.some((gap) => covers(gap, boot, seq))) missing.push(`${boot}/${seq}`);
    }
    return missing;
  }

  #gap(bytes: Uint8Array): void {
    const [, reason, fromBoot, fromSeq, toBoot, toSeq, messages] = decoder.decode(bytes) as [
      number,
      string,
      ...number[],
    ];
    const from = { boot: fromBoot, seq: fromSeq };
    this.gaps.push({ reason, from, to: { boot: toBoot, seq: toSeq }, messages });
  }
}

function covers({ from, to }: Told, boot: number, seq: number): boolean {
  const after = boot > from.boot || (boot === from.boot && seq >= from.seq);
  return after && (boot < to.boot || (boot === to.boot && seq <= to.seq));
}
