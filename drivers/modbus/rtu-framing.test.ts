import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crc16 as crcOfView, viewOf } from "./crc16";
import { dataBytes, type ReadFunction } from "./pdu";
import { ReadOutcome, ReadRequest } from "./read-request";
import { RtuFraming } from "./rtu-framing";

const crc16 = (bytes: Uint8Array, from: number, to: number) => crcOfView(viewOf(bytes), from, to);

function framed(body: readonly number[]): number[] {
  const bytes = Uint8Array.from(body);
  const crc = crc16(bytes, 0, bytes.length);
  return [...body, crc & 0xff, crc >> 8];
}

function answerTo(request: ReadRequest, fill: (i: number) => number): number[] {
  const data = Array.from({ length: dataBytes(request.functionCode, request.count) }, (_, i) => fill(i) & 0xff);
  return framed([request.unit, request.functionCode, data.length, ...data]);
}

/** Feeds byte by byte, asking after each: the hardest way in which a line can deliver. */
function feed(receiver: RtuFraming, request: ReadRequest, bytes: readonly number[]): boolean {
  for (const byte of bytes) {
    receiver.push(Uint8Array.of(byte), 1);
    if (receiver.next(request)) return true;
  }
  return false;
}

/** Reads from 0x0300 on: the high byte of that address can pass for a byte count of three. */
const requests = fc
  .record({
    unit: fc.integer({ min: 1, max: 247 }),
    functionCode: fc.constantFrom(1, 2, 3, 4),
    count: fc.integer({ min: 1, max: 125 }),
  })
  .map(
    ({ unit, functionCode, count }) =>
      new ReadRequest({ unit, functionCode: functionCode as ReadFunction, address: 0x0300, count }),
  );
const noise = fc.array(fc.nat(255), { maxLength: 40 });

describe("RtuFraming", () => {
  it("finds an answer whatever noise comes before, however it is cut", () => {
    fc.assert(
      fc.property(requests, noise, fc.nat(255), (request, before, seed) => {
        const receiver = new RtuFraming();
        const answer = answerTo(request, (i) => seed + i * 7);
        // Noise that looks like a longer answer holds the receiver until more bytes have come.
        expect(feed(receiver, request, [...before, ...answer])).toBe(true);
        expect(request.take(receiver.bytes, receiver.pduAt, receiver.pduLength)).toBe(true);
        expect(request.outcome).toBe(ReadOutcome.done);
      }),
      { numRuns: 500 },
    );
  });

  it("does not take the echo of its own request for an answer", () => {
    fc.assert(
      fc.property(requests, (request) => {
        const receiver = new RtuFraming();
        const echo = [...receiver.frame(request)];
        receiver.expectEcho();
        expect(feed(receiver, request, echo)).toBe(false);
        expect(
          feed(
            receiver,
            request,
            answerTo(request, () => 0),
          ),
        ).toBe(true);
      }),
    );
  });

  it("takes an answer that looks like the request where the line has no echo", () => {
    const request = new ReadRequest({ unit: 1, functionCode: 1, address: 0x0300, count: 17 });
    const twin = framed([1, 1, 3, 0, 0, 17]);
    expect(feed(new RtuFraming(), request, twin)).toBe(true);
    const receiver = new RtuFraming();
    expect([...receiver.frame(request)]).toEqual(twin);
    receiver.expectEcho();
    expect(feed(receiver, request, [...twin, ...twin])).toBe(true);
  });

  it("finds an exception", () => {
    const request = new ReadRequest({ unit: 17, functionCode: 3, address: 0, count: 9 });
    const receiver = new RtuFraming();
    expect(feed(receiver, request, framed([17, 0x83, 2]))).toBe(true);
    expect(request.take(receiver.bytes, receiver.pduAt, receiver.pduLength)).toBe(true);
    expect(request.exceptionCode).toBe(2);
  });

  it("passes over answers of other units and other sizes", () => {
    const request = new ReadRequest({ unit: 17, functionCode: 3, address: 0, count: 2 });
    const receiver = new RtuFraming();
    const others = [
      ...framed([18, 3, 4, 1, 2, 3, 4]),
      ...framed([17, 4, 4, 1, 2, 3, 4]),
      ...framed([17, 3, 2, 1, 2]),
      ...framed([17, 3, 6, 1, 2, 3, 4, 5, 6]),
    ];
    expect(feed(receiver, request, others)).toBe(false);
    expect(
      feed(
        receiver,
        request,
        answerTo(request, () => 5),
      ),
    ).toBe(true);
  });

  it("never yields a frame with a wrong checksum, never throws, and counts", () => {
    const request = new ReadRequest({ unit: 17, functionCode: 3, address: 0, count: 2 });
    fc.assert(
      fc.property(fc.array(fc.constantFrom(17, 3, 4, 0x83, 0, 255, 2), { maxLength: 2000 }), (bytes) => {
        const receiver = new RtuFraming();
        for (const byte of bytes) {
          receiver.push(Uint8Array.of(byte), 1);
          while (receiver.next(request)) {
            const from = receiver.pduAt - 1;
            expect(crc16(receiver.bytes, from, from + receiver.pduLength + 3)).toBe(0);
          }
        }
        expect(receiver.skippedBytes).toBeLessThanOrEqual(bytes.length);
      }),
    );
  });

  it("keeps to its memory on a line that never falls silent", () => {
    const request = new ReadRequest({ unit: 17, functionCode: 3, address: 0, count: 125 });
    const receiver = new RtuFraming();
    // Each three bytes look like the head of the longest answer.
    for (let i = 0; i < 10_000; i++) feed(receiver, request, [17, 3, 250]);
    receiver.clear();
    expect(
      feed(
        receiver,
        request,
        answerTo(request, (i) => i),
      ),
    ).toBe(true);
  });

  it("takes a good answer behind one that was damaged", () => {
    const request = new ReadRequest({ unit: 17, functionCode: 3, address: 0, count: 4 });
    const receiver = new RtuFraming();
    const damaged = answerTo(request, () => 9);
    damaged[5] ^= 0x10;
    expect(feed(receiver, request, damaged)).toBe(false);
    expect(receiver.crcErrors).toBe(1);
    expect(
      feed(
        receiver,
        request,
        answerTo(request, () => 9),
      ),
    ).toBe(true);
  });
});
