/** A scenario as a world plays it: numbers and names only, so that CBOR can carry it into any engine. */

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

export type ReceiverPlan = {
  readonly name: string;
  /** Device id of the luminaire that it sees. */
  readonly sees: string;
  readonly distanceM: number;
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
  readonly receivers: readonly ReceiverPlan[];
  readonly steps: readonly ScenarioStep[];
};
