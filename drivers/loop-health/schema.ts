/** The page of the loop's own telemetry. */
import { Type } from "typebox";
import type { ChannelDeclaration, DriverSchema } from "../schema";

type Page = { readonly dropsOf?: readonly string[]; readonly store?: boolean };

const count = (name: string): ChannelDeclaration => ({ name, unit: "", min: 0, max: Number.MAX_SAFE_INTEGER });

/** Ticks that began later than that, the worst delay, missed ticks, records and messages let go. */
const OWN: readonly ChannelDeclaration[] = [
  count("late-1ms"),
  count("late-10ms"),
  count("late-100ms"),
  count("late-1s"),
  { name: "latest", unit: "s", min: 0, max: Number.MAX_SAFE_INTEGER },
  count("missed"),
  count("dropped"),
  count("lost"),
];

/** Messages that wait; erases of the sector that was erased most, of all, and torn records. */
const STORE: readonly ChannelDeclaration[] = [
  count("waiting"),
  count("store-wear"),
  count("store-erases"),
  count("store-torn"),
];

const PREFIX = "dropped-";

export const schema: DriverSchema = {
  driver: "loop-health",
  summary: "The sampling loop's own telemetry: lateness, missed ticks, drops, all counted since boot",
  bus: [],
  page: Type.Object({
    store: Type.Optional(
      Type.Boolean({ description: "How full the store is and how worn its flash: four channels more. Default false." }),
    ),
    dropsOf: Type.Optional(
      Type.Array(Type.String(), {
        maxItems: 64,
        uniqueItems: true,
        description:
          "Channels, as <device>/<channel>, whose drops are counted one by one: channel dropped-<device>-<channel>.",
      }),
    ),
  }),
  defaultEveryMs: 60_000,
  channels: (page) => [...own(page), ...dropsOf(page).map((name) => count(PREFIX + name.replaceAll("/", "-")))],
  check: (page, context) =>
    dropsOf(page).flatMap((name, i) =>
      context.channels === undefined || context.channels.has(name)
        ? []
        : [{ path: ["dropsOf", i], message: `there is no channel "${name}"`, expected: "<device>/<channel>" }],
    ),
  // By channel: the one whose drops it counts, empty for the loop's own.
  settings: (page) => ({ droppedOf: [...own(page).map(() => ""), ...dropsOf(page)] }),
};

function own(page: Record<string, unknown>): readonly ChannelDeclaration[] {
  return (page as Page).store === true ? [...OWN, ...STORE] : OWN;
}

function dropsOf(page: Record<string, unknown>): readonly string[] {
  return (page as Page).dropsOf ?? [];
}
