import { describe, expect, it } from "vitest";
import { BEACON_OCTETS, BeaconWriter } from "../../../drivers/vlc/beacon";
import { Crc16 } from "../../../drivers/vlc/crc16";
import { VlcEncoder } from "../../../drivers/vlc/encoder";
import { LineChips, lightOf } from "../../../drivers/vlc/line-chips";
import { TDP_CHIPS, type Tdp } from "../../../drivers/vlc/preamble";
import { DEFAULT_PROFILE } from "../../../drivers/vlc/profile";
import { RandomBranch } from "../random";
import { NOISE_DEVIATION, OpticalChannel } from "./channel";
import { OpticalReceiver } from "./receiver";
import { Synchroniser } from "./synchroniser";

function lamp(id: number, flp = 64, tdp: Tdp = "P4") {
  const profile = { ...DEFAULT_PROFILE, flp, tdp };
  const encoder = new VlcEncoder({ profile, maxPsduOctets: BEACON_OCTETS });
  const light = new LineChips(lightOf(encoder));
  const beacon = new BeaconWriter(id, new Crc16(profile.crc));
  return (sequence: number) => {
    beacon.write(sequence);
    encoder.encode(beacon.psdu, BEACON_OCTETS);
    light.write(encoder);
    return light.chips;
  };
}

function receive(distanceM: number, bursts: number, chipsOf = lamp(3)) {
  const receiver = new OpticalReceiver("phone", new RandomBranch(5), { distanceM });
  for (let i = 0; i < bursts; i++) {
    const chips = chipsOf(i);
    receiver.observe(chips, chips.length * 8, 200_000, i * 1_000_000);
  }
  return receiver.report();
}

describe("a receiver below a lamp", () => {
  it("reads every beacon at three metres", () => {
    const report = receive(3, 200);
    expect(report).toMatchObject({ bursts: 200, frames: 200, beacons: 200 });
    expect(report.lastBeacon).toEqual({ id: 3, sequence: 199, atUs: 199_000_000 });
  });

  for (const tdp of ["P1", "P2", "P3", "P4"] as const)
    for (const flp of [64, 66, 256, 1024])
      it(`locks to ${flp} chips and ${tdp} without being told`, () => {
        for (const id of [0, 3, 0xffff_ffff, 0x5555_5555, 0x0f0f_00ff])
          expect(receive(3, 20, lamp(id, flp, tdp))).toMatchObject({ frames: 20 });
      });

  it("loses frames with distance: payloads first, since only the header is coded", () => {
    const far = receive(5, 400);
    expect(far.frames).toBeLessThan(400);
    expect(far.fcsErrors).toBeGreaterThan(far.hcsErrors + far.unsynchronised);
    const farther = receive(40, 100);
    expect(farther.frames).toBe(0);
    expect(farther.lastBeacon).toBeUndefined();
  });

  it("accounts for every burst, whatever the light is", () => {
    const random = new RandomBranch(9);
    const receiver = new OpticalReceiver("phone", random.branch("a"), { distanceM: 2 });
    for (let i = 0; i < 300; i++) {
      const chips = Uint8Array.from({ length: random.uint32() % 400 }, () => random.uint32());
      receiver.observe(chips, chips.length * 8, 200_000, i);
    }
    const { bursts, frames, unsynchronised, hcsErrors, fcsErrors, refused } = receiver.report();
    expect(bursts).toBe(300);
    expect(frames + unsynchronised + hcsErrors + fcsErrors + refused).toBe(300);
    expect(frames).toBe(0);
  });

  it("ends where its memory ends when the light does not", () => {
    const receiver = new OpticalReceiver("phone", new RandomBranch(9), { distanceM: 2 });
    receiver.observe(new Uint8Array(10_000), 80_000, 200_000, 0);
    expect(receiver.report()).toMatchObject({ bursts: 1, frames: 0 });
  });
});

describe("the synchroniser", () => {
  it("finds the first chip behind the preamble and says which pattern it was", () => {
    const chips = lamp(1, 100, "P2")(0);
    const soft = new Int32Array(30 + chips.length * 8);
    for (let i = 0; i < chips.length * 8; i++) soft[30 + i] = ((chips[i >> 3] >> (7 - (i & 7))) & 1) * 1000;
    const synchroniser = new Synchroniser();
    expect(synchroniser.find(soft, soft.length)).toBe(30 + 100 + TDP_CHIPS);
    expect(synchroniser.tdp).toBe("P2");
  });

  it("finds nothing in darkness", () => {
    expect(new Synchroniser().find(new Int32Array(2000), 2000)).toBe(-1);
    expect(new Synchroniser().find(new Int32Array(20), 20)).toBe(-1);
  });
});

describe("the optical channel", () => {
  it("falls with the square of distance", () => {
    const near = new OpticalChannel(new RandomBranch(1), 1).signalToNoise;
    const far = new OpticalChannel(new RandomBranch(1), 2).signalToNoise;
    expect(near / far).toBeCloseTo(4, 5);
  });

  it("adds noise of the deviation that it states, without bias", () => {
    const channel = new OpticalChannel(new RandomBranch(7), 1000);
    const n = 100_000;
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < n; i++) {
      const value = channel.sample(0);
      sum += value;
      squares += value * value;
    }
    const mean = sum / n;
    expect(Math.abs(mean - 700)).toBeLessThan(3);
    expect(Math.sqrt(squares / n - mean * mean)).toBeCloseTo(NOISE_DEVIATION, -1);
  });
});
