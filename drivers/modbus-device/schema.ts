/** A Modbus device's page of a site manifest: its points, one by one. */
import { Type } from "typebox";
import { type BlockLimits, DEFAULT_MAX_GAP, planBlocks } from "../modbus/blocks";
import { DEFAULT_ANSWER_MS, readUs } from "../modbus/bus-load-schema";
import { MAX_BITS, MAX_REGISTERS, type ReadFunction } from "../modbus/pdu";
import { Priority } from "../modbus/request";
import { parseOrder, plainOrder, registersOf, VALUE_TYPES, ValueType, type ValueTypeName } from "../modbus/values";
import type { PlanMap } from "../plan";
import { type ChannelDeclaration, type DriverSchema, ON_CHANGE, type PageProblem } from "../schema";
import type { PollPlan } from "./point-map";

const TABLES = { coil: 1, discrete: 2, holding: 3, input: 4 } as const;
type Table = keyof typeof TABLES;
const TABLE_NAMES = Object.keys(TABLES) as readonly Table[];
const CLASSES = ["alarm", "fast", "slow"] as const;
type PointClass = (typeof CLASSES)[number];

type PointPage = { readonly [table in Table]?: number } & {
  readonly type?: ValueTypeName;
  readonly order?: string;
  readonly bit?: number;
  readonly mask?: number;
  readonly scale?: number;
  readonly offset?: number;
  readonly unit?: string;
  readonly values?: { readonly [name: string]: number };
  readonly invalid?: readonly number[];
  readonly min?: number;
  readonly max?: number;
  readonly class?: PointClass;
  readonly every?: string;
};

type Page = {
  readonly unit?: number;
  readonly model?: string;
  readonly order?: string;
  readonly limits?: {
    readonly registers?: number;
    readonly bits?: number;
    readonly gap?: number;
    readonly holes?: readonly (readonly [number, number])[];
  };
  readonly answer?: string;
  readonly stale?: string;
  readonly every?: string;
  readonly points?: { readonly [name: string]: PointPage };
};

/** Names become SenML record names. */
const NAME = "^[A-Za-z0-9][A-Za-z0-9_-]*$";
const DURATION = "^[0-9]+(\\.[0-9]+)?\\s*(ms|s|m|min|h)$";
const DEFAULT_EVERY_MS = 1000;
const strict = { additionalProperties: false } as const;

const Address = (what: string) =>
  Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 65_535,
      description: `Address of a ${what} as it goes over the wire, counted from 0: a manual's 40001 is holding: 0.`,
    }),
  );
const Duration = (description: string) =>
  Type.Optional(Type.String({ pattern: DURATION, description: `${description} A duration such as 500 ms or 10 s.` }));

const Point = Type.Object(
  {
    coil: Address("coil"),
    discrete: Address("discrete input"),
    holding: Address("holding register"),
    input: Address("input register"),
    type: Type.Optional(
      Type.Union(
        VALUE_TYPES.map((name) => Type.Literal(name)),
        { description: "What stands there. Default bit for coils and discrete inputs, u16 for registers." },
      ),
    ),
    order: Type.Optional(
      Type.String({
        pattern: "^[A-H]{2,8}$",
        description:
          "Order of the bytes on the wire, A the most significant: ABCD, CDAB, BADC, DCBA. Default the device's.",
      }),
    ),
    bit: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 31, description: "One bit of the register, 0 the least significant." }),
    ),
    mask: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 0xffff_ffff,
        description: "Bits of the register that count; they are shifted down. 0xFF00 is the high byte.",
      }),
    ),
    scale: Type.Optional(Type.Number({ description: "Factor of what the register says. Default 1." })),
    offset: Type.Optional(Type.Number({ description: "Added after that. Default 0." })),
    unit: Type.Optional(Type.String({ description: "SenML unit of the value after scale and offset. Default none." })),
    values: Type.Optional(
      Type.Record(Type.String(), Type.Integer(), {
        description: "Names of the numbers that may stand there; any other is out of range.",
      }),
    ),
    invalid: Type.Optional(
      Type.Array(Type.Integer({ minimum: 0, maximum: 0xffff_ffff }), {
        description: "Patterns that mean no value, as unsigned numbers: [0x8000, 0xFFFF].",
      }),
    ),
    min: Type.Optional(Type.Number({ description: "What is lower, after scale and offset, is out of range." })),
    max: Type.Optional(Type.Number({ description: "What is higher is out of range." })),
    class: Type.Optional(
      Type.Union(
        CLASSES.map((name) => Type.Literal(name)),
        { description: "Who goes first on the bus: alarm, fast, slow. Default fast." },
      ),
    ),
    every: Duration("A multiple of the device's period. Default that."),
  },
  strict,
);

