/** The luminaire's page of a site manifest. */
import { Type } from "typebox";
import type { PlanMap } from "../plan";
import type { DriverSchema } from "../schema";
import { MCS_TABLE } from "../vlc/mcs";
import { FLP_MAX, FLP_MIN, type Tdp } from "../vlc/preamble";
import { DEFAULT_PROFILE } from "../vlc/profile";

type Page = {
  readonly beacon?: { readonly id?: number };
  readonly mcs?: number;
  readonly preamble?: { readonly flp?: number; readonly tdp?: Tdp };
};

export const schema: DriverSchema = {
  driver: "vlc-transmitter",
  summary: "A luminaire that sends its number in visible light, after IEEE 802.15.7 PHY I, over SPI",
  bus: ["spi"],
  page: Type.Object({
    beacon: Type.Object(
      {
        id: Type.Integer({
          minimum: 0,
          maximum: 0xffff_ffff,
          description: "Number of the luminaire, as receivers will read it.",
        }),
      },
      { additionalProperties: false, description: "What the luminaire says at each period." },
    ),
    mcs: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: MCS_TABLE.length - 1,
        description:
          "Modulation and coding scheme of PHY I: 0 to 4 OOK, from 12 to 100 kbit/s; 5 to 8 VPPM, from 36 to 267 kbit/s. Default 4.",
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
        { additionalProperties: false, description: "What receivers lock to." },
      ),
    ),
  }),
  defaultEveryMs: 1000,
  channels: () => [{ name: "beacons", unit: "count", min: 0, max: Number.MAX_SAFE_INTEGER }],
  // One SPI bit is one chip: the optical clock is the port's, whatever the bus page says.
  connection: () => ({ hz: DEFAULT_PROFILE.clockHz }),
  busAddress: () => "the data line",
  settings: (page) => compile(page as Page),
};

function compile({ beacon, mcs, preamble }: Page): PlanMap {
  return {
    id: beacon?.id ?? 0,
    mcs: mcs ?? 4,
    flp: preamble?.flp ?? DEFAULT_PROFILE.flp,
    tdp: preamble?.tdp ?? DEFAULT_PROFILE.tdp,
  };
}
