/** `argand vlc encode`: the line symbols of a frame, preamble and header included. */
import { Command } from "commander";
import { VlcEncoder } from "../../../drivers/vlc/encoder";
import { lineSymbolCount, writeLineSymbols } from "../../../drivers/vlc/line-chips";
import { encodeMacFrame, makeMacHeader } from "../../../drivers/vlc/mac-frame";
import { frameCheck, type VlcProfile } from "../../../drivers/vlc/profile";
import { wrongInput } from "../exit";
import { printJson, say } from "../terminal";
import { codecSays, hexOf, integer, octetsOfHex, PROFILE_NAMES, type ProfileOptions, profileOf } from "./options";

type Options = ProfileOptions & {
  readonly mcs: string;
  readonly psdu?: string;
  readonly msdu?: string;
  readonly sequence: string;
  readonly channel: string;
  readonly json?: boolean;
};

/** Header, FCS and some room. */
const MAC_OVERHEAD_OCTETS = 16;

export function vlcEncodeCommand(): Command {
  return new Command("encode")
    .description("Print the line symbols of a frame: chips of OOK, or the preamble's chips and then VPPM pulses.")
    .requiredOption("--mcs <n>", "modulation and coding scheme, 0 to 8")
    .option("--psdu <hex>", "the MAC frame, its FCS included")
    .option("--msdu <hex>", "a payload instead: it is put into a data frame to all")
    .option("--sequence <n>", "sequence number of that frame, 0 to 255", "0")
    .option("--profile <name>", `how the open questions of the standard are answered: ${PROFILE_NAMES}`, "default")
    .option("--flp <bits>", "length of the fast locking pattern, even, 64 to 16384")
    .option("--tdp <pattern>", "topology pattern, P1 to P4")
    .option("--channel <n>", "band in the header, 0 to 7", "0")
    .option("--json", "one JSON object on stdout: n symbols, packed as hex, the first in the lowest bit of an octet")
    .addHelpText(
      "after",
      `
Examples:
  argand vlc encode --mcs 4 --psdu 401001564c433968 --json
  argand vlc encode --mcs 8 --msdu 564c43 --sequence 1 --json | argand vlc decode --json -`,
    )
    .action((options: Options) => {
      const mcs = integer(options.mcs, "--mcs");
      const profile = profileOf(options, mcs);
      const psdu = psduOf(options, profile);
      if (!frameCheck(profile).holds(psdu, psdu.length))
        say("note: the last two octets are not the FCS of the others; a receiver will refuse this frame");
      const channel = integer(options.channel, "--channel");
      const encoder = codecSays(() => {
        const made = new VlcEncoder({ mcs, profile, channel });
        made.encode(psdu, psdu.length);
        return made;
      });
      const packed = new Uint8Array((lineSymbolCount(encoder) + 7) >> 3);
      const n = writeLineSymbols(encoder, packed);
      if (options.json === true) printJson({ n, packed: hexOf(packed) });
      else {
        process.stdout.write(`${hexOf(packed)}\n`);
        const us = (n * 1_000_000) / profile.clockHz;
        say(
          `${n} line symbols, ${encoder.preambleChips} of them preamble: ${(us / 1000).toFixed(2)} ms at ${profile.clockHz} Hz`,
        );
      }
    });
}

function psduOf(options: Options, profile: VlcProfile): Uint8Array {
  if ((options.psdu === undefined) === (options.msdu === undefined)) throw wrongInput("give one of --psdu and --msdu");
  if (options.psdu !== undefined) return octetsOfHex(options.psdu, "--psdu");
  const msdu = octetsOfHex(options.msdu!, "--msdu");
  const sequence = integer(options.sequence, "--sequence");
  if (sequence < 0 || sequence > 255) throw wrongInput(`--sequence is ${sequence}, expected 0 to 255`);
  const into = new Uint8Array(msdu.length + MAC_OVERHEAD_OCTETS);
  const header = { ...makeMacHeader(), sequence };
  const length = codecSays(() =>
    encodeMacFrame(header, msdu, msdu.length, frameCheck(profile), into, profile.destMode1Address),
  );
  return into.subarray(0, length);
}
