import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PointChange } from "../contract";
import type { AlarmClass } from "../plan";
import { PointCondition, REPORTED_CONDITIONS } from "./conditions";
import { PointBoard } from "./point-board";

function board(count: number, repeatMs = 60_000) {
  const told: { point: number; kind: AlarmClass; change: PointChange; ticksUs: number }[] = [];
  const state = { room: Number.POSITIVE_INFINITY, snapshots: 0 };
  const one = new PointBoard(
    { count, repeatMs, names: new Uint8Array(0) },
    {
      point: (point, kind, change, _conditions, _evidence, ticksUs) => {
        if (state.room <= 0) return false;
        state.room--;
        told.push({ point, kind, change, ticksUs });
        return true;
      },
      snapshot: () => ++state.snapshots > 0,
      note: () => {},
    },
    { evidence: () => 0 },
  );
  return { board: one, told, state };
}

/** All points quiet, and told so. */
function quiet(count: number) {
  const made = board(count);
  for (let point = 0; point < count; point++) made.board.set(point, 0, 0);
  made.board.tellAll(0);
  return made;
}

describe("the board of a panel's points", () => {
  it("tells a thousand edges in the order of their urgency, though they are seen in another and room comes in drops", () => {
    const { board: one, told, state } = quiet(1000);
    state.room = 0;
    for (let point = 0; point < 1000; point++) one.set(point, REPORTED_CONDITIONS[5 - (point % 6)].bit, point);
    for (let turn = 0; turn < 2000 && told.length < 1000; turn++) {
      state.room = turn % 4;
      one.tellAll(1);
    }
    const ranks = told.map(({ kind }) => REPORTED_CONDITIONS.findIndex((condition) => condition.class === kind));
    expect(told).toHaveLength(1000);
    expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
    expect(new Set(told.map(({ point }) => point)).size).toBe(1000);
  });

  it("keeps the time at which an edge was seen, for as long as it waits", () => {
    const { board: one, told, state } = quiet(2);
    state.room = 0;
    one.set(1, PointCondition.fire, 5_000_000);
    one.tellAll(5_000_000);
    one.set(1, PointCondition.fire | PointCondition.trouble, 8_000_000);
    state.room = 9;
    one.tellAll(9_000_000);
    expect(told.map(({ ticksUs }) => ticksUs)).toEqual([5_000_000, 5_000_000]);
  });

  it("takes no snapshot of a panel whose edges could not all be told", () => {
    const { board: one, state } = quiet(2);
    state.room = 0;
    one.set(0, PointCondition.trouble | PointCondition.disabled, 1);
    expect([one.tellAll(1), state.snapshots]).toEqual([false, 1]);
    state.room = 1;
    expect([one.tellAll(2), state.snapshots]).toEqual([true, 2]);
  });

  it("repeats a snapshot when its time has come", () => {
    const { board: one, state } = quiet(2);
    one.tellAll(59_999_999);
    expect(state.snapshots).toBe(1);
    one.tellAll(60_000_000);
    expect(state.snapshots).toBe(2);
  });

  it("ends where the panel is, whatever happened and whenever there was room", () => {
    const step = fc.record({ point: fc.nat(4), set: fc.integer({ min: 0, max: 127 }), room: fc.nat(3) });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const { board: one, told, state } = quiet(5);
        const panel = new Array<number>(5).fill(0);
        steps.forEach(({ point, set, room }, i) => {
          panel[point] = set;
          one.set(point, set, i * 1_000_000);
          state.room = room;
          one.tellUrgent();
          one.tellAll(i * 1_000_000);
        });
        state.room = Number.POSITIVE_INFINITY;
        one.tellAll(1e9);
        expect([...one.told]).toEqual(panel);
        // Every edge turns what was told of its condition over, so the last one is what the panel says.
        const known = new Map<string, boolean>();
        for (const { point, kind, change } of told) {
          const key = `${point} ${kind}`;
          expect(known.get(key) ?? false).toBe(change === PointChange.off);
          known.set(key, change !== PointChange.off);
        }
        for (const [point, set] of panel.entries())
          for (const condition of REPORTED_CONDITIONS)
            expect(known.get(`${point} ${condition.class}`) ?? false).toBe((set & condition.bit) !== 0);
      }),
    );
  });

  it("tells what stood at the first sight as standing, all of it, and what came later as an edge", () => {
    const { board: one, told } = board(1);
    one.set(0, PointCondition.fire | PointCondition.life, 0);
    one.tellAll(0);
    one.set(0, PointCondition.fire | PointCondition.life | PointCondition.trouble, 1_000_000);
    one.tellAll(1_000_000);
    expect(told.map(({ kind, change }) => [kind, change])).toEqual([
      ["fire", PointChange.standing],
      ["life", PointChange.standing],
      ["trouble", PointChange.on],
    ]);
  });
});
