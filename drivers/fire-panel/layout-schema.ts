/** From a profile and the points of a site to the tables that the driver reads. Host only. */
import { DEFAULT_MAX_GAP, planBlocks } from "../modbus/blocks";
import { CONDITION_NAMES, PointCondition } from "../panel-points/conditions";
import { type PointName, packNames } from "../panel-points/point-names";
import { COMMAND, COMMAND_EFFECTS, FIELD, RULE } from "./layout";
import {
  type PanelCommand,
  type PanelProfile,
  POINT_KINDS,
  type PointAddress,
  type PointEntry,
  type PointField,
  type PointMeaning,
  type PointRule,
  TABLES,
} from "./profile-schema";

const WORD_BITS = 16;
/** Bits that one read of coils or inputs asks for at most: the standard's limit is 2000. */
const BITS_PER_READ = 512;

export type NamedPoint = PointAddress & { readonly name: PointName };

/** All points, each once, in the order in which they stand in the panel. A point with a name of its own leaves its range. */
export function expandPoints(entries: readonly PointEntry[]): NamedPoint[] {
  const points = new Map<string, NamedPoint>();
  const ranges = entries.filter(({ first, last }) => first !== last);
  const singles = entries.filter(({ first, last }) => first === last);
  for (const { name, loop, kind, first, last } of [...ranges, ...singles])
    for (let number = first; number <= last; number++) {
      const named = first === last ? { prefix: name } : { prefix: name, number };
      points.set(`${kind} ${loop} ${number}`, { loop, kind, number, name: named });
    }
  return [...points.values()].sort(
    (a, b) => POINT_KINDS.indexOf(a.kind) - POINT_KINDS.indexOf(b.kind) || a.loop - b.loop || a.number - b.number,
  );
}

export function namesOf(points: readonly NamedPoint[]): Uint8Array {
  return packNames(points.map(({ name }) => name));
}

export type Layout = { readonly reads: number[][]; readonly fields: number[][]; readonly rules: number[][] };

export function compileLayout(profile: PanelProfile, points: readonly NamedPoint[]): Layout {
  const reads = planReads(profile, points);
  const rules: number[][] = [];
  const meanings = new Map<string, readonly [first: number, count: number, quiet: number]>();
  for (const [name, meaning] of Object.entries(profile.meanings)) {
    const rows = compileMeaning(meaning);
    meanings.set(name, [rules.length, rows.length, hex(meaning.quiet ?? "0")]);
    rules.push(...rows);
  }
  const fields: number[][] = [];
  for (let first = 0; first < points.length; ) {
    let count = 1;
    while (follows(points[first + count - 1], points[first + count])) count++;
    for (const field of profile.points[points[first].kind]!.fields) {
      const [firstRule, ruleCount, quiet] = meanings.get(field.meaning)!;
      const row = new Array<number>(FIELD.columns).fill(0);
      row[FIELD.firstPoint] = first;
      row[FIELD.points] = count;
      row[FIELD.firstSlot] = slotOf(profile, field, points[first], reads);
      row[FIELD.bits] = bitsOf(field);
      row[FIELD.highFirst] = field.highFirst === true ? 1 : 0;
      row[FIELD.firstRule] = firstRule;
      row[FIELD.rules] = ruleCount;
      row[FIELD.quiet] = quiet;
      fields.push(row);
    }
    first += count;
  }
  return { reads, fields, rules };
}

/** Rows of 16-bit numbers as the plan holds them. */
export function packTable(rows: readonly (readonly number[])[]): Uint8Array {
  return Uint8Array.from(rows.flat().flatMap((number) => [(number >> 8) & 0xff, number & 0xff]));
}

/** Address on the wire of the register, coil or input that holds the point's field. */
export function addressOf(profile: PanelProfile, field: PointField, point: PointAddress): number {
  return addressIn(profile, field, point, fieldIndex(profile, field, point));
}

function addressIn(profile: PanelProfile, field: PointField, { loop }: PointAddress, index: number): number {
  const loopStart = (field.perLoop ?? 0) * (loop - (profile.loops?.min ?? loop));
  return field.base + loopStart + (isBits(field) ? index : Math.floor((index * bitsOf(field)) / WORD_BITS));
}

/** Number of the point's field in its table. */
function fieldIndex(profile: PanelProfile, field: PointField, { kind, number }: PointAddress): number {
  return number - profile.points[kind]!.numbers.min + (field.skip ?? 0);
}

function isBits({ table }: PointField): boolean {
  return TABLES[table] <= 2;
}

