/** The codec at work, the same in every engine: what it says line by line is compared between V8 and XS. No Node, no npm. */
import { timeTag, wallMsOf } from "./civil-time";
import type { Frame } from "./codec";
import { codec2011 } from "./frame-2011";
import { FIELD_BYTES, type FieldName, LAYOUTS, layoutOf } from "./layout";
import { VECTORS } from "./vectors.test-suite";

class Chance {
  private state = 26_875;

  below(limit: number): number {
    this.state = (Math.imul(this.state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.state / 4_294_967_296) * limit);
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = this.below(256);
    return bytes;
  }
}

function hexOf(bytes: Uint8Array, length: number): string {
  let hex = "";
  for (let i = 0; i < length; i++) hex += (bytes[i] + 0x100).toString(16).slice(1);
  return hex;
}

export function bytesOf(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

function fieldOf(name: FieldName, chance: Chance): unknown {
  if (name === "text") return chance.bytes(chance.below(40));
  if (name === "place" || name === "label") return chance.bytes(FIELD_BYTES[name]);
  if (name === "since" || name === "time")
    return timeTag((chance.below(2_000_000) + 1_000_000) * 1_000_000, chance.below(1440) - 720);
  if (name === "value") return chance.below(65_536) - 32_768;
  return chance.below(FIELD_BYTES[name] === 1 ? 256 : 65_536);
}

/** A frame of every type flag, with as many objects as chance wants. */
function framesOf(chance: Chance): Frame[] {
  return Object.keys(LAYOUTS).map((flag) => {
    const layout = layoutOf(Number(flag))!;
    const objects: object[] = [];
    for (let n = 1 + chance.below(layout.max); n > 0; n--) {
      const object: { [name: string]: unknown } = {};
      for (const name of layout.fields) object[name] = fieldOf(name, chance);
      objects.push(object);
    }
    return {
      serial: chance.below(65_536),
      version: { main: 1, user: chance.below(256) },
      time: timeTag(chance.below(2_000_000) * 1_000_000, 480),
      source: chance.bytes(6),
      destination: chance.bytes(6),
      command: 1 + chance.below(6),
      unit: { type: Number(flag), objects },
    } as unknown as Frame;
  });
}

export function exercise(print: (line: string) => void): void {
  const chance = new Chance();
  const into = new Uint8Array(2048);
  const stream: number[] = [];
  const keep = (bytes: Uint8Array, length: number) => {
    for (let i = 0; i < length; i++) stream.push(bytes[i]);
    // Junk between frames, with marks in it.
    for (let i = chance.below(6); i > 0; i--) stream.push([0x40, 0x23, chance.below(256)][chance.below(3)]);
  };
  for (const id of Object.keys(VECTORS)) {
    const bytes = bytesOf(VECTORS[id]);
    const end = codec2011.encode(codec2011.decode(bytes, bytes.length), into, 0);
    print(`${id} ${hexOf(into, end)}`);
    keep(into, end);
  }
  for (const frame of framesOf(chance)) {
    const end = codec2011.encode(frame, into, 0);
    const again = codec2011.decode(into, end);
    print(`${hexOf(into, end)} ${wallMsOf(again.time, 480)}`);
    const bytes = into.slice(0, end);
    if (codec2011.encode(again, into, 0) !== end || hexOf(into, end) !== hexOf(bytes, end)) print("differs");
    keep(into, end);
  }
  const receiver = codec2011.receiver(1024, {
    frame: (bytes, length) => print(`frame ${hexOf(bytes, 30)} ${length}`),
    broken: (fault, _, length) => print(`broken ${fault} ${length}`),
  });
  for (let at = 0; at < stream.length; ) {
    const piece = Uint8Array.from(stream.slice(at, at + 1 + chance.below(60)));
    receiver.push(piece, piece.length);
    at += piece.length;
  }
  while (receiver.pending > 0) receiver.giveUp();
  print(`skipped ${receiver.skipped}`);
  for (const bytes of [bytesOf("404001"), bytesOf(VECTORS["A1-fire"].replace("462323", "472323"))])
    try {
      codec2011.decode(bytes, bytes.length);
    } catch (error) {
      print((error as Error).message);
    }
}
