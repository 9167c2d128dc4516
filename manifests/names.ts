/** Names of buses, devices and channels become part of topics and record names. */
import { clip, type Diagnostic } from "./diagnostic";
import { NAME_PATTERN, NAME_RULE } from "./schema/words";
import type { Path, Source } from "./source";

export function checkName(source: Source, into: Diagnostic[], path: Path, name: string, what: string): void {
  if (new RegExp(NAME_PATTERN).test(name)) return;
  const message = `"${clip(name)}" cannot be the name of a ${what}: it becomes part of topics and record names`;
  into.push(source.problem(path, message, { expected: NAME_RULE }, "key"));
}
