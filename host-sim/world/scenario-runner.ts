/** Plays a scenario's steps into a world and watches what it expects. */
import type { AlarmJournal } from "./alarm-journal";
import type { Kernel } from "./kernel";
import { FIRE_GROWTH, type FireGrowth } from "./room";
import type { ScenarioPlan, ScenarioStep } from "./scenario-plan";

/** What a step can do to a world. */
export interface ScenarioActions {
  ignite(room: string, growth: FireGrowth): void;
  extinguish(room: string): void;
  /** Words for an emulator: `facp zone zone-3 fault`. */
  act(device: string, verb: string, words: readonly string[]): void;
  /** Takes `what` (`broker` or `network`) down or up. */
  reach(what: string, up: boolean): void;
  /** Somebody acknowledges the gateway's alarm of that name. False when there is none to acknowledge. */
  acknowledge(alarm: string): boolean;
  /** Somebody gives a device a command through the gateway. False when it is refused. */
  command(device: string, command: string, point: string): boolean;
  say(text: string): void;
}

export type Expectation = {
  readonly text: string;
  readonly deadlineUs: number;
  state: "open" | "met" | "missed";
  /** When it was met, -1 while it is not. */
  metUs: number;
};

/** A step cannot be carried out: the fault lies in the scenario. */
export class ScenarioError extends Error {
  readonly code = "scenario";
}

export class ScenarioRunner {
  readonly #kernel: Kernel;
  readonly #actions: ScenarioActions;
  readonly #journal: AlarmJournal;
  readonly expectations: Expectation[] = [];

  constructor(kernel: Kernel, scenario: ScenarioPlan, actions: ScenarioActions, journal: AlarmJournal) {
    this.#kernel = kernel;
    this.#actions = actions;
    this.#journal = journal;
    for (const step of scenario.steps) kernel.at(step.atUs, () => this.#run(step));
  }

  /**
   * Closes the books when sampling ended at `endUs`: an expectation whose time had not run out by then is judged by what
   * has happened so far, and dropped when nothing has, because a shorter run proves nothing about it.
   */
  finish(endUs: number): void {
    for (const expectation of this.expectations) if (expectation.state === "open") this.#judge(expectation);
    this.expectations.splice(
      0,
      this.expectations.length,
      ...this.expectations.filter((expectation) => expectation.state === "met" || expectation.deadlineUs <= endUs),
    );
  }

  #run(step: ScenarioStep): void {
    switch (step.kind) {
      case "do":
        this.#do(step.words);
        break;
      case "fault":
        this.#fault(step);
        break;
      case "expect":
        this.#expect(step);
        break;
    }
  }

  #do(words: readonly string[]): void {
    const [first, second, ...rest] = words;
    this.#actions.say(`scenario: ${words.join(" ")}`);
    if (first === "fire") this.#actions.ignite(second, growthOf(rest[0]));
    else if (first === "extinguish") this.#actions.extinguish(second);
    else if (first === "acknowledge") this.#acknowledge(second);
    else if (first === "command") this.#command(second, rest);
    else this.#actions.act(first, second, rest);
  }

  #command(device: string, [command, point = ""]: readonly string[]): void {
    if (!this.#actions.command(device, command, point)) this.#actions.say(`scenario: ${device}: ${command} is refused`);
  }

  #acknowledge(alarm: string): void {
    if (!this.#actions.acknowledge(alarm)) this.#actions.say(`scenario: ${alarm}: nothing to acknowledge`);
  }

  /** `broker down` for a time, or until `broker up`. */
  #fault(step: ScenarioStep): void {
    const [what, state] = step.words;
    this.#actions.say(`scenario: fault: ${step.words.join(" ")}`);
    this.#actions.reach(what, state === "up");
    if (state === "down" && step.forUs !== undefined)
      this.#kernel.after(step.forUs, () => {
        this.#actions.say(`scenario: ${what} is back`);
        this.#actions.reach(what, true);
      });
  }

  #expect(step: ScenarioStep): void {
    const expectation: Expectation = {
      text: step.words.join(" "),
      deadlineUs: step.atUs + (step.withinUs ?? 0),
      state: "open",
      metUs: -1,
    };
    if (step.words[0] !== "alarm") throw new ScenarioError(`a scenario can expect an alarm; not "${step.words[0]}"`);
    this.expectations.push(expectation);
    this.#kernel.at(expectation.deadlineUs, () => {
      this.#judge(expectation);
      this.#actions.say(`scenario: expected ${expectation.text}: ${expectation.state}`);
    });
  }

  #judge(expectation: Expectation): void {
    const [, place, alarmClass] = expectation.text.split(" ");
    const outcome = this.#journal.find(place, alarmClass, expectation.deadlineUs);
    expectation.state = outcome === undefined ? "missed" : "met";
    if (outcome !== undefined) expectation.metUs = outcome.acknowledgedUs;
  }
}

function growthOf(word: string | undefined): FireGrowth {
  const growth = word ?? "fast";
  if (!Object.hasOwn(FIRE_GROWTH, growth))
    throw new ScenarioError(`a fire grows ${Object.keys(FIRE_GROWTH).join(", ")}; not "${growth}"`);
  return growth as FireGrowth;
}
