/**
 * Frames between a transmitter and a monitoring centre, as a tree of fields, and what session and gateway ask of a wire format.
 *
 * The format stands behind this interface because parts of the standard are being replaced: GB/T 26875.1, .2, .9 and .10 have
 * editions of 2026 that come into force between October 2026 and May 2027. `frame-2011.ts` is the one that part 3 of 2011 defines.
 */
import type { BytesField, FieldName, LAYOUTS, TimeField, TypeFlag } from "./layout";

/** What is not listed is reserved (7 to 127) or a user's own (128 to 255). */
export const Command = { control: 1, data: 2, confirm: 3, request: 4, response: 5, deny: 6 } as const;
export type Command = (typeof Command)[keyof typeof Command];

/** Civil time without a zone, each part as its byte on the wire: plain binary, the year counted from 2000. */
export type TimeTag = {
  readonly second: number;
  readonly minute: number;
  readonly hour: number;
  readonly day: number;
  readonly month: number;
  readonly year: number;
};

type ValueOf<Field extends FieldName> = Field extends BytesField
  ? Uint8Array
  : Field extends TimeField
    ? TimeTag
    : number;

/** One object of an application data unit, by its type flag. */
export type ObjectOf<Flag extends TypeFlag> = {
  readonly [Field in (typeof LAYOUTS)[Flag]["fields"][number]]: ValueOf<Field>;
};

/** Objects of a known type. */
export type ObjectsOf<Flag extends TypeFlag> = { readonly type: Flag; readonly objects: readonly ObjectOf<Flag>[] };
export type Objects = { [Flag in TypeFlag]: ObjectsOf<Flag> }[TypeFlag];
/** A unit whose type flag is reserved or a user's own, from the flag on. */
export type RawUnit = { readonly raw: Uint8Array };
/** `undefined`: confirmations, denials and heartbeats have no unit. */
export type Unit = Objects | RawUnit | undefined;

export type Frame = {
  /** Counted by who begins an exchange; the answer repeats it. */
  readonly serial: number;
  readonly version: { readonly main: number; readonly user: number };
  readonly time: TimeTag;
  /** 6 bytes, lowest first on the wire. */
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly command: number;
  readonly unit: Unit;
};

/**
 * Why bytes are no frame, or a tree cannot be one.
 * - `start`, `end`: the marks `@@` and `##` are not where they belong.
 * - `short`: fewer bytes than the frame says; `long`: more, or a unit beyond 1024 bytes or what the receiver has room for.
 * - `checksum`: the sum over control unit and application data unit differs.
 * - `unit`: the application data unit does not have the shape of its type flag.
 * - `field`: a value that its field cannot hold; only when encoding.
 */
export type FrameFault = "start" | "end" | "short" | "long" | "checksum" | "unit" | "field";

export class FrameError extends Error {
  readonly code: FrameFault;
  /** Byte of the frame at which it shows; of a field that cannot be encoded -1. */
  readonly offset: number;
  /** Path of the field, for example `unit.objects[0].state`; empty where there is none. */
  readonly field: string;

  constructor(code: FrameFault, message: string, offset: number, field = "") {
    super(message);
    this.code = code;
    this.offset = offset;
    this.field = field;
  }

  override get name(): string {
    return "FrameError";
  }
}

export interface FrameSink {
  /** `bytes[0..length)` is one frame with its marks and checksum right; valid only during the call. */
  frame(bytes: Uint8Array, length: number): void;
  /** What looked like a frame is none. `bytes[0..length)` is what there is of it, its control unit at least. */
  broken(fault: FrameFault, bytes: Uint8Array, length: number): void;
}

/** Finds frames in a stream of bytes, of any cut. */
export interface FrameReceiver {
  push(bytes: Uint8Array, length: number): void;
  /** The rest of a begun frame will not come: looks for another one in what is there. */
  giveUp(): void;
  reset(): void;
  /** Bytes of a begun frame. */
  readonly pending: number;
  /** Bytes that belonged to no frame. */
  readonly skipped: number;
}

export interface Codec {
  readonly id: string;
  /** Bytes of a frame beyond its unit. */
  readonly overheadBytes: number;
  readonly maxUnitBytes: number;
  /** Bytes of the frame. Throws a FrameError where a field cannot hold its value. */
  size(frame: Frame): number;
  /** Writes the frame at `at`, where there must be room; returns the position behind it. */
  encode(frame: Frame, into: Uint8Array, at: number): number;
  /** Throws a FrameError. */
  decode(bytes: Uint8Array, length: number): Frame;
  /** Without its unit, so that an answer can be given to a frame whose unit is not understood. */
  decodeHead(bytes: Uint8Array): Frame;
  receiver(maxUnitBytes: number, sink: FrameSink): FrameReceiver;
}
