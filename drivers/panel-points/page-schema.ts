/** What the pages of panels have in common. Host only. */
import { Type } from "typebox";
import type { PageProblem } from "../schema";

/** A number, or the first and the last of a range. */
export type Numbers = number | string;

const RANGE = /^([0-9]+)\s*-\s*([0-9]+)$/;
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const NAME_RULE = "letters, digits, - and _, beginning with a letter or digit; at most 64";
/** What a snapshot goes by, so no point can. */
const TAKEN = "points";

export const NumbersPage = Type.Optional(
  Type.Union([Type.Integer({ minimum: 0 }), Type.String({ pattern: RANGE.source })], {
    description: "Number of the point as the panel counts, or a range such as 1-159.",
  }),
);

export const REPEAT_DESCRIPTION = "A snapshot repeats what all points say.";

export function parseNumbers(numbers: Numbers): [first: number, last: number] {
  const range = typeof numbers === "string" ? RANGE.exec(numbers) : null;
  return range === null ? [Number(numbers), Number(numbers)] : [Number(range[1]), Number(range[2])];
}

export function checkPointName(path: readonly string[], name: string): PageProblem | undefined {
  if (name === TAKEN)
    return { path, message: `"${TAKEN}" is the name that the panel's snapshots go by`, expected: "another name" };
  if (NAME.test(name)) return undefined;
  return {
    path,
    message: `"${name}" cannot be the name of a point: it becomes part of topics and record names`,
    expected: NAME_RULE,
  };
}