export const schema: DriverSchema = {
  driver: "modbus-device",
  summary: "A Modbus device, described point by point, read only",
  bus: ["serial", "tcp"],
  page: Type.Object({
    unit: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 255,
        description: "Modbus unit (slave address): 1 to 247; 255 or 0 for a device of its own on TCP. Default 1.",
      }),
    ),
    model: Type.Optional(Type.String({ description: "What it is, for the trace." })),
    order: Type.Optional(
      Type.Union(
        ["ABCD", "CDAB", "BADC", "DCBA"].map((letters) => Type.Literal(letters)),
        { description: "Order of bytes of its 32-bit values, and of longer ones in the same manner. Default ABCD." },
      ),
    ),
    limits: Type.Optional(
      Type.Object(
        {
          registers: Type.Optional(
            Type.Integer({ minimum: 1, maximum: MAX_REGISTERS, description: "Most in a read." }),
          ),
          bits: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_BITS, description: "Most in a read." })),
          gap: Type.Optional(
            Type.Integer({
              minimum: 0,
              maximum: MAX_REGISTERS,
              description: `Most addresses read for nothing to save a request. Default ${DEFAULT_MAX_GAP}.`,
            }),
          ),
          holes: Type.Optional(
            Type.Array(
              Type.Tuple([
                Type.Integer({ minimum: 0, maximum: 65_535 }),
                Type.Integer({ minimum: 0, maximum: 65_535 }),
              ]),
              { description: "First and last address of ranges that must not be read, in any table." },
            ),
          ),
        },
        { ...strict, description: "What its reads may look like." },
      ),
    ),
    answer: Duration(`How long it takes to answer, for the load of the bus. Default ${DEFAULT_ANSWER_MS} ms.`),
    stale: Duration("How old a value may be before it is bad. Default three periods of its point."),
    points: Type.Record(Type.String({ pattern: NAME }), Point, {
      ...strict,
      description: "What is read, each under a name of yours.",
    }),
  }),
  defaultEveryMs: DEFAULT_EVERY_MS,
  channels: (page) => Object.entries((page as Page).points ?? {}).map(([name, point]) => channelOf(name, point)),
  check: (page) => problemsOf(page as Page),
  busAddress: (page) => String((page as Page).unit ?? 1),
  busUse: (raw, bus) => {
    const page = raw as Page;
    if (bus.kind !== "serial") return [];
    const answerMs = durationMs(page.answer) ?? DEFAULT_ANSWER_MS;
    return pollsOf(page).map(({ functionCode, priority, everyTicks, blocks }) => {
      const everyMs = everyTicks * bus.everyMs;
      const busyUs = blocks.reduce((us, { count }) => us + readUs(bus, functionCode, count, answerMs), 0);
      return { what: `class ${CLASSES[priority - Priority.alarm]}`, everyMs, busyUs, limitMs: everyMs };
    });
  },
  settings: (page) => compile(page as Page),
};

function points(page: Page): readonly PointPage[] {
  return Object.values(page.points ?? {});
}

function tableOf(point: PointPage): Table | undefined {
  const named = TABLE_NAMES.filter((name) => point[name] !== undefined);
  return named.length === 1 ? named[0] : undefined;
}

function typeOf(point: PointPage): ValueType {
  const table = tableOf(point);
  return ValueType[point.type ?? (table === "coil" || table === "discrete" ? "bit" : "u16")];
}

/** The device's order, for as many bytes as the type has. */
function lettersOf(page: Page, point: PointPage): string {
  const bytes = 2 * registersOf(typeOf(point));
  if (point.order !== undefined) return point.order;
  const plain = "ABCDEFGH".slice(0, bytes);
  if (bytes === 2) return plain;
  const words = plain.match(/../g)!;
  const order = page.order ?? "ABCD";
  if (order === "CDAB" || order === "DCBA") words.reverse();
  return order === "BADC" || order === "DCBA" ? words.map((word) => word[1] + word[0]).join("") : words.join("");
}

