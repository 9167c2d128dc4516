/** A scenario as a world plays it: numbers and names only, so that CBOR can carry it into any engine. */
import type { Placement } from "./optics/geometry";
import type { LampParts, ReceiverParts } from "./optics/parts";

export type RoomMember = {
  readonly device: string;
  /** One channel of it, or empty for the whole device. */
  readonly channel: string;
};

export type RoomPlan = {
  readonly name: string;
  readonly temperatureCel: number;
  readonly humidityPercent: number;
  readonly volumeM3: number;
  readonly members: readonly RoomMember[];
};

/** A luminaire of the site, where it hangs and how it shines, as far as the scenario says. */
export type LampPlan = {
  readonly device: string;
  readonly placement?: Placement;
  readonly parts: Partial<LampParts>;
};

export type ReceiverPlan = {
  readonly name: string;
  /** Device ids of the luminaires that it sees. */
  readonly sees: readonly string[];
  /** Straight below the one that it sees; for one without a place. */
  readonly distanceM?: number;
  readonly placement?: Placement;
  readonly parts?: Partial<ReceiverParts>;
  /** It looks at a lamp once in so long; at each frame when left out. */
  readonly everyUs?: number;
};

export type ScenarioStep = {
  readonly atUs: number;
  readonly kind: "do" | "fault" | "expect";
  readonly words: readonly string[];
  /** How long a fault lasts; for ever when left out. */
  readonly forUs?: number;
  /** How long an expectation may take. */
  readonly withinUs?: number;
};

export type ScenarioPlan = {
  readonly rooms: readonly RoomPlan[];
  readonly lamps?: readonly LampPlan[];
  readonly receivers: readonly ReceiverPlan[];
  readonly steps: readonly ScenarioStep[];
};
