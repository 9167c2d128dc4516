/** `argand vlc decode`: the frames in a stream of line symbols. */
import { readFileSync } from "node:fs";
import { Command } from "commander";
import { BeaconReader } from "../../../drivers/vlc/beacon";
import { bitAt, bitsToSoft } from "../../../drivers/vlc/bits";
import type { Decisions } from "../../../drivers/vlc/block-decoder";
import { VlcDecoder, VlcOutcome } from "../../../drivers/vlc/decoder";
import { decodeMacHeader, FCS_OCTETS, makeMacHeader } from "../../../drivers/vlc/mac-frame";
import { preambleChip, TDP_CHIPS, TDP_PATTERNS, type Tdp } from "../../../drivers/vlc/preamble";
import { profileNamed, type VlcProfile } from "../../../drivers/vlc/profile";
import { ExitCode, wrongInput } from "../exit";
import { printJson, say } from "../terminal";
import { codecSays, hexOf, octetsOfHex, PROFILE_NAMES, type Stream } from "./options";

type Options = { readonly profile: string; readonly decisions: string; readonly json?: boolean };

/** Wrong chips of 60 that a preamble may have: at random one position in 10^10 has as few (reference section 5.4). */
const PREAMBLE_ERRORS = 6;
/** No frame is longer: MCS 0, 1023 octets, the longest preamble; a stream may hold many. */
const MAX_SYMBOLS = 10_000_000;

type Found = {
  /** First symbol behind the preamble. */
  readonly at: number;
  readonly tdp: Tdp;
  readonly outcome: keyof typeof VlcOutcome;
  readonly mcs?: number;
  readonly channel?: number;
  readonly burst?: boolean;
  readonly psdu?: string;
  readonly sequence?: number;
  readonly msdu?: string;
  readonly beacon?: number;
  readonly correctedSymbols?: number;
};

export function vlcDecodeCommand(): Command {
  return new Command("decode")
    .description("Find the frames in a stream of line symbols, as argand vlc encode --json prints it.")
    .argument("<stream>", 'JSON text {"n": ..., "packed": "..."}, a file of it, or - for standard input')
    .option("--profile <name>", `how the open questions of the standard are answered: ${PROFILE_NAMES}`, "default")
    .option("--decisions <kind>", "soft or hard", "soft")
    .option("--json", "one JSON object on stdout")
    .addHelpText(
      "after",
      `
Both clocks are tried behind each preamble: OOK with a header in MCS 0, then VPPM with a header in MCS 5.
The exit code is 1 when no frame was found whose checksums hold.

Examples:
  argand vlc encode --mcs 0 --msdu 564c43 --json > frame.json && argand vlc decode frame.json --json
  argand vlc encode --mcs 8 --msdu 564c43 --json | argand vlc decode -`,
    )
    .action((input: string, options: Options, command: Command) => {
      const profile = codecSays(() => profileNamed(options.profile));
      if (options.decisions !== "soft" && options.decisions !== "hard")
        throw wrongInput(`--decisions is "${options.decisions}", expected soft or hard`);
      const found = framesIn(readStream(input), profile, options.decisions);
      const good = found.some(({ outcome }) => outcome === "frame");
      if (options.json === true) printJson({ frames: found });
      else if (found.length === 0) say("no preamble");
      else for (const frame of found) process.stdout.write(`${lineOf(frame)}\n`);
      command.setOptionValue("exitCode", good ? ExitCode.done : ExitCode.wrongInput);
    });
}

function readStream(input: string): Stream {
  let text = input;
  if (input === "-") text = readFileSync(0, "utf8");
  else if (!input.trimStart().startsWith("{")) {
    try {
      text = readFileSync(input, "utf8");
    } catch (error) {
      throw wrongInput(`${input} cannot be read: ${(error as Error).message}`);
    }
  }
  let value: { n?: unknown; packed?: unknown } | null;
  try {
    value = JSON.parse(text) as { n?: unknown; packed?: unknown } | null;
  } catch (error) {
    throw wrongInput(`the stream is no JSON: ${(error as Error).message}`);
  }
  const { n, packed } = value ?? {};
  if (typeof n !== "number" || typeof packed !== "string")
    throw wrongInput('the stream has no n and packed; expected {"n": 1196, "packed": "5555..."}');
  const octets = octetsOfHex(packed, "packed");
  if (!Number.isInteger(n) || n < 0 || n > Math.min(MAX_SYMBOLS, 8 * octets.length))
    throw wrongInput(`n is ${n}, but packed holds ${8 * octets.length} symbols (at most ${MAX_SYMBOLS} are read)`);
  return { n, packed: octets };
}

