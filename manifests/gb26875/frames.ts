/** Frames to and from what people write: the door of this folder for the `argand` command. */
import { type Frame, FrameError } from "../../firmware/uplink/gb26875/codec";
import { codec2011 } from "../../firmware/uplink/gb26875/frame-2011";
import type { Diagnostic } from "../diagnostic";
import { readSource } from "../source";
import { readFrame } from "./frame-reader";
import { viewFrame } from "./frame-view";

export { frameLines, hexOf } from "./frame-view";

/** Throws a FrameError. */
export function decodeFrame(bytes: Uint8Array) {
  return viewFrame(codec2011.decode(bytes, bytes.length), bytes);
}

export type EncodedFrame =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

export function encodeFrameFile(file: string): EncodedFrame {
  const parsed = readSource(file);
  if (!parsed.ok) return parsed;
  const { source } = parsed;
  const diagnostics: Diagnostic[] = [];
  const frame = readFrame(source.value, (path, message, more) =>
    diagnostics.push(source.problem(path, message, more ?? {})),
  );
  if (frame === undefined) return { ok: false, diagnostics };
  try {
    return { ok: true, bytes: encodeFrame(frame) };
  } catch (error) {
    // Fields are right one by one, and too long together.
    if (!(error instanceof FrameError)) throw error;
    return { ok: false, diagnostics: [source.problem(["unit"], error.message)] };
  }
}

export function encodeFrame(frame: Frame): Uint8Array {
  const bytes = new Uint8Array(codec2011.size(frame));
  codec2011.encode(frame, bytes, 0);
  return bytes;
}
