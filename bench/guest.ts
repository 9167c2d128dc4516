/** The workload inside XS. Its input says what to run and how often, so that start-up costs cancel in a difference. */
import { makeOurs, makeTheirPath, makeTheirs } from "./moddable-way";
import { MONTH_US, makeWorkload } from "./workload";

declare const host: { input(): ArrayBuffer; print(text: string): void; nowUs(): number };

const [what, turns] = new Uint32Array(host.input());
const work = makeWorkload(what === 6 ? MONTH_US : 0);
const rival = what === 3 ? makeOurs() : what === 4 ? makeTheirs() : makeTheirPath();
const startedUs = host.nowUs();
for (let turn = 0; turn < turns; turn++) {
  if (what === 0) work.read();
  else if (what >= 3 && what <= 5) rival.turn();
  else {
    work.sample();
    if (what === 1) work.release();
    else work.encode();
  }
}
host.print(String(host.nowUs() - startedUs));
