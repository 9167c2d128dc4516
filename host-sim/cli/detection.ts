/**
 * What the alarms of a replayed site caught, held against the recorder's own label.
 *
 * Judged from what left the gateway: the alarm messages of the uplink, decoded by cbor-x, which knows nothing of our encoder.
 *
 * A recording may be pieces that were laid end to end. Where two meet the values jump, and a rule that compares two moments
 * compares two pieces: an alarm of a rate whose window holds such a seam is `bridged`. It counts neither for the rule nor
 * against it, and catches nothing.
 */
import { decode } from "cbor-x";
import { type AlarmClass, alarmName } from "../../drivers/plan";
import { ruleNames } from "../../firmware/alarms/names";
import { GROUPS, type Plan } from "../../firmware/plan";
import { readMessages } from "../uplink-file";
import { resolvePack } from "./senml-view";

/** Classes that ask for help; supervision, trouble and test are about the system. */
const DANGER: readonly string[] = ["fire", "life", "pre-alarm"] satisfies readonly AlarmClass[];
const LARGEST_FILE = 1 << 30;

export type Recorded = {
  /** One value a second; anything but 0 is an episode. */
  readonly label: ArrayLike<number>;
  /** Rows that begin another piece, ascending. */
  readonly seams: readonly number[];
};

/** One alarm from its beginning to its end, in seconds since the first row. */
export type AlarmSpan = {
  readonly rule: string;
  readonly class: string;
  readonly fromS: number;
  /** `Infinity` while it stands. */
  readonly toS: number;
  /** How far back the rule looked. */
  readonly windowS: number;
};

export type Episode = { readonly fromRow: number; readonly toRow: number };

export type EpisodeOutcome =
  | { readonly outcome: "caught"; readonly delaySeconds: number }
  /** An alarm stood already when the episode began. */
  | { readonly outcome: "standing"; readonly sinceSeconds: number }
  | { readonly outcome: "missed" };

export type RuleDetection = {
  readonly rule: string;
  readonly class: string;
  readonly raised: number;
  /** Raised while the label stood. */
  readonly true: number;
  /** Raised while it did not. */
  readonly false: number;
  readonly bridged: number;
  readonly episodes: readonly EpisodeOutcome[];
};

export type Detection = {
  readonly rows: number;
  readonly labelledRows: number;
  readonly seams: number;
  readonly episodes: readonly Episode[];
  readonly rules: readonly RuleDetection[];
  /** Every rule of a class that asks for help, taken together: what somebody would have been told. */
  readonly any: RuleDetection;
};

export function judgeDetection(recorded: Recorded, spans: readonly AlarmSpan[], rules: readonly RuleName[]): Detection {
  const episodes = episodesOf(recorded.label);
  const judge = (rule: string, alarmClass: string, own: readonly AlarmSpan[]) =>
    judgeRule(rule, alarmClass, recorded, episodes, own);
  return {
    rows: recorded.label.length,
    labelledRows: episodes.reduce((sum, { fromRow, toRow }) => sum + toRow - fromRow, 0),
    seams: recorded.seams.length,
    episodes,
    rules: rules.map((rule) =>
      judge(
        rule.rule,
        rule.class,
        spans.filter((span) => span.rule === rule.rule),
      ),
    ),
    any: judge(
      "any of them",
      DANGER.join(", "),
      spans.filter((span) => DANGER.includes(span.class)),
    ),
  };
}

function judgeRule(
  rule: string,
  alarmClass: string,
  recorded: Recorded,
  episodes: readonly Episode[],
  spans: readonly AlarmSpan[],
): RuleDetection {
  const honest = spans.filter((span) => !bridges(span, recorded.seams));
  const inEpisode = (span: AlarmSpan) => episodes.some((episode) => begins(span, episode));
  const caught = honest.filter(inEpisode).length;
  return {
    rule,
    class: alarmClass,
    raised: spans.length,
    true: caught,
    false: honest.length - caught,
    bridged: spans.length - honest.length,
    episodes: episodes.map((episode) => outcomeOf(episode, spans, honest)),
  };
}

function outcomeOf(episode: Episode, spans: readonly AlarmSpan[], honest: readonly AlarmSpan[]): EpisodeOutcome {
  const first = honest.find((span) => begins(span, episode));
  const standing = spans.find((span) => span.fromS < episode.fromRow && span.toS > episode.fromRow);
  if (standing !== undefined) return { outcome: "standing", sinceSeconds: round(episode.fromRow - standing.fromS) };
  if (first === undefined) return { outcome: "missed" };
  return { outcome: "caught", delaySeconds: round(first.fromS - episode.fromRow) };
}

