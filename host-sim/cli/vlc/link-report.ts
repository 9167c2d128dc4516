/** A link budget in figures: what the world reckons with, and the error rates that go with it. */
import { MCS_TABLE } from "../../../drivers/vlc/mcs";
import type { LinkSetup } from "../../../manifests/link-file";
import { illuminanceGain, lambertianOrder } from "../../world/optics/lambertian";
import { linkBudget, type NoiseDensities } from "../../world/optics/link-budget";
import { PER_SYMBOL } from "../../world/optics/parts";
import { chipsPerBit, expectedFrameErrorRate, RECEIVER_LOSS_DB, requiredDb } from "./link-rate";

export type LinkReport = {
  readonly mcs: number;
  readonly octets: number;
  readonly distanceM: number;
  readonly lampAngleDeg: number;
  readonly receiverAngleDeg: number;
  readonly lambertianOrder: number;
  /** Share of the lamp's light that reaches the diode. */
  readonly gain: number;
  /** While the lamp is lit, and the current of that; lit less dark. */
  readonly receivedW: number;
  readonly photocurrentA: number;
  readonly ambientA: number;
  /** One-sided densities at the diode, A²/Hz. */
  readonly noise: NoiseDensities;
  /** `null` without light. Of a chip of OOK or of half a pulse of VPPM, at duty one half. */
  readonly ecn0Db: number | null;
  /** What another duty than one half costs VPPM. */
  readonly dimmingDb: number;
  /** Of the decision about a chip, 2 Ec/N0. */
  readonly snrDb: number | null;
  /** Of a bit of the PSDU. */
  readonly ebn0Db: number | null;
  /** With ideal synchronisation, and with a receiver that loses a decibel by its own clock. */
  readonly frameErrorRate: number;
  readonly frameErrorRateReceiver: number;
  /** Ec/N0 at which a frame in ten is lost, and how far above it is. */
  readonly requiredDb: number;
  readonly marginDb: number | null;
  /** On a surface that faces as the receiver does, at the lamp's level; `null` where no lumens are given. */
  readonly illuminanceLux: number | null;
};

export function linkReport(setup: LinkSetup, distanceM: number = setup.sight.distanceM): LinkReport {
  const { mcs, octets, lamp, receiver, level } = setup;
  const sight = { ...setup.sight, distanceM };
  const { modulation, clockHz } = MCS_TABLE[mcs];
  const isOok = modulation === "OOK";
  const order = lambertianOrder(lamp.halfAngleDeg);
  const chipS = (isOok ? 1 : 1 / 2) / clockHz;
  const budget = linkBudget({ powerW: lamp.powerW, order }, receiver, sight, chipS, PER_SYMBOL * clockHz);
  // The distance of two pulses goes with the shorter of light and dark (reference/vlc.md section 5.3).
  const dimmingDb = isOok ? 0 : decibels(2 * Math.min(level, 1 - level));
  const ecn0Db = budget.ecn0 > 0 ? decibels(budget.ecn0) : null;
  const effectiveDb = ecn0Db === null ? Number.NEGATIVE_INFINITY : ecn0Db + dimmingDb;
  const needed = requiredDb(mcs, octets);
  const rateAt = (db: number) => (db === Number.NEGATIVE_INFINITY ? 1 : expectedFrameErrorRate(mcs, db, octets));
  return {
    ...{ mcs, octets, distanceM },
    lampAngleDeg: degrees(sight.cosLamp),
    receiverAngleDeg: degrees(sight.cosReceiver),
    lambertianOrder: order,
    gain: budget.gain,
    receivedW: budget.receivedW,
    photocurrentA: budget.swingA,
    ambientA: budget.ambientA,
    noise: budget.noise,
    ecn0Db,
    dimmingDb,
    snrDb: ecn0Db === null ? null : ecn0Db + decibels(2),
    ebn0Db: ecn0Db === null ? null : effectiveDb + decibels(chipsPerBit(mcs)),
    frameErrorRate: rateAt(effectiveDb),
    frameErrorRateReceiver: rateAt(effectiveDb - RECEIVER_LOSS_DB),
    requiredDb: needed,
    marginDb: ecn0Db === null ? null : effectiveDb - needed,
    illuminanceLux: setup.lumens === undefined ? null : setup.lumens * level * illuminanceGain(order, sight),
  };
}

function decibels(ratio: number): number {
  return 10 * Math.log10(ratio);
}

function degrees(cosine: number): number {
  return (Math.acos(Math.max(-1, Math.min(1, cosine))) * 180) / Math.PI;
}
