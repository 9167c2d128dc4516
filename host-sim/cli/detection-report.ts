/** What a site's alarms caught of a labelled recording, for people. */
import type { Detection, EpisodeOutcome, RuleDetection } from "./detection";
import { formatSeconds } from "./duration";
import { bold, say } from "./terminal";

const HEAD = ["rule", "raised", "true", "false", "bridged", "caught", "standing", "missed"];

/** @param seam how seams were told, as the user wrote it */
export function describeDetection(detection: Detection, seam: string | undefined): void {
  const { episodes, rules, any, labelledRows, rows } = detection;
  say(bold("alarms against the label of the recording"));
  say(`${episodes.length} labelled episodes, ${labelledRows} of ${rows} rows; ${seamWords(detection.seams, seam)}`);
  const table = [HEAD, ...[...rules, any].map(cells)];
  const widths = HEAD.map((_, column) => Math.max(...table.map((row) => row[column].length)));
  for (const row of table)
    say(`  ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join("  ")}`);
  episodes.forEach(({ fromRow, toRow }, i) => {
    say(`episode ${i + 1}, rows ${fromRow} to ${toRow - 1} (${formatSeconds(toRow - fromRow)}): ${words(any, i)}`);
    for (const rule of rules) if (rule.episodes[i].outcome !== "missed") say(`  ${rule.rule}: ${words(rule, i)}`);
  });
}

function cells({
  rule,
  class: alarmClass,
  raised,
  true: right,
  false: wrong,
  bridged,
  episodes,
}: RuleDetection): string[] {
  const count = (outcome: EpisodeOutcome["outcome"]) => `${episodes.filter((one) => one.outcome === outcome).length}`;
  const counts = [raised, right, wrong, bridged].map(String);
  return [`${rule} (${alarmClass})`, ...counts, count("caught"), count("standing"), count("missed")];
}

function words(rule: RuleDetection, episode: number): string {
  const outcome = rule.episodes[episode];
  if (outcome.outcome === "caught") return `caught after ${outcome.delaySeconds.toFixed(1)} s`;
  if (outcome.outcome === "standing")
    return `an alarm stood already, for ${outcome.sinceSeconds.toFixed(1)} s: nothing new was said`;
  return "missed";
}

function seamWords(seams: number, seam: string | undefined): string {
  if (seam === undefined) return "no seams were looked for (--seam), so a rate may compare two pieces";
  const column = seam.slice(0, seam.lastIndexOf("="));
  const step = seam.slice(seam.lastIndexOf("=") + 1);
  return `${seams} seams, where ${column} moves by more than ${step} from one row to the next; a rate across one is bridged`;
}
