/** The standard's worked examples as requests of ours, for tests. */
import { existsSync, readFileSync } from "node:fs";
import { IdentifyRequest } from "./identify-request";
import type { ReadFunction } from "./pdu";
import { ReadRequest } from "./read-request";
import type { ModbusRequest } from "./request";
import {
  MaskWriteRegister,
  ReadWriteRegisters,
  WriteCoil,
  WriteCoils,
  WriteRegister,
  WriteRegisters,
} from "./write-request";

export type Vector = {
  readonly id: string;
  readonly unit: number;
  readonly req_pdu: string;
  readonly rsp_pdu: string;
  readonly req_rtu: string;
  readonly rsp_rtu: string;
  readonly req_tcp_tid1: string;
  readonly rsp_tcp_tid1: string;
  readonly req_ascii: string;
  readonly rsp_ascii: string;
};

const FILE = new URL("../../../shared/vectors/modbus/modbus_frames.json", import.meta.url);
export const present = existsSync(FILE);

/** Read holding registers 108 to 110 and write register 2 (V1.1b3, sections 6.3 and 6.6), for when the others are absent. */
const FALLBACK: readonly Vector[] = [
  {
    id: "fc03",
    unit: 17,
    req_pdu: "03006b0003",
    rsp_pdu: "0306022b00000064",
    req_rtu: "1103006b00037687",
    rsp_rtu: "110306022b00000064c8ba",
    req_tcp_tid1: "0001000000061103006b0003",
    rsp_tcp_tid1: "000100000009110306022b00000064",
    req_ascii: ":1103006B00037E\r\n",
    rsp_ascii: ":110306022B0000006455\r\n",
  },
  {
    id: "fc06",
    unit: 17,
    req_pdu: "0600010003",
    rsp_pdu: "0600010003",
    req_rtu: "1106000100039a9b",
    rsp_rtu: "1106000100039a9b",
    req_tcp_tid1: "000100000006110600010003",
    rsp_tcp_tid1: "000100000006110600010003",
    req_ascii: ":110600010003E5\r\n",
    rsp_ascii: ":110600010003E5\r\n",
  },
];

export function loadVectors(): readonly Vector[] {
  if (present) return (JSON.parse(readFileSync(FILE, "utf8")) as { vectors: Vector[] }).vectors;
  console.warn("skipped: all but two of the standard's worked examples (../shared/vectors is not there)");
  return FALLBACK;
}

/** The request whose PDU that is, made from what its numbers mean. */
export function requestOf(vector: Pick<Vector, "unit" | "req_pdu">): ModbusRequest {
  const { unit } = vector;
  const pdu = Buffer.from(vector.req_pdu, "hex");
  const word = (at: number) => pdu.readUInt16BE(at);
  const words = (at: number, count: number) => Array.from({ length: count }, (_, i) => word(at + 2 * i));
  const address = word(1);
  switch (pdu[0]) {
    case 5:
      return new WriteCoil({ unit, address, on: word(3) !== 0 });
    case 6:
      return new WriteRegister({ unit, address, value: word(3) });
    case 15:
      return new WriteCoils({
        unit,
        address,
        values: Array.from({ length: word(3) }, (_, i) => ((pdu[6 + (i >> 3)] >> (i & 7)) & 1) === 1),
      });
    case 16:
      return new WriteRegisters({ unit, address, values: words(6, word(3)) });
    case 22:
      return new MaskWriteRegister({ unit, address, and: word(3), or: word(5) });
    case 23:
      return new ReadWriteRegisters({
        unit,
        address: word(5),
        values: words(10, word(7)),
        readAddress: address,
        readCount: word(3),
      });
    case 43:
      return new IdentifyRequest({ unit, code: pdu[2] as 1, object: pdu[3] });
    default:
      return new ReadRequest({ unit, functionCode: pdu[0] as ReadFunction, address, count: word(3) });
  }
}

export const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex, "hex"));
export const hexOf = (data: Uint8Array) => Buffer.from(data).toString("hex");
