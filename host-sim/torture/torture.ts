/**
 * The power-cut proof of the flash store: a scripted workload is cut at every byte of every flash operation, and each
 * recovery is cut again at every byte of its own operations. After each, everything is handed over and the ledger judges.
 *
 * A recovery is cut where it goes: the cells are taken as the power would leave them there, and the recovery goes on. Much of it
 * programs bytes that are there already, so most of its moments leave cells like those of another moment: each state of the
 * cells is recovered once.
 */
import { CURSOR_SECTORS } from "../../firmware/uplink/outbox/flash-store";
import { LaneId } from "../../firmware/uplink/outbox/lane";
import { NorFlash, PowerCut } from "../world/flash";
import { RandomBranch } from "../world/random";
import { CHECKS, type CheckName, Ledger, newTallies, type Tallies } from "./ledger";
import { ALARM_SECTORS, Life, SECTOR_BYTES, type Step, TELEMETRY_SECTORS } from "./life";

export type TortureOptions = {
  readonly seed: number;
  /** Rounds of the workload; each goes through append, acknowledge, rotate, overflow and erase. */
  readonly rounds: number;
  /** Of the moments at which the workload can be cut, every so many-th; 1: all. */
  readonly stride: number;
  /** The same for the cuts of a recovery; 0: no second cut. */
  readonly secondStride: number;
  /** Of these moments only every `of`-th from the `index`-th on: for several processes. `mergeResults` puts them together. */
  readonly shard?: { readonly index: number; readonly of: number };
  /** Bounds the run: no more first cuts than that. */
  readonly limit?: number;
  /** Ends with the first mistake. */
  readonly untilBroken?: boolean;
  readonly onProgress?: (cuts: number, of: number) => void;
};

export type TortureResult = {
  readonly seed: number;
  /** Flash operations of the uncut workload, and moments at which they can be cut. */
  readonly operations: number;
  readonly moments: number;
  readonly firstCuts: number;
  readonly secondCuts: number;
  /** Different states in which the second cuts left the cells of their recovery: all were recovered. */
  readonly secondStates: number;
  readonly checks: Tallies;
  /** Of the uncut workload: most erases of a sector less fewest, within each log. */
  readonly eraseSpread: number;
  /** Bits that somebody tried to program back to 1. */
  readonly impossibleBits: number;
  /** The first mistakes, with the cuts that brought them about. */
  readonly problems: readonly string[];
};

const SECTORS = CURSOR_SECTORS + ALARM_SECTORS + TELEMETRY_SECTORS;
const MOST_PROBLEMS = 10;
/** After a recovery, each with a message to either lane, before everything is handed over. */
const RESTARTS = 2;

/** Append, acknowledge, rotate, overflow in both lanes, erase, restart: each round another mixture of lengths. */
export function workload(rounds: number): Step[] {
  const steps: Step[] = [];
  const push = (lane: LaneId, length: number) => steps.push({ do: "push", lane, length });
  for (let round = 0; round < rounds; round++) {
    const odd = round % 4;
    for (let i = 0; i < 5; i++) push(LaneId.telemetry, 61 + 13 * i + odd);
    push(LaneId.alarm, 50 + odd);
    steps.push({ do: "send", count: 4 }, { do: "acknowledge", count: 3 });
    push(LaneId.telemetry, 1 + odd);
    push(LaneId.alarm, 120);
    steps.push({ do: "wait", seconds: 1 }, { do: "send", count: 3 }, { do: "acknowledge", count: 2, fromBack: true });
    // Nobody acknowledges: both lanes overflow.
    for (let i = 0; i < 14; i++) push(LaneId.telemetry, 150 + 7 * i);
    for (let i = 0; i < 12; i++) push(LaneId.alarm, 140 + odd);
    steps.push(
      { do: "rewind" },
      { do: "send", count: 12 },
      { do: "acknowledge", count: 12 },
      { do: "wait", seconds: 40 },
    );
    push(LaneId.telemetry, 400);
    steps.push({ do: "send", count: 6 }, { do: "acknowledge", count: 6 });
    // Many short ones: more acknowledgements than the cursor waits for.
    for (let i = 0; i < 36; i++) push(LaneId.telemetry, 1 + (i % 5));
    steps.push({ do: "send", count: 45 }, { do: "acknowledge", count: 38 });
    steps.push({ do: "restart" });
  }
  return steps;
}

export function torture(options: TortureOptions): TortureResult {
  return new Torture(options).run();
}

/** Of all shards of one run. */
export function mergeResults(results: readonly TortureResult[]): TortureResult {
  const sum = (of: (result: TortureResult) => number) => results.reduce((total, result) => total + of(result), 0);
  const checks = newTallies();
  for (const name of Object.keys(CHECKS) as CheckName[]) {
    checks[name].examined = sum((result) => result.checks[name].examined);
    checks[name].broken = sum((result) => result.checks[name].broken);
  }
  return {
    ...results[0],
    firstCuts: sum(({ firstCuts }) => firstCuts),
    secondCuts: sum(({ secondCuts }) => secondCuts),
    secondStates: sum(({ secondStates }) => secondStates),
    checks,
    impossibleBits: sum(({ impossibleBits }) => impossibleBits),
    problems: results.flatMap(({ problems }) => problems).slice(0, MOST_PROBLEMS),
  };
}

