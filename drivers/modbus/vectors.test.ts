/**
 * Every worked example of the standard in all three framings: with junk before it, with an echo, in every pair of pieces, and
 * with every single bit flipped.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AsciiFraming } from "./ascii-framing";
import type { Framing } from "./framing";
import { IdentifyRequest } from "./identify-request";
import { MbapFraming } from "./mbap-framing";
import { Outcome } from "./request";
import { bytesOf, hexOf, loadVectors, present, requestOf, type Vector } from "./requests.test-suite";
import { RtuFraming } from "./rtu-framing";
import type { ReadWriteRegisters } from "./write-request";

const vectors = loadVectors();
const latin = (text: string) => Uint8Array.from(Buffer.from(text, "latin1"));

const FRAMINGS: readonly {
  readonly name: string;
  readonly make: () => Framing;
  readonly request: (vector: Vector) => Uint8Array;
  readonly answer: (vector: Vector) => Uint8Array;
  /** A stream that carries frames and nothing else: no junk, no echo, no checksum. */
  readonly stream: boolean;
}[] = [
  {
    name: "RTU",
    make: () => new RtuFraming(),
    request: (v) => bytesOf(v.req_rtu),
    answer: (v) => bytesOf(v.rsp_rtu),
    stream: false,
  },
  {
    name: "ASCII",
    make: () => new AsciiFraming(),
    request: (v) => latin(v.req_ascii),
    answer: (v) => latin(v.rsp_ascii),
    stream: false,
  },
  {
    name: "TCP",
    make: () => new MbapFraming(false),
    request: (v) => bytesOf(v.req_tcp_tid1),
    answer: (v) => bytesOf(v.rsp_tcp_tid1),
    stream: true,
  },
];

/** Sends the request, then brings `pieces`; whether an answer was taken, and its PDU. */
function exchange(framing: Framing, vector: Vector, pieces: readonly Uint8Array[], echo = false): string | undefined {
  const request = requestOf(vector);
  framing.frame(request);
  if (echo) framing.expectEcho();
  for (const piece of pieces)
    for (let at = 0; at < piece.length; at += 64) {
      const chunk = piece.slice(at, at + 64);
      if (!framing.push(chunk, chunk.length)) return undefined;
      if (!framing.next(request)) continue;
      const pdu = hexOf(framing.bytes.slice(framing.pduAt, framing.pduAt + framing.pduLength));
      if (request.take(framing.bytes, framing.pduAt, framing.pduLength)) return pdu;
    }
  return undefined;
}

it("are there", () => {
  expect(vectors.length).toBe(present ? 13 : 2);
});

