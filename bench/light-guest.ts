/** What light costs in XS: one line for each measurement, `<what> <mcs> <units> <RV32 instructions>`. */

import { VlcEncoder } from "../drivers/vlc/encoder";
import { LineChips, lightOf } from "../drivers/vlc/line-chips";
import { MCS_TABLE } from "../drivers/vlc/mcs";
import { frameCheck } from "../drivers/vlc/profile";
import { VlcTransmitter } from "../drivers/vlc-transmitter/transmitter";
import type { LightEmitterConstructor } from "../hal/light";

declare const host: { print(text: string): void; units(): number; instructions(): number };

const OCTETS = 32;
/** Turns of the shorter loop; the longer has twice as many, and the difference is taken. */
const TURNS = 4;

class Nowhere {
  send(): void {}
  shine(): void {}
  close(): void {}
}

function measure(what: string, mcs: number, turn: () => void): void {
  const loop = (turns: number) => {
    for (let i = 0; i < turns; i++) turn();
  };
  const cost = (read: () => number) => {
    const costOf = (turns: number) => {
      const from = read();
      loop(turns);
      return read() - from;
    };
    const once = costOf(TURNS);
    return (costOf(2 * TURNS) - once) / TURNS;
  };
  loop(2);
  host.print(`${what} ${mcs} ${cost(() => host.units())} ${cost(() => host.instructions())}`);
}

for (let mcs = 0; mcs < MCS_TABLE.length; mcs++) {
  const encoder = new VlcEncoder({ mcs, maxPsduOctets: OCTETS });
  const psdu = Uint8Array.from({ length: OCTETS }, (_, i) => (i * 73) & 0xff);
  frameCheck(encoder.profile).append(psdu, OCTETS - 2);
  measure("frame", mcs, () => encoder.encode(psdu, OCTETS));
  let length = OCTETS;
  measure("header", mcs, () => {
    length = length === OCTETS ? OCTETS - 1 : OCTETS;
    encoder.encode(psdu, length);
  });
  const light = new LineChips(lightOf(encoder));
  encoder.encode(psdu, OCTETS);
  measure("chips", mcs, () => light.write(encoder));
  const transmitter = new VlcTransmitter({
    light: { io: Nowhere as unknown as LightEmitterConstructor, pin: 1 },
    id: 3,
    mcs,
  });
  let nowUs = 0;
  measure("beacon", mcs, () => {
    nowUs += 1_000_000;
    transmitter.beaconDue();
    transmitter.pump(nowUs);
  });
}