function maskOf({ bit, mask }: PointPage): number {
  return bit === undefined ? (mask ?? 0) : 2 ** bit;
}

function isState(point: PointPage): boolean {
  return typeOf(point) === ValueType.bit || point.bit !== undefined || point.values !== undefined;
}

function channelOf(name: string, point: PointPage): ChannelDeclaration {
  const ends = rangeOf(point).map((raw) => raw * (point.scale ?? 1) + (point.offset ?? 0));
  return {
    name,
    unit: point.unit ?? "",
    min: point.min ?? Math.min(...ends),
    max: point.max ?? Math.max(...ends),
    ...(isState(point) ? { filters: ON_CHANGE } : {}),
  };
}

/** Least and largest raw number. */
function rangeOf(point: PointPage): [number, number] {
  const type = typeOf(point);
  const mask = maskOf(point);
  if (type === ValueType.bit) return [0, 1];
  if (mask !== 0) return [0, mask / 2 ** trailingZeros(mask)];
  switch (type) {
    case ValueType.i16:
      return [-0x8000, 0x7fff];
    case ValueType.u32:
      return [0, 0xffff_ffff];
    case ValueType.i32:
      return [-0x8000_0000, 0x7fff_ffff];
    case ValueType.u64:
      return [0, 2 ** 64];
    case ValueType.i64:
      return [-(2 ** 63), 2 ** 63];
    case ValueType.f32:
    case ValueType.f64:
      return [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    case ValueType.bcd16:
      return [0, 9_999];
    case ValueType.bcd32:
      return [0, 99_999_999];
    default:
      return [0, 0xffff];
  }
}

function trailingZeros(mask: number): number {
  return 31 - Math.clz32(mask & -mask);
}

function problemsOf(page: Page): PageProblem[] {
  const problems: PageProblem[] = [];
  const all = Object.entries(page.points ?? {});
  if (all.length === 0) problems.push({ path: ["points"], message: "a device without points has nothing to read" });
  for (const [name, point] of all)
    for (const problem of pointProblems(page, name, point))
      problems.push({ ...problem, path: ["points", name, ...problem.path] });
  for (const [i, [first, last]] of (page.limits?.holes ?? []).entries())
    if (first > last)
      problems.push({
        path: ["limits", "holes", i],
        message: `a hole from ${first} to ${last} is none`,
        expected: "first, last",
      });
  return problems;
}

function pointProblems(page: Page, name: string, point: PointPage): PageProblem[] {
  const table = tableOf(point);
  if (table === undefined)
    return [
      { path: [], message: `point "${name}" names no table, or several`, expected: `one of ${TABLE_NAMES.join(", ")}` },
    ];
  const problems: PageProblem[] = [];
  const report = (path: string[], message: string, expected: string) => void problems.push({ path, message, expected });
  const type = typeOf(point);
  const registers = registersOf(type);
  const isBit = type === ValueType.bit;
  if (isBit !== TABLES[table] <= 2)
    report(["type"], `a ${table} cannot hold ${VALUE_TYPES[type]}`, isBit ? "a type of registers" : "bit, or no type");
  const whole = type === ValueType.u16 || type === ValueType.u32;
  for (const key of ["bit", "mask"] as const)
    if (point[key] !== undefined && !whole) report([key], `only a u16 or u32 has bits to choose`, "type: u16 or u32");
  if (point.bit !== undefined && point.mask !== undefined)
    report(["mask"], "a bit is a mask of its own", "one of both");
  if (whole && maskOf(point) >= 2 ** (16 * registers))
    report(
      [point.bit === undefined ? "mask" : "bit"],
      `the register has ${16 * registers} bits`,
      "a bit that is there",
    );
  if (parseOrder(lettersOf(page, point), type) === undefined)
    report(["order"], `"${point.order}" is no order of ${2 * registers} bytes`, examplesOf(registers));
  if (point[table]! + registers > 65_536) report([table], "its last register would be beyond 65535", "a lower address");
  const most = isBit ? (page.limits?.bits ?? MAX_BITS) : (page.limits?.registers ?? MAX_REGISTERS);
  if (registers > most)
    report(["type"], `it takes ${registers} registers, and a read may have ${most}`, "larger limits");
  if (point.scale === 0) report(["scale"], "a scale of 0 leaves nothing", "another factor");
  if (point.min !== undefined && point.max !== undefined && point.min > point.max)
    report(["min"], `no value is above ${point.min} and below ${point.max}`, "min below max");
  if (ticksOf(page, point) === undefined)
    report(["every"], `${point.every} is no multiple of the device's period, ${page.every ?? "1 s"}`, "a multiple");
  return problems;
}

function examplesOf(registers: number): string {
  return ["", "AB or BA", "ABCD, CDAB, BADC or DCBA", "", "eight letters such as ABCDEFGH or GHEFCDAB"][registers];
}

/** Ticks of the device from one poll of the point to the next. */
function ticksOf(page: Page, point: PointPage): number | undefined {
  const deviceMs = durationMs(page.every) ?? DEFAULT_EVERY_MS;
  const ticks = (durationMs(point.every) ?? deviceMs) / deviceMs;
  return Number.isInteger(ticks) && ticks >= 1 ? ticks : undefined;
}

const UNITS_MS: { readonly [unit: string]: number } = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 };