describe.each(FRAMINGS)("$name", ({ name, make, request, answer, stream }) => {
  it.each(vectors)("$id: our frame is the standard's", (vector) => {
    expect(hexOf(make().frame(requestOf(vector)))).toBe(hexOf(request(vector)));
  });

  it.each(vectors)("$id: the answer is taken, in every pair of pieces", (vector) => {
    const frame = answer(vector);
    for (let cut = 0; cut <= frame.length; cut++)
      expect(exchange(make(), vector, [frame.subarray(0, cut), frame.subarray(cut)]), `cut ${cut}`).toBe(
        vector.rsp_pdu,
      );
    expect(
      exchange(
        make(),
        vector,
        [...frame].map((byte) => Uint8Array.of(byte)),
      ),
    ).toBe(vector.rsp_pdu);
  });

  it.each(stream ? [] : vectors)("$id: the answer is taken behind any junk", (vector) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (junk) => {
        expect(exchange(make(), vector, [junk, answer(vector)])).toBe(vector.rsp_pdu);
      }),
      { numRuns: 200 },
    );
  });

  it.each(stream ? [] : vectors)(
    "$id: the answer is taken behind the request's echo, and the echo is not",
    (vector) => {
      const [sent, frame] = [request(vector), answer(vector)];
      expect(exchange(make(), vector, [sent], true)).toBeUndefined();
      for (let cut = 0; cut <= sent.length; cut++)
        expect(exchange(make(), vector, [sent.subarray(0, cut), sent.subarray(cut), frame], true), `cut ${cut}`).toBe(
          vector.rsp_pdu,
        );
    },
  );

  it.each(stream ? [] : vectors)("$id: no flipped bit passes, and the next good answer does", (vector) => {
    const frame = answer(vector);
    for (let bit = 0; bit < frame.length * 8; bit++) {
      const damaged = frame.slice();
      damaged[bit >> 3] ^= 1 << (bit & 7);
      const framing = make();
      const taken = exchange(framing, vector, [damaged]);
      // A hexadecimal letter has two cases in ASCII, and a carriage return says nothing: the value is the same then.
      if (taken !== undefined) expect([name, taken], `bit ${bit}`).toEqual(["ASCII", vector.rsp_pdu]);
      framing.clear();
      expect(exchange(framing, vector, [frame]), `after bit ${bit}`).toBe(vector.rsp_pdu);
    }
  });

  it.each(stream ? vectors : [])("$id: two in one segment, a stranger first", (vector) => {
    const stranger = answer(vector);
    stranger[1] ^= 7;
    const frame = Uint8Array.from([...stranger, ...answer(vector)]);
    for (let cut = 0; cut <= frame.length; cut++)
      expect(exchange(make(), vector, [frame.subarray(0, cut), frame.subarray(cut)])).toBe(vector.rsp_pdu);
  });

  it.each(stream ? vectors : [])("$id: a header with a flipped bit is not taken for the answer", (vector) => {
    // Six bytes of header and the unit; nothing protects the PDU but TCP itself.
    for (let bit = 0; bit < 7 * 8; bit++) {
      const damaged = answer(vector);
      damaged[bit >> 3] ^= 1 << (bit & 7);
      expect(exchange(make(), vector, [damaged]), `bit ${bit}`).toBeUndefined();
    }
  });
});

describe("what the answers say", () => {
  const find = (id: string) => vectors.find((vector) => vector.id === id)!;

  it.skipIf(!present)("43/14: objects with their bytes", () => {
    const vector = find("fc43_14_basic");
    const request = requestOf(vector) as IdentifyRequest;
    const pdu = bytesOf(vector.rsp_pdu);
    expect(request.take(pdu, 0, pdu.length)).toBe(true);
    expect(request.objects.map(({ id, value }) => [id, Buffer.from(value).toString("latin1")])).toEqual([
      [0, "Company identification"],
      [1, "Product codeXX"],
      [2, "V2.11"],
    ]);
    expect([request.conformity, request.nextObject]).toEqual([1, -1]);
  });

  it("43/14: more follows", () => {
    const request = new IdentifyRequest({ unit: 1 });
    const pdu = Uint8Array.of(43, 14, 1, 1, 0xff, 2, 1, 0, 1, 0x41);
    expect(request.take(pdu, 0, pdu.length)).toBe(true);
    expect(request.nextObject).toBe(2);
  });

  it.skipIf(!present)("23: the registers that were read", () => {
    const vector = find("fc23");
    const request = requestOf(vector) as ReadWriteRegisters;
    const pdu = bytesOf(vector.rsp_pdu);
    expect(request.take(pdu, 0, pdu.length)).toBe(true);
    expect([...request.words]).toEqual([0x00fe, 0x0acd, 1, 3, 0x0d, 0xff]);
  });

  it("a write is not confirmed by an answer that repeats another", () => {
    const request = requestOf({ unit: 17, req_pdu: "0600010003" });
    for (const other of ["0600010004", "0600020003", "0500010003", "060001"])
      expect(request.take(bytesOf(other), 0, other.length / 2), other).toBe(false);
    expect(request.outcome).toBe(Outcome.idle);
  });

  it("43/14: lengths that leave the frame are no answer", () => {
    const request = new IdentifyRequest({ unit: 1 });
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 253 }), (tail) => {
        const pdu = Uint8Array.from([43, 14, 1, ...tail]);
        const length = request.answerBytes(pdu, 0, pdu.length);
        expect(length).toBeLessThanOrEqual(253);
        if (length > 0 && length <= pdu.length) expect(request.take(pdu, 0, length)).toBe(true);
      }),
    );
  });
});
