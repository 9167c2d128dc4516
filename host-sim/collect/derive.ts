/** Everything that a spool says, in order: made anew from the evidence, with all that is known by now. */
import { type CollectedMessage, Collector, type CollectorOptions } from "./collector";
import type { SpoolEntry } from "./spool";

export type Derived = { readonly collector: Collector; readonly messages: readonly CollectedMessage[] };

/**
 * Two readings of the entries: the first learns manifests and anchors, which may have come later than what they explain; the second
 * resolves with them. The messages are in the order of site, gateway, boot and sequence number.
 */
export function derive(entries: readonly SpoolEntry[], options: CollectorOptions = {}): Derived {
  const learner = new Collector(options);
  for (const { topic, payload, receivedMs } of entries) learner.take(topic, payload, receivedMs);
  const collector = new Collector({ ...options, keys: learner.keys, index: learner.index, clocks: learner.clocks });
  learner.index.rejected.length = 0;
  const messages: CollectedMessage[] = [];
  for (const { topic, payload, receivedMs } of entries) {
    const message = collector.take(topic, payload, receivedMs);
    if (message !== undefined) messages.push(message);
  }
  return { collector, messages: messages.sort(inOrder) };
}

export function inOrder(a: CollectedMessage, b: CollectedMessage): number {
  return compare(a.site, b.site) || compare(a.gateway, b.gateway) || a.boot - b.boot || a.seq - b.seq;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
