/**
 * Protocol data units: function codes, limits and exceptions (MODBUS Application Protocol V1.1b3, sections 6 and 7).
 *
 *   read       function(1) address(2) count(2)               -> function(1) bytes(1) data
 *   exception  function | 0x80 (1) code(1)
 *   bits stand least significant first, registers high byte first
 */

export const FunctionCode = {
  readCoils: 1,
  readDiscreteInputs: 2,
  readHoldingRegisters: 3,
  readInputRegisters: 4,
  writeCoil: 5,
  writeRegister: 6,
  writeCoils: 15,
  writeRegisters: 16,
  maskWriteRegister: 22,
  readWriteRegisters: 23,
  encapsulated: 43,
} as const;
/** The four that read a table. */
export type ReadFunction = 1 | 2 | 3 | 4;
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
/** Function code 15: 0x7B0 (section 6.11). */
export const MAX_WRITE_BITS = 1968;
/** Function code 16: 0x7B (section 6.12). */
export const MAX_WRITE_REGISTERS = 123;
/** Function code 23: 0x7D to read, 0x79 to write (section 6.17). */
export const MAX_EXCHANGE_WRITE = 121;
export const REQUEST_PDU_BYTES = 5;
export const EXCEPTION_PDU_BYTES = 2;
/** Longest PDU of all: 253 bytes (section 4.1). */
export const MAX_PDU_BYTES = 253;
/** What a coil is set to (section 6.5); nothing else is allowed. */
export const COIL_ON = 0xff00;
/** MEI type "read device identification" (section 6.21). */
export const READ_DEVICE_ID = 0x0e;
/** A request to all units of a serial line, which nobody answers. */
export const BROADCAST = 0;

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

// hot path
export function readsBits(functionCode: number): boolean {
  return functionCode <= 2;
}

// hot path
/** Bytes of data in the answer to such a read. */
export function dataBytes(functionCode: number, count: number): number {
  return functionCode <= 2 ? (count + 7) >> 3 : count * 2;
}

// hot path
/** Writes function, address and another 16-bit number at `at`: `REQUEST_PDU_BYTES`. Returns where it ends. */
export function writeRequest(
  into: Uint8Array,
  at: number,
  functionCode: number,
  address: number,
  count: number,
): number {
  into[at] = functionCode;
  into[at + 1] = address >> 8;
  into[at + 2] = address & 0xff;
  into[at + 3] = count >> 8;
  into[at + 4] = count & 0xff;
  return at + REQUEST_PDU_BYTES;
}