function begins(span: AlarmSpan, { fromRow, toRow }: Episode): boolean {
  return span.fromS >= fromRow && span.fromS < toRow;
}

/** Whether the rule compared two pieces: a seam lies in its window. */
function bridges(span: AlarmSpan, seams: readonly number[]): boolean {
  if (span.windowS === 0) return false;
  return seams.some((row) => row <= span.fromS && row > span.fromS - span.windowS);
}

export function episodesOf(label: ArrayLike<number>): Episode[] {
  const episodes: Episode[] = [];
  for (let row = 0, fromRow = -1; row <= label.length; row++) {
    const on = row < label.length && label[row] !== 0;
    if (on && fromRow < 0) fromRow = row;
    if (on || fromRow < 0) continue;
    episodes.push({ fromRow, toRow: row });
    fromRow = -1;
  }
  return episodes;
}

/** Rows that differ from the one before by more than `step`: there another piece begins. */
export function seamsOf(values: ArrayLike<number>, step: number): number[] {
  const seams: number[] = [];
  for (let row = 1; row < values.length; row++) if (Math.abs(values[row] - values[row - 1]) > step) seams.push(row);
  return seams;
}

/** A rule of the site, by the name under which its alarms leave. */
export type RuleName = {
  readonly rule: string;
  readonly class: string;
  readonly windowS: number;
  readonly forS: number;
};

/** Every rule of the plan's channels and of its groups of witnesses. */
export function rulesOf(plan: Plan): RuleName[] {
  const rules = [...ruleNames(plan.devices)].map(([alarm, rule]) => ({
    rule,
    class: alarm.class as string,
    windowS: (alarm.perMs ?? 0) / 1000,
    forS: alarm.forMs / 1000,
  }));
  const longestS = rules.reduce((longest, { windowS }) => Math.max(longest, windowS), 0);
  const groups = (plan.alarms ?? []).map((group) => ({
    rule: group.name,
    class: group.class as string,
    // It stands on whatever its witnesses compared.
    windowS: longestS,
    forS: 0,
  }));
  return [...rules, ...groups];
}

/** The alarms of a run from its uplink. @param epochMs wall time of the first row */
export function alarmSpans(uplink: readonly Uint8Array[], rules: readonly RuleName[], epochMs: number): AlarmSpan[] {
  const spans: (AlarmSpan & { toS: number })[] = [];
  const open = new Map<string, { toS: number }>();
  for (const { topic, payload } of messages(uplink)) {
    if (!topic.endsWith("/alarm")) continue;
    for (const record of resolvePack(unsigned(decode(payload)))) {
      const [device, channel] = record.name.split("/").slice(-2);
      const named = record["rule"];
      const alarmClass = String(record["alarm"]);
      const rule = typeof named === "string" ? named : nameOf(device, channel, alarmClass, rules);
      const known = rules.find((one) => one.rule === rule);
      const timeS = (record.time ?? Number.NaN) - epochMs / 1000;
      if (record["state"] === "on") {
        if (open.has(rule)) continue;
        // The message tells when the limit was passed; it was decided after the hold time.
        const fromS = timeS + (known?.forS ?? 0);
        const span = { rule, class: alarmClass, fromS, toS: Number.POSITIVE_INFINITY, windowS: known?.windowS ?? 0 };
        spans.push(span);
        open.set(rule, span);
      } else if (record["state"] === "off") {
        const span = open.get(rule);
        if (span !== undefined) span.toS = timeS;
        open.delete(rule);
      }
    }
  }
  return spans;
}

/** What has no rule in its record is named after its channel and class; a group of witnesses after itself. */
function nameOf(device: string, channel: string, alarmClass: string, rules: readonly RuleName[]): string {
  if (device === GROUPS && rules.some(({ rule }) => rule === channel)) return channel;
  return alarmName(device, channel, alarmClass as AlarmClass);
}

/** The pack inside a COSE_Sign1 (RFC 9052 section 4.2: tag 18, payload third), or as it stands. */
function unsigned(message: unknown): unknown[] {
  const { tag, value } = (message ?? {}) as { tag?: number; value?: unknown };
  if (tag === 18 && Array.isArray(value)) return decode(value[2] as Uint8Array) as unknown[];
  return Array.isArray(message) ? message : [];
}

function messages(uplink: readonly Uint8Array[]): ReturnType<typeof readMessages> {
  const length = uplink.reduce((sum, piece) => sum + piece.length, 0);
  if (length > LARGEST_FILE) throw new RangeError(`an uplink of ${length} bytes is too long to be judged`);
  return readMessages(Buffer.concat(uplink));
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
