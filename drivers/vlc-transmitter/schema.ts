/** The luminaire's page of a site manifest. */
import { type TSchema, Type } from "typebox";
import type { PlanMap } from "../plan";
import { type DriverSchema, type PageProblem, pinPage } from "../schema";
import { BEACON_OCTETS } from "../vlc/beacon";
import { frameSymbols } from "../vlc/encoder";
import { MAX_PSDU_OCTETS, MCS_TABLE } from "../vlc/mcs";
import { FLP_MAX, FLP_MIN, type Tdp } from "../vlc/preamble";
import { DEFAULT_PROFILE, DUTY_MAX, DUTY_MIN, profileFor } from "../vlc/profile";
import { PAUSE_PERIODS } from "./transmitter";

type Page = {
  readonly pin?: number | string;
  readonly invert?: boolean;
  readonly beacon?: { readonly id?: number };
  readonly mcs?: number;
  readonly preamble?: { readonly flp?: number; readonly tdp?: Tdp };
  readonly light?: { readonly level?: number; readonly floor?: number };
  readonly queue?: { readonly frames: number; readonly octets?: number };
  readonly allow?: readonly string[];
};

const DEFAULT_MCS = 4;
/** OOK shines at one half while it speaks. */
const HALF = 1 / 2;
const DEFAULT_QUEUE_OCTETS = 64;

const strictly = { additionalProperties: false } as const;
const Share = (description: string): TSchema =>
  Type.Number({ minimum: 0, maximum: 1, description: `${description} 0 is dark, 1 is full, in steps of 0.01.` });

export const schema: DriverSchema = {
  driver: "vlc-transmitter",
  summary: "A luminaire that sends its number in visible light, after IEEE 802.15.7 PHY I",
  bus: ["light", "spi"],
  page: Type.Object({
    pin: Type.Optional(pinPage("On a light bus: the pin that switches the lamp.")),
    invert: Type.Optional(Type.Boolean({ description: "On a light bus: the lamp shines while its pin is low." })),
    beacon: Type.Object(
      {
        id: Type.Integer({
          minimum: 0,
          maximum: 0xffff_ffff,
          description: "Number of the luminaire, as receivers will read it.",
        }),
      },
      { ...strictly, description: "What the luminaire says at each period." },
    ),
    mcs: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: MCS_TABLE.length - 1,
        description:
          "Modulation and coding scheme of PHY I: 0 to 4 OOK, from 12 to 100 kbit/s; 5 to 8 VPPM, which dims, from 36 to 267 kbit/s. Default 4.",
      }),
    ),
    preamble: Type.Optional(
      Type.Object(
        {
          flp: Type.Optional(
            Type.Integer({
              minimum: FLP_MIN,
              maximum: FLP_MAX,
              multipleOf: 2,
              description: `Chips of the fast locking pattern, an even number. Default ${DEFAULT_PROFILE.flp}.`,
            }),
          ),
          tdp: Type.Optional(
            Type.Union([Type.Literal("P1"), Type.Literal("P2"), Type.Literal("P3"), Type.Literal("P4")], {
              description: "Topology: P1 visibility, P2 peer to peer, P3 star, P4 broadcast. Default P4.",
            }),
          ),
        },
        { ...strictly, description: "What receivers lock to." },
      ),
    ),
    light: Type.Optional(
      Type.Object(
        {
          level: Type.Optional(Share("Light between frames; VPPM frames have it too. Default 0.5.")),
          floor: Type.Optional(Share("No command takes the light below. Default 0.")),
        },
        { ...strictly, description: "On a light bus: how bright the lamp is." },
      ),
    ),
    allow: Type.Optional(
      Type.Array(Type.Literal("dim"), {
        uniqueItems: true,
        description:
          "Commands that the lamp takes: dim, with a level from 0 to 1, never below the floor. Default none.",
      }),
    ),
    queue: Type.Optional(
      Type.Object(
        {
          frames: Type.Integer({ minimum: 1, maximum: 64, description: "Frames that may wait besides the beacon." }),
          octets: Type.Optional(
            Type.Integer({
              minimum: 5,
              maximum: MAX_PSDU_OCTETS,
              description: `Octets of the longest. Default ${DEFAULT_QUEUE_OCTETS}.`,
            }),
          ),
        },
        {
          ...strictly,
          description: "Room for frames besides the beacon; without it the luminaire sends beacons only.",
        },
      ),
    ),
  }),
  pins: ["pin"],
  defaultEveryMs: 1000,
  channels: () => [{ name: "beacons", unit: "count", min: 0, max: Number.MAX_SAFE_INTEGER }],
  check: (page, context) => (context.bus === undefined ? [] : problemsOf(page as Page, context.bus.kind)),
  connection: ({ pin, invert }: Page) =>
    pin === undefined
      ? // One SPI bit is one chip: the optical clock is the port's, whatever the bus page says.
        { hz: DEFAULT_PROFILE.clockHz }
      : { pin, ...(invert === undefined ? {} : { invert }) },
  busAddress: ({ pin }: Page) => (pin === undefined ? "the data line" : undefined),
  busUse: (page, { kind, everyMs }) => {
    const airUs = beaconUs(page as Page);
    // Lamps on a light bus share no wires; a beacon must end before the next all the same.
    return [{ what: "a beacon", everyMs, busyUs: kind === "spi" ? airUs : 0, takesUs: airUs }];
  },
  settings: (page) => compile(page as Page),
};

