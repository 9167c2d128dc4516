/** A finished run, for people. */
import type { SimulationSummary } from "../world/simulation";
import { formatSeconds } from "./duration";
import { linkWords } from "./link-words";
import { bold, red, say } from "./terminal";

export type RunResult = SimulationSummary & {
  readonly engine: string;
  readonly seed: number;
  readonly wallSeconds: number;
  readonly uplinkSha256: string;
};

const SHOWN_ALARMS = 10;

export function describeRun(run: RunResult): void {
  const speed = run.wallSeconds > 0 ? Math.round(run.virtualSeconds / run.wallSeconds) : 0;
  say(
    `${bold(run.engine)} seed ${run.seed}: ${formatSeconds(run.virtualSeconds)} of the site in ${run.wallSeconds.toFixed(2)} s` +
      ` (${speed} virtual seconds a second)`,
  );
  say(`samples ${run.samples}, batches ${run.batches}, alarms ${run.alarms}, missed ticks ${run.missedTicks}`);
  say(`messages published ${run.published}, acknowledged ${run.acknowledged}, lost ${run.lost}`);
  for (const alarm of run.alarmList.slice(0, SHOWN_ALARMS)) {
    const latency =
      alarm.latencySeconds === null
        ? "the broker has not confirmed it"
        : `at the broker after ${alarm.latencySeconds.toFixed(3)} s`;
    say(`  ${alarm.detectedSeconds.toFixed(3)} s ${alarmWords(alarm.class, alarm.state)} ${alarm.channel}: ${latency}`);
  }
  if (run.alarmList.length > SHOWN_ALARMS) say(`  and ${run.alarmList.length - SHOWN_ALARMS} more`);
  if (run.centre !== null)
    say(
      `monitoring centre: ${run.centre.events} events in ${run.centre.frames} frames, ${run.centre.confirmed} confirmed, ` +
        `${run.centre.repeated} repeated, ${run.centre.connects} connections`,
    );
  for (const receiver of run.receivers)
    for (const link of receiver.links) say(`receiver ${receiver.name}: ${linkWords(link)}`);
  for (const mapping of run.unreadMappings)
    say(red(`recording: ${mapping}: this device does not measure that, so nothing was driven by it`));
  for (const expectation of run.expectations)
    say(`expected ${expectation.text}: ${expectation.met ? "met" : red("missed")}`);
  say(`uplink sha-256 ${run.uplinkSha256}`);
}

/** What became of an alarm, in words. `on` is the alarm itself. */
export function alarmWords(alarmClass: string, state: string): string {
  if (state === "on") return alarmClass;
  if (state === "standing") return `${alarmClass} that stood already`;
  if (state === "latched") return `${alarmClass} wants an acknowledgement`;
  return state === "off" ? `end of ${alarmClass}` : `${alarmClass} acknowledged`;
}
