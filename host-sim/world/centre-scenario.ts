/** What a scenario can do with a simulated monitoring centre, and expect of it. Its words were checked when it was compiled. */
import { CENTRE_MOODS, CENTRE_QUESTIONS, type CentreMood, type CentreQuestion, type MonitoringCentre } from "./centre";

/** Bit 5 of an operation of the transmitter. */
const DUTY_ANSWERED = 0x20;
const DUTY_MINUTES = 10;

/** `read version`, `initialise`, `set-clock`, `duty-check 10`. False for other words. */
export function commandCentre(centre: MonitoringCentre, words: readonly string[]): boolean {
  const [verb, what] = words;
  if (verb === "read" && Object.hasOwn(CENTRE_QUESTIONS, what)) centre.read(what as CentreQuestion);
  else if (verb === "initialise") centre.initialise();
  else if (verb === "set-clock") centre.setClock();
  else if (verb === "duty-check") centre.dutyCheck(what === undefined ? DUTY_MINUTES : Number(what));
  else return false;
  return true;
}

/** A mood of `CENTRE_MOODS`, `down`, `up`, `reset`. False for other words. */
export function faultCentre(centre: MonitoringCentre, state: string): boolean {
  if ((CENTRE_MOODS as readonly string[]).includes(state)) centre.mood = state as CentreMood;
  else if (state === "down" || state === "up" || state === "reset") centre[state]();
  else return false;
  return true;
}

/** What ends a fault that was for a time; `undefined` for what is no lasting one. */
export function endOfCentreFault(state: string): string | undefined {
  if (state === "down") return "up";
  return state === "silent" || state === "denies" || state === "slow" ? "answers" : undefined;
}

/** `confirms facp.zone-3 fire`, `reads version`, `hears duty-answer`: when it was so, `undefined` while it was not. */
export function judgeCentre(
  centre: MonitoringCentre,
  words: readonly string[],
  deadlineUs: number,
): number | undefined {
  const [verb, what, condition] = words;
  if (verb === "confirms") return centre.journal.confirmed(what, condition, deadlineUs);
  if (verb === "hears") return centre.journal.operated(DUTY_ANSWERED, deadlineUs);
  return centre.journal.answer(CENTRE_QUESTIONS[what as CentreQuestion][1], deadlineUs);
}