/** A coil or an input is read as a word of its own. */
function bitsOf(field: PointField): number {
  return isBits(field) ? WORD_BITS : (field.bits ?? WORD_BITS);
}

function follows(a: NamedPoint, b: NamedPoint | undefined): boolean {
  return b !== undefined && a.kind === b.kind && a.loop === b.loop && a.number + 1 === b.number;
}

function planReads(profile: PanelProfile, points: readonly NamedPoint[]): number[][] {
  const wanted = new Map<number, Set<number>>();
  for (const point of points)
    for (const field of profile.points[point.kind]!.fields) {
      const code = TABLES[field.table];
      const addresses = wanted.get(code) ?? new Set<number>();
      wanted.set(code, addresses.add(addressOf(profile, field, point)));
    }
  return [...wanted]
    .sort(([a], [b]) => a - b)
    .flatMap(([code, addresses]) =>
      planBlocks(
        [...addresses].map((address) => ({ address, count: 1 })),
        { maxCount: code <= 2 ? BITS_PER_READ : profile.limits.registersPerRead, maxGap: DEFAULT_MAX_GAP },
      ).map(({ address, count }) => [code, address, count]),
    );
}

function slotOf(profile: PanelProfile, field: PointField, point: PointAddress, reads: readonly number[][]): number {
  const perWord = WORD_BITS / bitsOf(field);
  const address = addressOf(profile, field, point);
  let words = 0;
  for (const [code, first, count] of reads) {
    if (code === TABLES[field.table] && address >= first && address < first + count)
      return (words + address - first) * perWord + (isBits(field) ? 0 : fieldIndex(profile, field, point) % perWord);
    words += count;
  }
  throw new Error(`address ${address} is in no read`);
}

function compileMeaning({ rules }: PointMeaning): number[][] {
  return rules.flatMap((choice, group) =>
    (Array.isArray(choice) ? choice : [choice]).map((rule) => compileRule(rule, group)),
  );
}

function compileRule(rule: PointRule, group: number): number[] {
  const mask = hex(rule.bits ?? "FFFF");
  // A rule that names bits alone wants all of them.
  const equals = rule.equals ?? (rule.from === undefined && rule.to === undefined ? rule.bits : undefined);
  const row = new Array<number>(RULE.columns).fill(0);
  row[RULE.group] = group;
  row[RULE.mask] = mask;
  row[RULE.least] = hex(equals ?? rule.from ?? "0");
  row[RULE.most] = hex(equals ?? rule.to ?? "FFFF");
  row[RULE.conditions] = conditionsOf(rule.is);
  row[RULE.clears] = hex(rule.clears ?? "0");
  return row;
}

function conditionsOf(names: PointRule["is"]): number {
  let set = 0;
  for (const name of Array.isArray(names) ? names : [names])
    if (name !== "quiet") set |= CONDITION_NAMES[name] ?? PointCondition.unknown;
  return set;
}

function hex(text: string): number {
  return Number.parseInt(text, 16);
}

/** The commands that a site allows, each with the registers that it is written to. */
export function compileCommands(
  profile: PanelProfile,
  points: readonly NamedPoint[],
  allowed: readonly string[],
): { [name: string]: Uint8Array } {
  return Object.fromEntries(
    [...allowed].sort().map((name) => [name, packTable(commandRows(profile, points, profile.commands![name]))]),
  );
}

function commandRows(profile: PanelProfile, points: readonly NamedPoint[], command: PanelCommand): number[][] {
  const row = (firstPoint: number, count: number, address: number) => {
    const cells = new Array<number>(COMMAND.columns).fill(0);
    cells[COMMAND.value] = command.value;
    cells[COMMAND.firstPoint] = firstPoint;
    cells[COMMAND.points] = count;
    cells[COMMAND.address] = address;
    cells[COMMAND.effect] = COMMAND_EFFECTS.indexOf(command.effect);
    return cells;
  };
  if (command.of === undefined) return [row(0, 0, command.base)];
  const rows: number[][] = [];
  for (let first = 0; first < points.length; ) {
    let count = 1;
    while (follows(points[first + count - 1], points[first + count])) count++;
    const { kind, loop, number } = points[first];
    const loopStart = (command.perLoop ?? 0) * (loop - (profile.loops?.min ?? loop));
    if ((command.of as readonly string[]).includes(kind))
      rows.push(row(first, count, command.base + loopStart + number - profile.points[kind]!.numbers.min));
    first += count;
  }
  return rows;
}
