/** The live view: on a terminal a block that is redrawn each second, elsewhere a line every few seconds. Goes to stderr. */

import { Quality } from "../../drivers/contract";
import type { EmulatorModule, EmulatorRegistry } from "../../drivers/emulation";
import type { DeviceSlot } from "../../firmware/device-slot";
import type { AlarmReport, Gateway } from "../../firmware/gateway";
import type { Plan } from "../../firmware/plan";
import type { Channel } from "../../firmware/sampling/channel";
import { formatSeconds } from "../cli/duration";
import { linkWords } from "../cli/link-words";
import { alarmWords } from "../cli/run-report";
import { bold, dim, red, say as write } from "../cli/terminal";
import type { AlarmOutcome } from "../world/alarm-journal";
import type { SimulationSummary } from "../world/simulation";
import { summariseLink } from "../world/summary";
import type { World } from "../world/world";

const REDRAW_MS = 1_000;
/** Without a terminal: first after a few seconds, then seldom. */
const PLAIN_EVERY = 5;

const QUALITY_NAMES = Object.entries(Quality);

export class View {
  readonly #plan: Plan;
  readonly #url: string;
  readonly #terminal = process.stderr.isTTY === true;
  readonly #emulators: EmulatorRegistry;
  readonly #channels = new Map<Channel, Shown>();
  #timer: NodeJS.Timeout | undefined;
  #drawn = 0;
  #ticks = 0;
  #frame: () => string[] = () => [];

  constructor(plan: Plan, emulators: EmulatorRegistry, url: string) {
    this.#plan = plan;
    this.#emulators = emulators;
    this.#url = url;
  }

  start(world: World, gateway: Gateway, hasKeys: boolean): void {
    write(bold(`Argand: site ${this.#plan.gateway.site}, gateway ${this.#plan.gateway.id}`));
    write(`broker ${this.#url}, topics argand/v1/${this.#plan.gateway.site}/${this.#plan.gateway.id}/#`);
    write(dim(`watch it from another terminal: npx argand tail --broker ${this.#url}`));
    write(dim(hasKeys ? "keys: f lights a fire, a acknowledges alarms, q or Ctrl-C ends" : "Ctrl-C ends"));
    this.#frame = () => frame(world, gateway, this.#channels);
    this.#timer = setInterval(() => this.#tick(), REDRAW_MS);
  }

  reading(slot: DeviceSlot, channel: Channel): void {
    if (this.#channels.has(channel)) return;
    const device = slot.readPlan();
    const { name, unit } = device.channels[slot.channels.indexOf(channel)];
    this.#channels.set(channel, { name: `${device.id}/${name}`, unit, module: this.#emulators[device.driver] });
  }

  alarm(alarm: AlarmReport): void {
    const raised = alarm.state === "on";
    const what = raised ? `ALARM ${alarm.class}` : alarmWords(alarm.class, alarm.state);
    const text = `${what} ${alarm.device}.${alarm.channel}`;
    const afterS = (alarm.raisedUs - alarm.detectedUs) / 1e6;
    this.say(raised ? `${red(text)}: raised ${afterS.toFixed(2)} s after the first sign` : text);
  }

  acknowledged(outcome: AlarmOutcome): void {
    if (outcome.state !== "on") return;
    const fromRaiseMs = (outcome.acknowledgedUs - outcome.raisedUs) / 1000;
    const fromDetectionS = (outcome.acknowledgedUs - outcome.detectedUs) / 1e6;
    this.say(
      `      ${outcome.device}.${outcome.channel}: the broker has it: latency ${fromRaiseMs.toFixed(1)} ms from the` +
        ` alarm, ${fromDetectionS.toFixed(2)} s from the first sign`,
    );
  }

  say(text: string): void {
    this.#erase();
    write(text);
    this.#draw();
  }

  stop(summary: SimulationSummary): void {
    clearInterval(this.#timer);
    this.#erase();
    for (const line of this.#frame()) write(line);
    write(
      `${formatSeconds(summary.virtualSeconds)}: ${summary.samples} samples, ${summary.batches} batches, ${summary.alarms} alarms;` +
        ` ${summary.published} messages published, ${summary.acknowledged} acknowledged, ${summary.lost} lost`,
    );
    for (const expectation of summary.expectations)
      write(`expected ${expectation.text}: ${expectation.met ? "met" : red("missed")}`);
  }

  #tick(): void {
    this.#ticks++;
    if (this.#terminal) {
      this.#erase();
      this.#draw();
    } else if (this.#ticks % PLAIN_EVERY === 2) {
      for (const line of this.#frame()) write(line);
    }
  }

  #draw(): void {
    if (!this.#terminal) return;
    const lines = this.#frame();
    // A line that wraps would be two to erase.
    for (const line of lines) process.stderr.write(`${line.slice(0, process.stderr.columns)}\n`);
    this.#drawn = lines.length;
  }

  #erase(): void {
    if (this.#drawn > 0) process.stderr.write(`\x1b[${this.#drawn}A\x1b[J`);
    this.#drawn = 0;
  }
}

/** A channel on the screen, and its emulator, which can put its readings into words. */
type Shown = { readonly name: string; readonly unit: string; readonly module: EmulatorModule | undefined };

function frame(world: World, gateway: Gateway, channels: ReadonlyMap<Channel, Shown>): string[] {
  const lines: string[] = [];
  for (const [channel, shown] of channels) lines.push(`  ${shown.name.padEnd(28)} ${reading(channel, shown)}`);
  for (const receiver of world.light.receivers) {
    const name = `light at ${receiver.name}`;
    for (const [i, link] of receiver.links.entries())
      lines.push(`  ${(i === 0 ? name : "").padEnd(28)} ${linkWords(summariseLink(link))}`);
  }
  const counters = gateway.counters();
  lines.push(
    dim(
      `  ${formatSeconds(world.kernel.nowUs() / 1e6)}  samples ${counters.samples}  batches ${counters.batches}` +
        `  acknowledged ${counters.acknowledged}/${counters.published}  waiting ${gateway.undelivered}` +
        `  ${gateway.uplink.online ? "online" : "OFFLINE"}`,
    ),
  );
  return lines;
}

function reading(channel: Channel, { unit, module }: Shown): string {
  const quality = QUALITY_NAMES.find(([, code]) => code === channel.quality)?.[0] ?? "";
  const bad = quality === "good" ? "" : ` ${red(quality)}`;
  if (Number.isNaN(channel.value)) return `        -${bad}`;
  if (unit === "" && module?.describe !== undefined) return `   ${module.describe(channel.value)}${bad}`;
  return `${String(Number(channel.value.toFixed(2))).padStart(9)} ${unit}${bad}`;
}
