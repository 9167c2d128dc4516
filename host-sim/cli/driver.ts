/** `argand driver new NAME`: a driver folder from a template whose tests pass. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { couldNotRun, wrongInput } from "./exit";
import { bold, printJson, say } from "./terminal";

const TEMPLATE = fileURLToPath(new URL("../driver-template/", import.meta.url));
const DRIVERS = fileURLToPath(new URL("../../drivers/", import.meta.url));
const LONGEST_NAME = 32;

export function driverCommand(): Command {
  const create = new Command("new")
    .description("Make a driver folder: an imaginary I2C part with its emulator, schema, facts and test, all green.")
    .argument("<name>", "of the part, in small letters: the folder, and what a site calls it")
    .option("--drivers <folder>", "where driver folders stand", DRIVERS)
    .option("--json", "one JSON object on stdout")
    .addHelpText("after", "\nExample:\n  argand driver new bh1750")
    .action(async (name: string, options: { drivers: string; json?: boolean }) => {
      const folder = createDriver(name, options.drivers);
      if (options.json === true) printJson({ name, folder, files: readdirSync(folder).sort() });
      else explain(name, folder);
    });
  return new Command("driver")
    .description("Make a new driver.")
    .addCommand(create.exitOverride())
    .addHelpText("after", "\nExample:\n  argand driver new bh1750");
}

/** @returns the folder that was made */
export function createDriver(name: string, drivers: string): string {
  checkName(name);
  if (!existsSync(drivers)) throw wrongInput(`--drivers: there is no folder ${drivers}`);
  const folder = join(drivers, name);
  if (existsSync(folder)) throw wrongInput(`${folder} is there already; choose another name, or remove it first`);
  try {
    mkdirSync(folder);
    for (const file of readdirSync(TEMPLATE))
      writeFileSync(join(folder, file), forPart(readFileSync(join(TEMPLATE, file), "utf8"), name), { flag: "wx" });
  } catch (error) {
    throw couldNotRun(`${folder} cannot be written: ${(error as Error).message}`);
  }
  format(folder);
  return folder;
}

/** A shorter or a longer name breaks lines elsewhere. Where biome is not installed, `npm run format` is what is left to do. */
function format(folder: string): void {
  try {
    const biome = createRequire(import.meta.url).resolve("@biomejs/biome/bin/biome");
    execFileSync(process.execPath, [biome, "check", "--write", folder], {
      cwd: dirname(dirname(folder)),
      stdio: "ignore",
    });
  } catch {
    say("biome did not format it; npm run format will");
  }
}

function checkName(name: string): void {
  if (name.length <= LONGEST_NAME && /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) return;
  const meant = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+|-+$/g, "")
    .slice(0, LONGEST_NAME);
  throw wrongInput(
    `"${name}" cannot be a driver's name: small letters and digits, begun by a letter, words joined by "-", at most ${LONGEST_NAME} characters` +
      (meant === "" ? "" : `; for example ${meant}`),
  );
}

/** The template stands two folders deep as a driver does, and names `drivers/` where a driver says `../`. */
function forPart(text: string, name: string): string {
  return text.replaceAll("../../drivers/", "../").replaceAll("PartName", className(name)).replaceAll("part-name", name);
}

/** `bh1750` becomes `Bh1750`, `hall-sensor` `HallSensor`. */
function className(name: string): string {
  return name
    .split("-")
    .map((word) => word[0].toUpperCase() + word.slice(1))
    .join("");
}

function explain(name: string, folder: string): void {
  say(`${bold(folder)} is a driver of an imaginary part. What is left to you is marked TODO.`);
  say("Then, in this order:");
  say(`  npx vitest run drivers/${name} drivers/conformance.test.ts`);
  say("  npm run check && npm run format && npm run lint");
  say("  npx argand schema > manifests/schema/site.schema.json      the site schema has a page more");
  say(`  a line in drivers/README.md and one in CHANGELOG.md`);
}
