import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeDeterministic } from "../../firmware/uplink/cbor/encode";
import { encodeMessage } from "../uplink-file";
import { type AlarmSpan, alarmSpans, episodesOf, judgeDetection, type RuleName, seamsOf } from "./detection";

const HEAT: RuleName = { rule: "heat", class: "fire", windowS: 0, forS: 0 };
const RISE: RuleName = { rule: "rise", class: "pre-alarm", windowS: 60, forS: 0 };
const FLOOD: RuleName = { rule: "flood", class: "supervisory", windowS: 0, forS: 5 };
const RULES = [HEAT, RISE, FLOOD];

/** 1000 rows with label from 200 to 299 and from 600 to 699. */
const LABEL = Array.from({ length: 1000 }, (_, row) =>
  (row >= 200 && row < 300) || (row >= 600 && row < 700) ? 1 : 0,
);

const span = (rule: RuleName, fromS: number, toS = fromS + 10): AlarmSpan => ({
  rule: rule.rule,
  class: rule.class,
  fromS,
  toS,
  windowS: rule.windowS,
});
const judge = (spans: AlarmSpan[], seams: number[] = []) => judgeDetection({ label: LABEL, seams }, spans, RULES);

describe("alarms against a label", () => {
  it("are true inside of an episode and false outside", () => {
    const { rules, labelledRows, rows } = judge([
      span(HEAT, 199.9),
      span(HEAT, 200),
      span(HEAT, 299.9),
      span(HEAT, 300),
    ]);
    expect(rules[0]).toMatchObject({ raised: 4, true: 2, false: 2, bridged: 0 });
    expect([labelledRows, rows]).toEqual([200, 1000]);
  });

  it("catch an episode with the delay of the first, and miss one without any", () => {
    const { rules } = judge([span(HEAT, 230.1), span(HEAT, 250)]);
    expect(rules[0].episodes).toEqual([{ outcome: "caught", delaySeconds: 30.1 }, { outcome: "missed" }]);
    expect(rules[1].episodes).toEqual([{ outcome: "missed" }, { outcome: "missed" }]);
  });

  it("do not catch what they said before: an alarm that stands says nothing new", () => {
    const { rules } = judge([span(HEAT, 150, 250), span(HEAT, 500, Number.POSITIVE_INFINITY)]);
    expect(rules[0].episodes).toEqual([
      { outcome: "standing", sinceSeconds: 50 },
      { outcome: "standing", sinceSeconds: 100 },
    ]);
    expect(rules[0]).toMatchObject({ true: 0, false: 2 });
  });

  it("of a rate across a seam count neither way and catch nothing; those of a limit do", () => {
    const spans = [span(RISE, 240), span(RISE, 261), span(HEAT, 240)];
    const [heat, rise] = judge(spans, [201]).rules;
    expect(rise).toMatchObject({ raised: 2, true: 1, false: 0, bridged: 1 });
    expect(rise.episodes[0]).toEqual({ outcome: "caught", delaySeconds: 61 });
    expect(heat.episodes[0]).toEqual({ outcome: "caught", delaySeconds: 40 });
  });

  it("of supervision are no help in a fire", () => {
    expect(judge([span(FLOOD, 210)]).any).toMatchObject({ raised: 0 });
    expect(judge([span(RISE, 220), span(HEAT, 230)]).any.episodes[0]).toEqual({ outcome: "caught", delaySeconds: 20 });
  });

  it("are each true, false or bridged, whatever they are", () => {
    const time = fc.double({ min: 0, max: 999, noNaN: true });
    const spans = fc.array(fc.tuple(fc.constantFrom(...RULES), time).map(([rule, at]) => span(rule, at)));
    fc.assert(
      fc.property(spans, fc.array(fc.integer({ min: 1, max: 999 })), (alarms, seams) => {
        const { rules } = judge(
          alarms,
          seams.sort((a, b) => a - b),
        );
        for (const rule of rules) expect(rule.true + rule.false + rule.bridged).toBe(rule.raised);
        expect(rules.reduce((sum, rule) => sum + rule.raised, 0)).toBe(alarms.length);
      }),
    );
  });
});

describe("episodes and seams", () => {
  it("begin with the first labelled row and may last to the end", () => {
    expect(episodesOf([1, 1, 0, 1, 0, 0, 1])).toEqual([
      { fromRow: 0, toRow: 2 },
      { fromRow: 3, toRow: 4 },
      { fromRow: 6, toRow: 7 },
    ]);
    expect(episodesOf([0, 0])).toEqual([]);
    expect(episodesOf([])).toEqual([]);
  });

  it("lie where a value jumps by more than the step, up or down", () => {
    expect(seamsOf([20, 20.5, 22, 21, 19], 1)).toEqual([2, 4]);
  });
});

describe("alarms of an uplink", () => {
  const EPOCH_MS = 1_767_225_600_000;
  const message = (name: string, seconds: number, rest: object, lane = "alarm") =>
    encodeMessage(
      `argand/v1/hall/gw/${lane}`,
      encodeDeterministic([{ "-2": "hall/gw/", "-3": EPOCH_MS / 1000 + seconds, "0": name, "2": 1, ...rest }] as never),
    );

  it("run from on to off; a hold time is added, a name taken from channel and class where the record has none", () => {
    const rules: RuleName[] = [...RULES, { rule: "hall/temperature/fire", class: "fire", windowS: 0, forS: 0 }];
    const uplink = [
      message("hall/temperature", 10, { alarm: "fire", state: "on" }),
      message("hall/temperature", 11, {}, "telemetry"),
      message("tank/level", 12, { alarm: "supervisory", rule: "flood", state: "on" }),
      message("hall/temperature", 30, { alarm: "fire", state: "off" }),
      message("alarms/heat", 40, { alarm: "fire", state: "on" }),
      message("alarms/heat", 41, { alarm: "fire", state: "acknowledged" }),
    ];
    const spans = alarmSpans(uplink, rules, EPOCH_MS);
    expect(spans.map(({ rule, fromS, toS }) => [rule, Math.round(fromS * 10) / 10, Math.round(toS * 10) / 10])).toEqual(
      [
        ["hall/temperature/fire", 10, 30],
        ["flood", 17, Number.POSITIVE_INFINITY],
        ["heat", 40, Number.POSITIVE_INFINITY],
      ],
    );
  });
});
