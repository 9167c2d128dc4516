/** Frames of every MCS, whole and damaged, and what became of them: one line each. Runs in V8 and in XS. */
import { bitsToSoft } from "../drivers/vlc/bits";
import { VlcDecoder } from "../drivers/vlc/decoder";
import { VlcEncoder } from "../drivers/vlc/encoder";
import { LineChips, lightOf, writeLineSymbols } from "../drivers/vlc/line-chips";
import { MCS_TABLE } from "../drivers/vlc/mcs";
import { frameCheck, profileFor } from "../drivers/vlc/profile";

declare const host: { print(text: string): void };

/** FNV-1a. */
function digest(bytes: Uint8Array | Int32Array, count: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < count; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193);
  return hash >>> 0;
}

for (let mcs = 0; mcs < MCS_TABLE.length; mcs++) {
  const profile = profileFor(mcs);
  const encoder = new VlcEncoder({ mcs, maxPsduOctets: 40 });
  const light = new LineChips(lightOf(encoder));
  const symbols = new Uint8Array(1200);
  for (const damaged of [false, true])
    for (const decisions of ["soft", "hard"] as const) {
      const psdu = Uint8Array.from({ length: 40 }, (_, i) => Math.imul(i + mcs, 0x9e3779b1) >>> 24);
      frameCheck(profile).append(psdu, 38);
      encoder.encode(psdu, 40);
      const chips = light.write(encoder);
      const count = writeLineSymbols(encoder, symbols);
      const soft = new Int32Array(count);
      bitsToSoft(symbols, count, soft);
      let state = 12345 + mcs;
      if (damaged)
        for (let i = 0; i < count; i++) {
          state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
          soft[i] = soft[i] * 900 + ((state >>> 16) & 0x7ff) - 1024;
        }
      const decoder = new VlcDecoder(profile, { decisions, maxPsduOctets: 40 });
      const outcome = decoder.decode(soft, encoder.preambleChips, count);
      const { correctedSymbols, outerFailures, repairedHeaders } = decoder;
      host.print(
        `MCS ${mcs} ${decisions} ${damaged ? "damaged" : "whole"} symbols ${digest(symbols, (count + 7) >> 3)} chips ${digest(light.chips, (chips + 7) >> 3)} ` +
          `outcome ${outcome} psdu ${digest(decoder.psdu, 40)} repairs ${correctedSymbols} ${outerFailures} ${repairedHeaders}`,
      );
    }
}
