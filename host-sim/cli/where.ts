/** `argand where`: from a line of a built firmware.js, as an engine tells it, back to the source. */
import { existsSync, readFileSync } from "node:fs";
import { SourceMap, type SourceMapPayload } from "node:module";
import { join } from "node:path";
import { Command } from "commander";
import { wrongInput } from "./exit";
import { printJson } from "./terminal";

export function whereCommand(): Command {
  return new Command("where")
    .description(
      "Say which source a line of a built firmware.js comes from: an engine's errors and stacks name such lines.",
    )
    .argument("<folder>", "the folder that argand build wrote, or the one with firmware.js.map in it")
    .argument(
      "<place>",
      "LINE or LINE:COLUMN, counted from 1; what stands before it, as in firmware.js:812:7, does not matter",
    )
    .option("--json", "one JSON object on stdout")
    .addHelpText(
      "after",
      `
What one place calls is written into that place (host-sim/compact): its lines are its caller's.

Example:
  argand where out/build/gw-03-esp32-s3 812`,
    )
    .action((folder: string, place: string, options: { readonly json?: boolean }) => {
      const found = sourceOf(folder, place);
      if (options.json === true) printJson(found);
      else process.stdout.write(`${found.file}:${found.line}:${found.column}\n`);
    });
}

export type SourcePlace = { readonly file: string; readonly line: number; readonly column: number };

/** @throws CommandError when there is no such folder, place or source */
export function sourceOf(folder: string, place: string): SourcePlace {
  const path = [join(folder, "argand", "firmware.js.map"), join(folder, "firmware.js.map")].find(existsSync);
  if (path === undefined)
    throw wrongInput(`There is no firmware.js.map in ${folder}: build it with argand build --out ${folder}.`);
  const [, line, column] = /(?:^|:)(\d+)(?::(\d+))?$/.exec(place) ?? [];
  if (line === undefined || Number(line) < 1)
    throw wrongInput(`"${place}" is no place: LINE or LINE:COLUMN, counted from 1.`);
  const map = new SourceMap(JSON.parse(readFileSync(path, "utf8")) as SourceMapPayload);
  // Without a column the last that the line has: a statement's own, not the brace before it.
  const entry = map.findEntry(Number(line) - 1, column === undefined ? Number.MAX_SAFE_INTEGER : Number(column) - 1);
  if (!("originalSource" in entry) || entry.generatedLine !== Number(line) - 1)
    throw wrongInput(
      `Line ${line} of firmware.js comes from no source: it has fewer lines, or was written by the build.`,
    );
  return { file: fromRoot(entry.originalSource), line: entry.originalLine + 1, column: entry.originalColumn + 1 };
}

const ROOMS = /(?:^|\/)((?:firmware|drivers|hal|site)\/.*)$/;

/** As it is written in the repository; the build's own sources lie in its folder `site`. */
function fromRoot(source: string): string {
  return ROOMS.exec(source)?.[1] ?? source;
}