class Torture {
  readonly #options: TortureOptions;
  readonly #steps: readonly Step[];
  #checks = newTallies();
  readonly #problems: string[] = [];
  #impossibleBits = 0;
  #firstCuts = 0;
  #secondCuts = 0;
  #secondStates = 0;

  constructor(options: TortureOptions) {
    this.#options = options;
    this.#steps = workload(options.rounds);
  }

  run(): TortureResult {
    const { seed, stride, limit = Number.POSITIVE_INFINITY, untilBroken, onProgress } = this.#options;
    const uncut = this.#live(this.#newFlash(0), -1);
    const { steps: moments, operations } = uncut.flash;
    const eraseSpread = spreadOf(uncut.flash);
    const { index, of } = this.#options.shard ?? { index: 0, of: 1 };
    // One shard counts what the uncut workload showed.
    if (index === 0) this.#end(uncut.flash, uncut.ledger, uncut.boot, "uncut");
    else this.#checks = newTallies();
    for (let moment = index * stride; moment < moments && this.#firstCuts < limit; moment += of * stride) {
      this.#cut(moment);
      if (untilBroken === true && this.#problems.length > 0) break;
      if (this.#firstCuts % 100 === 0) onProgress?.(moment, moments);
    }
    return {
      seed,
      operations,
      moments,
      firstCuts: this.#firstCuts,
      secondCuts: this.#secondCuts,
      secondStates: this.#secondStates,
      checks: this.#checks,
      eraseSpread,
      impossibleBits: this.#impossibleBits,
      problems: this.#problems,
    };
  }

  #newFlash(moment: number): NorFlash {
    return new NorFlash(SECTORS, new RandomBranch(this.#options.seed, `cut ${moment}`), SECTOR_BYTES);
  }

  /** Runs the workload until it is through, or cut. */
  #live(flash: NorFlash, cutAt: number): { flash: NorFlash; ledger: Ledger; boot: number } {
    const ledger = new Ledger(this.#checks);
    let boot = 1;
    if (cutAt >= 0) flash.cutAfter(cutAt);
    untilCut(() => {
      let life = new Life(flash, ledger, boot);
      for (const step of this.#steps) {
        life.run(step);
        if (step.do === "restart") life = new Life(flash, ledger, ++boot);
        // The store takes a flash that throws for one that is broken; the gateway has no power by then.
        if (flash.dead) return;
      }
    });
    return { flash, ledger, boot };
  }

  #cut(moment: number): void {
    const { secondStride } = this.#options;
    const { flash, ledger, boot } = this.#live(this.#newFlash(moment), moment);
    if (!flash.dead) return;
    this.#firstCuts++;
    const where = `cut at ${moment}`;
    const again = flash.clone(`${moment}`);
    let second = 0;
    const seen = new Set<string>();
    if (secondStride > 0)
      again.onMoment = (cut) => {
        const at = second++;
        if (at % secondStride !== moment % secondStride) return;
        this.#secondCuts++;
        const cells = cut(`${moment} ${at}`);
        const { state } = cells;
        if (seen.has(state)) return;
        seen.add(state);
        this.#secondStates++;
        this.#recover(cells, ledger.clone(), boot + 1, `${where}, and the recovery at ${at}`);
      };
    this.#recover(again, ledger.clone(), boot, where);
  }

  #recover(flash: NorFlash, ledger: Ledger, boot: number, where: string): void {
    flash.powerUp();
    this.#judge(flash, ledger, where, () => {
      let life = new Life(flash, ledger, boot + 1);
      flash.onMoment = undefined;
      // What is marginal may read differently after each of them.
      for (let restart = 2; restart < 2 + RESTARTS; restart++) {
        for (const lane of [LaneId.telemetry, LaneId.alarm]) life.push(lane, 30);
        flash.powerOff();
        flash.powerUp();
        life = new Life(flash, ledger, boot + restart);
      }
      life.finish();
    });
  }

  #end(flash: NorFlash, ledger: Ledger, boot: number, where: string): void {
    flash.powerOff();
    this.#recover(flash, ledger, boot, where);
  }

  #judge(flash: NorFlash, ledger: Ledger, where: string, recovery: () => void): void {
    try {
      recovery();
      ledger.judgeSentAgain();
      ledger.close();
    } catch (error) {
      this.#checks.works.broken++;
      ledger.problems.push(`the recovery failed: ${String(error)}`);
    }
    this.#impossibleBits += flash.impossibleBits;
    for (const problem of ledger.problems)
      if (this.#problems.length < MOST_PROBLEMS)
        this.#problems.push(`seed ${this.#options.seed}, ${where}: ${problem}`);
  }
}

function untilCut(run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof PowerCut)) throw error;
  }
}

/** Sectors of one log are erased in turn. */
function spreadOf({ eraseCounts }: NorFlash): number {
  const bounds = [0, CURSOR_SECTORS, CURSOR_SECTORS + ALARM_SECTORS, SECTORS];
  let spread = 0;
  for (let log = 0; log + 1 < bounds.length; log++) {
    const counts = eraseCounts.subarray(bounds[log], bounds[log + 1]);
    spread = Math.max(spread, Math.max(...counts) - Math.min(...counts));
  }
  return spread;
}