function framesIn({ n, packed }: Stream, profile: VlcProfile, decisions: Decisions): Found[] {
  const soft = new Int32Array(n);
  bitsToSoft(packed, n, soft);
  const perBit = profile.preambleCode === "plain" ? 1 : 2;
  const patterns = (Object.keys(TDP_PATTERNS) as Tdp[]).map((tdp) => ({ tdp, chips: tdpChips(tdp, profile) }));
  const decoders = ([200_000, 400_000] as const).map(
    (clockHz) => new VlcDecoder({ ...profile, clockHz }, { decisions }),
  );
  const found: Found[] = [];
  for (let at = 0; at + perBit * TDP_CHIPS <= n; at++) {
    const match = patterns.find(({ chips }) => agrees(packed, at, chips));
    if (match === undefined) continue;
    const body = at + perBit * TDP_CHIPS;
    const best = decodeAt(decoders, soft, body, match.tdp);
    found.push(best);
    // Within a frame nothing else begins.
    if (best.outcome === "frame") at = body;
  }
  return found;
}

function tdpChips(tdp: Tdp, { preambleCode, manchester }: VlcProfile): number[] {
  const chips: number[] = [];
  for (let i = 0; i < TDP_CHIPS; i++) {
    const chip = preambleChip(0, tdp, i);
    const first = manchester === "0=01" ? chip : 1 - chip;
    if (preambleCode === "plain") chips.push(chip);
    else chips.push(first, 1 - first);
  }
  return chips;
}

function agrees(packed: Uint8Array, at: number, chips: readonly number[]): boolean {
  let wrong = 0;
  for (let i = 0; i < chips.length; i++)
    if (bitAt(packed, at + i) !== chips[i] && ++wrong > PREAMBLE_ERRORS) return false;
  return true;
}

/** At both clocks; the one that gets further wins. */
function decodeAt(decoders: readonly VlcDecoder[], soft: Int32Array, body: number, tdp: Tdp): Found {
  let best: Found = { at: body, tdp, outcome: "hcsError" };
  for (const decoder of decoders) {
    const before = decoder.correctedSymbols;
    const outcome = decoder.decode(soft, body, soft.length);
    const name = (Object.keys(VlcOutcome) as (keyof typeof VlcOutcome)[]).find((key) => VlcOutcome[key] === outcome)!;
    if (outcome === VlcOutcome.frame)
      return {
        ...describe(decoder),
        at: body,
        tdp,
        outcome: name,
        correctedSymbols: decoder.correctedSymbols - before,
      };
    const { mcs, channel, burst } = decoder.phr;
    if (best.outcome === "hcsError")
      best = { at: body, tdp, outcome: name, ...(outcome === VlcOutcome.fcsError ? { mcs, channel, burst } : {}) };
  }
  return best;
}

function describe(
  decoder: VlcDecoder,
): Pick<Found, "mcs" | "channel" | "burst" | "psdu" | "sequence" | "msdu" | "beacon"> {
  const { phr, psdu, psduLength, profile } = decoder;
  const { mcs, channel, burst } = phr;
  const header = makeMacHeader();
  const reader = new BeaconReader(profile.destMode1Address);
  const readable = decodeMacHeader(psdu, psduLength, header, profile.destMode1Address);
  return {
    mcs,
    channel,
    burst,
    psdu: hexOf(psdu.subarray(0, psduLength)),
    ...(readable
      ? { sequence: header.sequence, msdu: hexOf(psdu.subarray(header.length, psduLength - FCS_OCTETS)) }
      : {}),
    ...(reader.read(psdu, psduLength) ? { beacon: reader.id } : {}),
  };
}

function lineOf(frame: Found): string {
  const where = `symbol ${frame.at}, ${frame.tdp}`;
  if (frame.outcome !== "frame") return `${where}: ${frame.outcome}`;
  const beacon = frame.beacon === undefined ? "" : `, beacon of luminaire ${frame.beacon}`;
  return `${where}: MCS ${frame.mcs}, channel ${frame.channel}, ${frame.psdu} (${frame.correctedSymbols} symbols corrected${beacon})`;
}
