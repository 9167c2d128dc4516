/** `argand gb26875 decode HEX` and `encode FILE`: frames of GB/T 26875.3-2011, to read and to write. */
import { readFileSync } from "node:fs";
import { Command } from "commander";
import { FrameError } from "../../firmware/uplink/gb26875/codec";
import { codec2011 } from "../../firmware/uplink/gb26875/frame-2011";
import { decodeFrame, encodeFrameFile, frameLines, hexOf } from "../../manifests/gb26875/frames";
import { formatDiagnostics } from "../../manifests/load";
import { couldNotRun, wrongInput } from "./exit";
import { printJson, useColour } from "./terminal";

const HEARTBEAT = "4040000001010c3b0c1b0c11672b00000000385b01000000000002b52323";
/** More bytes of a faulty frame than these are not shown. */
const SHOWN_BYTES = 16;

export function gb26875Command(): Command {
  return new Command("gb26875")
    .description(`Read and write frames of GB/T 26875.3-2011 (${codec2011.id}).`)
    .addCommand(decodeCommand())
    .addCommand(encodeCommand())
    .addHelpText(
      "after",
      `
Examples:
  argand gb26875 decode ${HEARTBEAT}
  argand gb26875 decode ${HEARTBEAT} --json > frame.json
  argand gb26875 encode frame.json`,
    );
}

function decodeCommand(): Command {
  return new Command("decode")
    .description("Print every field of a frame, with the names of its numbers.")
    .argument("<hex...>", "the frame in hexadecimal, with or without spaces; - reads it from standard input")
    .option("--json", "one JSON object on stdout, which encode takes")
    .addHelpText("after", `\nExample:\n  argand gb26875 decode ${HEARTBEAT} --json`)
    .action((words: string[], options: { json?: boolean }) => {
      const bytes = bytesOf(words.join(" ") === "-" ? readInput(0) : words.join(" "));
      const view = understand(bytes);
      if (options.json === true) printJson(view);
      else for (const line of frameLines(view)) process.stdout.write(`${line}\n`);
    });
}

function encodeCommand(): Command {
  return new Command("encode")
    .description("Print the frame, in hexadecimal, that a file describes as decode --json does.")
    .argument("<file>", "JSON or YAML; - reads it from standard input")
    .option("--json", "one JSON object on stdout")
    .addHelpText(
      "after",
      `
A number may be given as its name, an address as number or as six bytes, a text as text or as bytes in GB18030. What decode
says beside it (length, checksum) may stand and is computed anew.

Example:
  argand gb26875 encode frame.json`,
    )
    .action((file: string, options: { json?: boolean }) => {
      const result = encodeFrameFile(file === "-" ? "/dev/stdin" : file);
      if (!result.ok) throw wrongInput(formatDiagnostics(result.diagnostics, { colour: useColour }));
      const hex = hexOf(result.bytes);
      if (options.json === true) printJson({ hex });
      else process.stdout.write(`${hex}\n`);
    });
}

function readInput(descriptor: number): string {
  try {
    return readFileSync(descriptor, "utf8");
  } catch (error) {
    throw couldNotRun(`standard input cannot be read: ${(error as Error).message}`);
  }
}

/** Spaces, commas, colons and `0x` between bytes are what logs have. */
function bytesOf(text: string): Uint8Array {
  const digits: string[] = [];
  for (let at = 0; at < text.length; at++) {
    if (/[\s,:]/.test(text[at])) continue;
    if (digits.length % 2 === 0 && /^0x/i.test(text.slice(at, at + 2))) at++;
    else if (/[0-9a-f]/i.test(text[at])) digits.push(text[at]);
    else throw wrongInput(`${marked(text, at)}\n"${text[at]}" at place ${at + 1} is no hexadecimal digit.`);
  }
  if (digits.length === 0) throw wrongInput("There is no frame: give its bytes in hexadecimal.");
  if (digits.length % 2 === 1)
    throw wrongInput(`${digits.length} hexadecimal digits are no whole number of bytes: one is missing or too many.`);
  return Uint8Array.from(Buffer.from(digits.join(""), "hex"));
}

const CONTEXT = 30;

function marked(text: string, at: number): string {
  const from = Math.max(0, at - CONTEXT);
  const shown = text.slice(from, at + CONTEXT).replace(/\s/g, " ");
  return `  ${shown}\n  ${" ".repeat(at - from)}^`;
}

function understand(bytes: Uint8Array) {
  try {
    return decodeFrame(bytes);
  } catch (error) {
    if (!(error instanceof FrameError)) throw error;
    throw wrongInput(`${markedByte(bytes, error.offset)}\nByte ${error.offset}: ${error.message} [${error.code}].`);
  }
}

/** The bytes around the fault, with the faulty one marked. */
function markedByte(bytes: Uint8Array, offset: number): string {
  const from = Math.max(0, offset - SHOWN_BYTES / 2);
  const shown = [...bytes.subarray(from, from + SHOWN_BYTES)].map((byte) => byte.toString(16).padStart(2, "0"));
  const before = from === 0 ? "" : "... ";
  return `  ${before}${shown.join(" ")}\n  ${" ".repeat(before.length + 3 * (offset - from))}^^`;
}