function durationMs(text: string | undefined): number | undefined {
  const match = /^([0-9.]+)\s*([a-z]+)$/.exec(text ?? "");
  return match === null ? undefined : Number(match[1]) * UNITS_MS[match[2]];
}

/** The page was checked before. */
function pollsOf(page: Page): PollPlan[] {
  const groups = new Map<string, { table: Table; priority: Priority; everyTicks: number; points: number[] }>();
  points(page).forEach((point, index) => {
    const table = tableOf(point)!;
    const priority = (Priority.alarm + CLASSES.indexOf(point.class ?? "fast")) as Priority;
    const everyTicks = ticksOf(page, point)!;
    const key = `${priority} ${table} ${everyTicks}`;
    const group = groups.get(key) ?? { table, priority, everyTicks, points: [] };
    group.points.push(index);
    groups.set(key, group);
  });
  const sorted = [...groups.values()].sort((a, b) => a.priority - b.priority || a.everyTicks - b.everyTicks);
  return sorted.map(({ table, priority, everyTicks, points: members }) => ({
    functionCode: TABLES[table] as ReadFunction,
    priority,
    everyTicks,
    points: members,
    blocks: planBlocks(
      members.map((index) => {
        const point = points(page)[index];
        return { address: point[table]!, count: registersOf(typeOf(point)) };
      }),
      limitsOf(page, table),
    ),
  }));
}

function limitsOf({ limits }: Page, table: Table): BlockLimits {
  const isBits = TABLES[table] <= 2;
  return {
    maxCount: isBits ? (limits?.bits ?? MAX_BITS) : (limits?.registers ?? MAX_REGISTERS),
    // A bit costs a sixteenth of a register.
    maxGap: isBits ? 16 * (limits?.gap ?? DEFAULT_MAX_GAP) : (limits?.gap ?? DEFAULT_MAX_GAP),
    holes: limits?.holes ?? [],
  };
}

function compile(page: Page): PlanMap {
  const all = points(page);
  const lists = (key: (point: PointPage) => readonly number[]) =>
    all.flatMap((point, index) => (key(point).length === 0 ? [] : [[index, ...key(point)]]));
  return {
    unit: page.unit ?? 1,
    model: page.model ?? "Modbus device",
    staleMs: durationMs(page.stale) ?? 0,
    addresses: all.map((point) => point[tableOf(point)!]!),
    types: all.map(typeOf),
    orders: all.map((point) => parseOrder(lettersOf(page, point), typeOf(point)) ?? plainOrder(typeOf(point))),
    masks: all.map(maskOf),
    scales: all.map(({ scale }) => scale ?? 1),
    offsets: all.map(({ offset }) => offset ?? 0),
    minima: all.map(({ min }) => min ?? null),
    maxima: all.map(({ max }) => max ?? null),
    invalid: lists(({ invalid }) => invalid ?? []),
    known: lists(({ values }) => Object.values(values ?? {})),
    polls: pollsOf(page) as unknown as PlanMap[],
  };
}
