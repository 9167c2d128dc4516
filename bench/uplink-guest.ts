/** The batch of 64 samples inside XS: encoded from the queues, in which sampling left it. */
import { makeBatches } from "./uplink-workload";

declare const host: { onCall(callback: (what: number, turns: number) => void): void };

(globalThis as { main?: () => void }).main = () => {
  const batches = makeBatches();
  batches.fill();
  const works = [() => {}, batches.asSenml, batches.asShort, batches.asColumns];
  host.onCall((what, turns) => {
    const turn = works[what];
    for (let i = 0; i < turns; i++) turn();
  });
};
