/**
 * What luminaires of one profile and MCS share: the encoder and the beacon's frame. A frame is written, encoded and handed over,
 * which copies it, in one go; so the codec holds nothing of one lamp when the next one speaks.
 */
import { BeaconWriter } from "../vlc/beacon";
import { VlcEncoder } from "../vlc/encoder";
import { frameCheck, type VlcProfile } from "../vlc/profile";

export type BeaconCodec = {
  readonly encoder: VlcEncoder;
  readonly beacon: BeaconWriter;
};

/** @param octets of the longest frame; a beacon has its room in any case */
export function beaconCodec(profile: VlcProfile, mcs: number, octets = 0): BeaconCodec {
  const beacon = new BeaconWriter(0, frameCheck(profile), profile.destMode1Address);
  const longest = Math.max(beacon.psdu.length, octets);
  return { encoder: new VlcEncoder({ profile, mcs, maxPsduOctets: longest }), beacon };
}
