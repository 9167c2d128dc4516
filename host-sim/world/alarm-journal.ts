/** What became of every alarm in a run: raised, sent, acknowledged. The evidence behind a scenario's expectations. */
import type { AlarmClass } from "../../drivers/plan";
import type { AlarmWord } from "../../firmware/alarms/machine";

export type AlarmOutcome = {
  readonly device: string;
  readonly channel: string;
  readonly class: AlarmClass;
  readonly state: AlarmWord;
  readonly seq: number;
  /** Start of the sampling that first showed it. */
  readonly detectedUs: number;
  /** When the gateway decided: after a rule's hold time. */
  readonly raisedUs: number;
  /** When the broker's PUBACK arrived; -1 while it has not. */
  acknowledgedUs: number;
};

/** Outcomes kept in full; later ones are counted. */
export const JOURNAL_CAPACITY = 4096;

export class AlarmJournal {
  readonly #outcomes: AlarmOutcome[] = [];
  #raised = 0;
  #overflow = 0;

  get outcomes(): readonly AlarmOutcome[] {
    return this.#outcomes;
  }

  /** Alarms raised, cleared ones not counted. */
  get raised(): number {
    return this.#raised;
  }

  /** Outcomes that did not fit. */
  get overflow(): number {
    return this.#overflow;
  }

  add(outcome: AlarmOutcome): void {
    if (begins(outcome)) this.#raised++;
    if (this.#outcomes.length < JOURNAL_CAPACITY) this.#outcomes.push(outcome);
    else this.#overflow++;
  }

  acknowledged(seq: number, nowUs: number): AlarmOutcome | undefined {
    for (const outcome of this.#outcomes) {
      if (outcome.seq !== seq || outcome.acknowledgedUs >= 0) continue;
      outcome.acknowledgedUs = nowUs;
      return outcome;
    }
    return undefined;
  }

  /** The first raised alarm of `device.channel` and `class` that was acknowledged by `deadlineUs`. */
  find(place: string, alarmClass: string, deadlineUs: number): AlarmOutcome | undefined {
    return this.#outcomes.find(
      (outcome) =>
        begins(outcome) &&
        `${outcome.device}.${outcome.channel}` === place &&
        outcome.class === alarmClass &&
        outcome.acknowledgedUs >= 0 &&
        outcome.acknowledgedUs <= deadlineUs,
    );
  }
}

/** It is there now: it was raised, or stood when the gateway first looked. */
function begins({ state }: AlarmOutcome): boolean {
  return state === "on" || state === "standing";
}
