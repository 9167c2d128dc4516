/** What exchanges with a unit take of a serial bus, for the check of a site. Host only. */
import { type ConnectedBus, serialBits } from "../bus-use";
import { dataBytes, REQUEST_PDU_BYTES } from "./pdu";
import type { ModbusSettings } from "./shared-lane";

/** Of a unit whose answer time nobody gave: 10 to 50 ms are usual. */
export const DEFAULT_ANSWER_MS = 20;
const RTU_OVERHEAD_BYTES = 3;
/** Colon, unit and LRC, CR LF: characters. */
const ASCII_OVERHEAD = 7;
const ANSWER_HEAD_BYTES = 2;
const FAST_BAUD = 19_200;
const FAST_SILENCE_US = 1_750;

/** Time that one read takes the wires, with the unit's answer time and the silence before its frames. 0 on TCP. */
export function readUs({ kind, options }: ConnectedBus, functionCode: number, count: number, answerMs: number): number {
  if (kind !== "serial") return 0;
  const { framing, gapMs = 0 } = (options["modbus"] ?? {}) as ModbusSettings;
  const baud = options["baud"] as number;
  const characterUs = (serialBits(options) * 1_000_000) / baud;
  const silenceUs = Math.max(baud > FAST_BAUD ? FAST_SILENCE_US : 3.5 * characterUs, gapMs * 1000);
  const characters = (pdu: number) => (framing === "ascii" ? ASCII_OVERHEAD + 2 * pdu : RTU_OVERHEAD_BYTES + pdu);
  const both = characters(REQUEST_PDU_BYTES) + characters(ANSWER_HEAD_BYTES + dataBytes(functionCode, count));
  return both * characterUs + silenceUs + answerMs * 1000;
}
