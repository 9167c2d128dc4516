/**
 * Protocol data units of the four reading function codes (MODBUS Application Protocol V1.1b3, sections 6.1 to 6.4 and 7).
 *
 *   request   function(1) address(2) count(2)
 *   response  function(1) bytes(1) data            bits: least significant first; registers: high byte first
 *   exception function | 0x80 (1) code(1)
 */

export const FunctionCode = {
  readCoils: 1,
  readDiscreteInputs: 2,
  readHoldingRegisters: 3,
  readInputRegisters: 4,
} as const;
export type FunctionCode = (typeof FunctionCode)[keyof typeof FunctionCode];

export const ModbusException = {
  illegalFunction: 1,
  illegalDataAddress: 2,
  illegalDataValue: 3,
  deviceFailure: 4,
  acknowledge: 5,
  busy: 6,
  memoryParity: 8,
  gatewayPathUnavailable: 0x0a,
  gatewayTargetSilent: 0x0b,
} as const;
export type ModbusException = (typeof ModbusException)[keyof typeof ModbusException];

export const EXCEPTION_FLAG = 0x80;
export const MAX_BITS = 2000;
export const MAX_REGISTERS = 125;
export const REQUEST_PDU_BYTES = 5;
export const EXCEPTION_PDU_BYTES = 2;
/** Longest PDU of all: 253 bytes (section 4.1). */
export const MAX_PDU_BYTES = 253;

const NAMES: { readonly [code: number]: string } = {
  1: "it does not know this function",
  2: "it has no such address",
  3: "it does not take this count",
  4: "it failed",
  5: "it needs more time",
  6: "it is busy",
  8: "its memory has a parity error",
  10: "the gateway has no path to it",
  11: "it does not answer the gateway",
};

/** What an exception code means, for people. */
export function exceptionText(code: number): string {
  return `exception ${code}: ${NAMES[code] ?? "not a code of the standard"}`;
}

export function readsBits(functionCode: number): boolean {
  return functionCode <= FunctionCode.readDiscreteInputs;
}

/** Bytes of data in the answer to such a read. */
export function dataBytes(functionCode: number, count: number): number {
  return readsBits(functionCode) ? (count + 7) >> 3 : count * 2;
}

// hot path
/** Writes the request at `at`; it takes `REQUEST_PDU_BYTES`. */
export function writeRequest(into: Uint8Array, at: number, functionCode: number, address: number, count: number): void {
  into[at] = functionCode;
  into[at + 1] = address >> 8;
  into[at + 2] = address & 0xff;
  into[at + 3] = count >> 8;
  into[at + 4] = count & 0xff;
}
