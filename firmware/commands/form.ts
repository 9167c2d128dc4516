/**
 * A command as it travels: a map in deterministic CBOR (RFC 8949 section 4.2.1) with text keys, and nothing in it that is not known.
 *
 *   { id: text, do: "acknowledge", alarm: text }
 *   { id: text, do: "device", device: text, command: text, point?: text }
 *   { id: text, do: "state" }
 *
 * and in each, if wanted, `exp`: POSIX seconds after which it shall not be carried out any more.
 */
import { type CborValue, encodeDeterministic } from "../uplink/cbor/encode";
import { decodeCbor } from "../uplink/cbor/reader";

/** What a site can allow (`uplink: { commands: { allow: [...] } }`). */
export const COMMAND_KINDS = ["acknowledge", "device", "state"] as const;
export type CommandKind = (typeof COMMAND_KINDS)[number];

/** Words that each kind wants, and those that it may have. */
const WORDS: { readonly [kind in CommandKind]: readonly string[] } = {
  acknowledge: ["alarm"],
  device: ["device", "command"],
  state: [],
};
const OPTIONAL: { readonly [kind in CommandKind]: readonly string[] } = {
  acknowledge: [],
  device: ["point"],
  state: [],
};

/** Longest command. */
export const COMMAND_BYTES = 320;
/** An id becomes a part of a record's name. */
const ID_CHARACTERS = 36;

export type Command = {
  readonly id: string;
  readonly kind: CommandKind;
  /** In the order of the words of its kind. */
  readonly words: readonly string[];
  /** `NaN`: it does not expire. */
  readonly expiresS: number;
};

/** `malformed`: not of this form. `unknown-command`: a kind that this firmware does not have. */
export class CommandError extends Error {
  readonly code: "malformed" | "unknown-command";
  /** Of the command, as far as it could be read. */
  readonly id: string;

  constructor(code: CommandError["code"], message: string, id = "") {
    super(message);
    this.code = code;
    this.id = id;
  }
}

/** @throws CommandError */
export function decodeCommand(bytes: Uint8Array): Command {
  const map = mapOf(bytes);
  const id = map["id"];
  if (typeof id !== "string" || !isId(id))
    throw new CommandError("malformed", `id is 1 to ${ID_CHARACTERS} letters, digits, - or _`);
  const kind = COMMAND_KINDS.find((known) => known === map["do"]);
  if (kind === undefined) throw new CommandError("unknown-command", "this firmware has no such command", id);
  const words = WORDS[kind].map((name) => {
    const word = map[name];
    if (typeof word !== "string" || !isWord(word)) throw new CommandError("malformed", `${kind} wants ${name}`, id);
    return word;
  });
  for (const name of OPTIONAL[kind]) {
    const word = map[name];
    if (word === undefined) continue;
    if (typeof word !== "string" || !isWord(word)) throw new CommandError("malformed", `${name} is a name`, id);
    words.push(word);
  }
  const exp = map["exp"];
  if (exp !== undefined && typeof exp !== "number") throw new CommandError("malformed", "exp is a number", id);
  for (const key of Object.keys(map))
    if (!["id", "do", "exp", ...WORDS[kind], ...OPTIONAL[kind]].includes(key))
      throw new CommandError("malformed", `${kind} has a key that is not known`, id);
  return { id, kind, words, expiresS: exp ?? Number.NaN };
}

function mapOf(bytes: Uint8Array): { readonly [key: string]: CborValue } {
  let value: unknown;
  try {
    value = decodeCbor(bytes, { depth: 1, items: 16 });
  } catch {
    throw new CommandError("malformed", "it is no deterministic CBOR");
  }
  if (typeof value !== "object" || value === null || value instanceof Map || value instanceof Uint8Array)
    throw new CommandError("malformed", "it is no map with text keys");
  if (Array.isArray(value)) throw new CommandError("malformed", "it is no map");
  return value as { readonly [key: string]: CborValue };
}

/** @throws CommandError for words that are none of a kind */
export function encodeCommand(id: string, kind: string, words: readonly string[], expiresS = Number.NaN): Uint8Array {
  const known = COMMAND_KINDS.find((one) => one === kind);
  if (known === undefined)
    throw new CommandError("unknown-command", `there is no command "${kind}"; there are ${COMMAND_KINDS.join(", ")}`);
  const names = [...WORDS[known], ...OPTIONAL[known]];
  if (words.length < WORDS[known].length || words.length > names.length)
    throw new CommandError("malformed", `${known} wants: ${usage(known)}`);
  const map: { [key: string]: CborValue } = { id, do: known };
  words.forEach((word, i) => {
    map[names[i]] = word;
  });
  if (expiresS - expiresS === 0) map["exp"] = expiresS;
  const bytes = encodeDeterministic(map);
  if (bytes.length > COMMAND_BYTES) throw new CommandError("malformed", `it has more than ${COMMAND_BYTES} bytes`);
  decodeCommand(bytes);
  return bytes;
}

/** `device <device> <command> [point]` */
export function usage(kind: CommandKind): string {
  return [kind, ...WORDS[kind].map((word) => `<${word}>`), ...OPTIONAL[kind].map((word) => `[${word}]`)].join(" ");
}

function isId(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (!isNameCharacter(text.charCodeAt(i), false)) return false;
  return text !== "" && text.length <= ID_CHARACTERS;
}

/** Names of alarms, devices, points and commands, and numbers such as 0.7. */
function isWord(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (!isNameCharacter(text.charCodeAt(i), true)) return false;
  return text !== "";
}

/** `-`, `_`, digits, letters; in a word `.` and `/` too. */
function isNameCharacter(code: number, inWord: boolean): boolean {
  if (code === 0x2d || code === 0x5f) return true;
  if (code === 0x2e || code === 0x2f) return inWord;
  const letter = code | 0x20;
  return (code >= 0x30 && code <= 0x39) || (letter >= 0x61 && letter <= 0x7a && code >= 0x41);
}
