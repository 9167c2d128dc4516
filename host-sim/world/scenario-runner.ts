/** Plays a scenario's steps into a world and watches what it expects. */
import type { AlarmJournal } from "./alarm-journal";
import type { MonitoringCentre } from "./centre";
import { commandCentre, endOfCentreFault, faultCentre, judgeCentre } from "./centre-scenario";
import type { Kernel } from "./kernel";
import { commandLight, LIGHT, LightExpectation, RECEIVER } from "./optics/light-scenario";
import type { RoomOfLight } from "./optics/room-of-light";
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
  /** Takes the gateway's power away and gives it back. False where that cannot be done. */
  reboot(): boolean;
  /** Sets the gateway's wall clock wrong. */
  stepClock(milliseconds: number): void;
  /** Somebody gives a device a command through the gateway. False when it is refused. */
  command(device: string, command: string, point: string): boolean;
  /** Somebody sends the gateway a command through the broker. False where that cannot be done. */
  send(id: string, kind: string, words: readonly string[]): boolean;
  /** Where the site has one. */
  readonly centre?: MonitoringCentre | undefined;
  readonly light?: RoomOfLight | undefined;
  say(text: string): void;
}

export type Expectation = {
  readonly text: string;
  readonly deadlineUs: number;
  state: "open" | "met" | "missed";
  /** When it was met, -1 while it is not. */
  metUs: number;
};

/** The first word of steps about a monitoring centre. */
export const CENTRE = "centre";

/** A step cannot be carried out: the fault lies in the scenario. */
export class ScenarioError extends Error {
  readonly code = "scenario";
}

export class ScenarioRunner {
  readonly #kernel: Kernel;
  readonly #actions: ScenarioActions;
  readonly #journal: AlarmJournal;
  readonly expectations: Expectation[] = [];
  /** What receivers of light had counted when it was expected of them. */
  readonly #ofLight = new Map<Expectation, LightExpectation>();
  #sent = 0;

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
    else if (first === "reboot") this.#reboot();
    else if (first === "clock") this.#actions.stepClock(Number(rest[0]));
    else if (first === "acknowledge") this.#acknowledge(second);
    else if (first === "command") this.#command(second, rest);
    else if (first === "send") this.#send(second, rest);
    else if (first === CENTRE && this.#actions.centre !== undefined) {
      if (!commandCentre(this.#actions.centre, words.slice(1)))
        throw new ScenarioError(`a centre does not know "${words.slice(1).join(" ")}"`);
    } else if (first === LIGHT && this.#actions.light !== undefined) {
      if (!commandLight(this.#actions.light, words.slice(1)))
        throw new ScenarioError(`light does not know "${words.slice(1).join(" ")}"`);
    } else this.#actions.act(first, second, rest);
  }

  #command(device: string, [command, point = ""]: readonly string[]): void {
    if (!this.#actions.command(device, command, point)) this.#actions.say(`scenario: ${device}: ${command} is refused`);
  }

  #send(kind: string, words: readonly string[]): void {
    if (!this.#actions.send(`scenario-${++this.#sent}`, kind, words))
      this.#actions.say(`scenario: ${kind} is not sent: this run has no broker of its own`);
  }

  #reboot(): void {
    if (!this.#actions.reboot()) throw new ScenarioError("the gateway of this run cannot be rebooted");
  }

  #acknowledge(alarm: string): void {
    if (!this.#actions.acknowledge(alarm)) this.#actions.say(`scenario: ${alarm}: nothing to acknowledge`);
  }

  /** `broker down` for a time, or until `broker up`. */
  #fault(step: ScenarioStep): void {
    const [what, state] = step.words;
    this.#actions.say(`scenario: fault: ${step.words.join(" ")}`);
    if (what === CENTRE) {
      this.#centreFault(state, step.forUs);
      return;
    }
    this.#actions.reach(what, state === "up");
    if (state === "down" && step.forUs !== undefined)
      this.#kernel.after(step.forUs, () => {
        this.#actions.say(`scenario: ${what} is back`);
        this.#actions.reach(what, true);
      });
  }

  #centreFault(state: string, forUs: number | undefined): void {
    const { centre } = this.#actions;
    if (centre === undefined || !faultCentre(centre, state))
      throw new ScenarioError(`the site has no centre that can be "${state}"`);
    const end = endOfCentreFault(state);
    if (end === undefined || forUs === undefined) return;
    this.#kernel.after(forUs, () => {
      this.#actions.say(`scenario: centre: ${end}`);
      faultCentre(centre, end);
    });
  }

  #expect(step: ScenarioStep): void {
    const expectation: Expectation = {
      text: step.words.join(" "),
      deadlineUs: step.atUs + (step.withinUs ?? 0),
      state: "open",
      metUs: -1,
    };
    const [subject] = step.words;
    const { centre, light } = this.#actions;
    if (subject === RECEIVER && light !== undefined)
      this.#ofLight.set(expectation, new LightExpectation(light, step.words));
    else if (subject !== "alarm" && !(subject === CENTRE && centre !== undefined))
      throw new ScenarioError(
        `a scenario can expect an alarm, a receiver or something of its centre; not "${subject}"`,
      );
    this.expectations.push(expectation);
    this.#kernel.at(expectation.deadlineUs, () => {
      this.#judge(expectation);
      this.#actions.say(`scenario: expected ${expectation.text}: ${expectation.state}`);
    });
  }

  #judge(expectation: Expectation): void {
    const words = expectation.text.split(" ");
    const ofLight = this.#ofLight.get(expectation);
    if (ofLight !== undefined) {
      const isMet = ofLight.isMet;
      expectation.state = isMet ? "met" : "missed";
      if (isMet) expectation.metUs = this.#kernel.nowUs();
      return;
    }
    const metUs =
      words[0] === CENTRE
        ? judgeCentre(this.#actions.centre!, words.slice(1), expectation.deadlineUs)
        : this.#journal.find(words[1], words[2], expectation.deadlineUs)?.acknowledgedUs;
    expectation.state = metUs === undefined ? "missed" : "met";
    if (metUs !== undefined) expectation.metUs = metUs;
  }
}

function growthOf(word: string | undefined): FireGrowth {
  const growth = word ?? "fast";
  if (!Object.hasOwn(FIRE_GROWTH, growth))
    throw new ScenarioError(`a fire grows ${Object.keys(FIRE_GROWTH).join(", ")}; not "${growth}"`);
  return growth as FireGrowth;
}
