import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crc16 as crcOfView, viewOf } from "./crc16";
import { exceptionText, MAX_BITS, MAX_REGISTERS, type ReadFunction, writeRequest } from "./pdu";
import { ModbusRequestError, ReadOutcome, ReadRequest } from "./read-request";
import { ModbusSlave } from "./slave-emulator";

const crc16 = (bytes: Uint8Array, from: number, to: number) => crcOfView(viewOf(bytes), from, to);

const VECTORS = new URL("../../../shared/vectors/modbus/modbus_frames.json", import.meta.url);
const present = existsSync(VECTORS);
if (!present) console.warn("skipped: Modbus frames of the standard's worked examples (../shared/vectors is not there)");

type Vector = { id: string; unit: number; req_pdu: string; rsp_pdu: string; req_rtu: string; rsp_rtu: string };

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, "hex"));
const hex = (data: Uint8Array) => Buffer.from(data).toString("hex");

function requestOf(vector: Vector): ReadRequest {
  const pdu = Buffer.from(vector.req_pdu, "hex");
  return new ReadRequest({
    unit: vector.unit,
    functionCode: pdu[0] as ReadFunction,
    address: pdu.readUInt16BE(1),
    count: pdu.readUInt16BE(3),
  });
}

describe("CRC-16/MODBUS", () => {
  it("has the catalogue's check value", () => {
    expect(crc16(new TextEncoder().encode("123456789"), 0, 9)).toBe(0x4b37);
  });

  it("is zero over a frame and its own CRC, wherever the frame stands", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(9), (data, offset) => {
        const all = new Uint8Array(offset + data.length + 2);
        all.set(data, offset);
        const crc = crc16(all, offset, offset + data.length);
        all[offset + data.length] = crc & 0xff;
        all[offset + data.length + 1] = crc >> 8;
        expect(crc16(all, offset, all.length)).toBe(0);
      }),
    );
  });
});

describe("the standard's worked examples", () => {
  const vectors: Vector[] = present
    ? (JSON.parse(readFileSync(VECTORS, "utf8")) as { vectors: Vector[] }).vectors
    : [
        // Read holding registers 108 to 110 (V1.1b3, section 6.3), unit 17; stands here for when the others are absent.
        {
          id: "fc03",
          unit: 17,
          req_pdu: "03006b0003",
          rsp_pdu: "0306022b00000064",
          req_rtu: "1103006b00037687",
          rsp_rtu: "110306022b00000064c8ba",
        },
      ];
  const reads = vectors.filter(({ req_pdu: pdu }) => /^0[1-4]/.test(pdu));

  it("are there", () => {
    expect(reads.length).toBeGreaterThanOrEqual(present ? 5 : 1);
  });

  for (const vector of reads)
    it(`${vector.id}: request and answer`, () => {
      const request = requestOf(vector);
      const pdu = new Uint8Array(5);
      writeRequest(pdu, 0, request.functionCode, request.address, request.count);
      expect(hex(pdu)).toBe(vector.req_pdu);
      expect(request.take(bytes(vector.rsp_pdu), 0, vector.rsp_pdu.length / 2)).toBe(true);
      expect(request.outcome).toBe(/^8/.test(vector.rsp_pdu) ? ReadOutcome.exception : ReadOutcome.done);
    });

  it("registers are taken with their high byte first, bits with the least significant first", () => {
    const registers = new ReadRequest({ unit: 17, functionCode: 3, address: 107, count: 3 });
    registers.take(bytes("0306022b00000064"), 0, 8);
    expect([...registers.words]).toEqual([0x022b, 0, 0x64]);
    const coils = new ReadRequest({ unit: 17, functionCode: 1, address: 19, count: 19 });
    coils.take(bytes("0103cd6b05"), 0, 5);
    expect([...coils.words].join("")).toBe("1011001111010110101");
  });
});

describe("a read request", () => {
  it("refuses what no unit could answer", () => {
    const good = { unit: 1, functionCode: 3 as ReadFunction, address: 0, count: 1 };
    for (const wrong of [
      { unit: 256 },
      { address: -1 },
      { address: 65_536 },
      { count: 0 },
      { count: MAX_REGISTERS + 1 },
      { address: 65_535, count: 2 },
      { functionCode: 5 as ReadFunction },
      { count: 1.5 },
    ])
      expect(() => new ReadRequest({ ...good, ...wrong }), JSON.stringify(wrong)).toThrow(ModbusRequestError);
    expect(() => new ReadRequest({ ...good, functionCode: 1, count: MAX_BITS })).not.toThrow();
  });

  it("takes no answer of another function or size, and keeps what it had", () => {
    const request = new ReadRequest({ unit: 1, functionCode: 3, address: 0, count: 1 });
    request.take(bytes("03021234"), 0, 4);
    for (const other of ["04025678", "030456780000", "0302567800", "0301ff", "8401", "83"])
      expect(request.take(bytes(other), 0, other.length / 2), other).toBe(false);
    expect(request.words[0]).toBe(0x1234);
  });

  it("tells people what an exception means", () => {
    const request = new ReadRequest({ unit: 9, functionCode: 3, address: 0, count: 1 });
    request.take(bytes("8302"), 0, 2);
    expect(request.exceptionCode).toBe(2);
    expect(request.text).toBe("unit 9: exception 2: it has no such address");
    expect(exceptionText(99)).toContain("not a code of the standard");
  });
});

describe("the slave on a line", () => {
  function slave(read: (fc: number, address: number, count: number, into: Uint16Array) => number = () => 0) {
    const sent: string[] = [];
    const one = new ModbusSlave({ unit: 17, turnaroundUs: 3000, transmit: (data) => sent.push(hex(data)), read });
    return { one, sent };
  }

  function frame(pduHex: string, unit = "11"): Uint8Array {
    const body = bytes(unit + pduHex);
    const crc = crc16(body, 0, body.length);
    return Uint8Array.from([...body, crc & 0xff, crc >> 8]);
  }

  it("answers registers and bits", () => {
    const { one, sent } = slave((_fc, address, count, into) => {
      for (let i = 0; i < count; i++) into[i] = address + i;
      return 0;
    });
    one.receive(bytes("1103006b00037687"));
    expect(sent).toEqual([hex(frame("0306006b006c006d"))]);
    one.receive(frame("0100000009"));
    expect(sent[1]).toBe(hex(frame("0102fe01")));
  });

  it("answers with the exceptions of the standard, in its order", () => {
    const { one, sent } = slave(() => 4);
    for (const pdu of ["0600010002", "0300000000", "030000007e", "03ffff0002", "0300000001"]) one.receive(frame(pdu));
    expect(sent).toEqual(["8601", "8303", "8303", "8302", "8304"].map((pdu) => hex(frame(pdu))));
  });

  it("is silent on broadcasts, other units and broken checksums, and finds a request behind noise, in pieces", () => {
    const { one, sent } = slave();
    one.receive(frame("0300000001", "00"));
    one.receive(frame("0300000001", "12"));
    const damaged = frame("0300000001");
    damaged[3] ^= 1;
    one.receive(damaged);
    one.receive(Uint8Array.of(0, 0xff, 0x11, 3));
    expect(sent).toEqual([]);
    for (const byte of frame("0300000001")) one.receive(Uint8Array.of(byte));
    expect(sent).toHaveLength(1);
  });
});