/** Air time of a beacon and of the pause behind it. */
function beaconUs({ mcs = DEFAULT_MCS, preamble }: Page): number {
  const profile = { ...profileFor(mcs), flp: preamble?.flp ?? DEFAULT_PROFILE.flp };
  return Math.ceil(((frameSymbols(profile, mcs, BEACON_OCTETS) + PAUSE_PERIODS) * 1_000_000) / profile.clockHz);
}

function problemsOf(page: Page, kind: string): PageProblem[] {
  if (kind === "spi")
    return (["pin", "invert", "light", "allow"] as const)
      .filter((key) => page[key] !== undefined)
      .map((key) => ({
        path: [key],
        message: `on an SPI bus there is no ${key}: the data line drives the lamp, which is dark between frames`,
        expected: "a bus of kind light, or no such key",
      }));
  const problems: PageProblem[] = [];
  if (page.pin === undefined)
    problems.push({ path: [], message: '"pin" is missing', expected: "the pin that switches the lamp" });
  return [...problems, ...lightProblems(page)];
}

/** A frame must be as bright as what is between frames, or the lamp flickers with each beacon. */
function lightProblems({ mcs = DEFAULT_MCS, light = {} }: Page): PageProblem[] {
  const { level = HALF, floor = 0 } = light;
  const problems: PageProblem[] = [];
  const at = (key: "level" | "floor") => ["light", key];
  if (level < floor)
    problems.push({
      path: at("floor"),
      message: `the floor ${floor} is above the level ${level}`,
      expected: "a floor below",
    });
  if (MCS_TABLE[mcs]?.modulation === "OOK") {
    if (level !== HALF && level !== 0)
      problems.push({
        path: at("level"),
        message: `MCS ${mcs} is OOK, which shines at one half while it speaks: at ${level} the lamp would flicker`,
        expected: "level 0.5, level 0 for a lamp that is dark when it says nothing, or mcs 5 to 8, which dim",
      });
    return problems;
  }
  const tenths = level * 10;
  if (level < DUTY_MIN || level > DUTY_MAX || Math.abs(tenths - Math.round(tenths)) > 1e-6)
    problems.push({
      path: at("level"),
      message: `VPPM does not dim to ${level}`,
      expected: `${DUTY_MIN} to ${DUTY_MAX}, in steps of 0.1`,
    });
  return problems;
}

function compile({ pin, beacon, mcs, preamble, light, queue, allow = [] }: Page): PlanMap {
  return {
    id: beacon?.id ?? 0,
    mcs: mcs ?? DEFAULT_MCS,
    flp: preamble?.flp ?? DEFAULT_PROFILE.flp,
    tdp: preamble?.tdp ?? DEFAULT_PROFILE.tdp,
    ...(pin === undefined ? {} : { level: light?.level ?? HALF, floor: light?.floor ?? 0 }),
    ...(allow.length === 0 ? {} : { dim: true }),
    ...(queue === undefined ? {} : { queue: { frames: queue.frames, octets: queue.octets ?? DEFAULT_QUEUE_OCTETS } }),
  };
}
