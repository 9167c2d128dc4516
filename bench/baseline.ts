/**
 * XS units are the same on every machine and in every run, so they are held to a stored baseline: one that grows by more than
 * 2 % fails the run. Whoever makes the path dearer on purpose changes `baseline.json` in the same commit and says why in it.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FILE = fileURLToPath(new URL("./baseline.json", import.meta.url));
const TOLERANCE = 0.02;

export type Measured = { readonly [figure: string]: number };

export type Baseline = {
  /** Why the figures are what they are: of the last change. */
  readonly reason: string;
  readonly units: Measured;
};

export function readBaseline(): Baseline {
  return JSON.parse(readFileSync(FILE, "utf8")) as Baseline;
}

/** What stands against the measured figures; empty when nothing does. */
export function compare(baseline: Measured, measured: Measured): string[] {
  const complaints: string[] = [];
  for (const [figure, units] of Object.entries(measured)) {
    const known = baseline[figure];
    if (known === undefined)
      complaints.push(`${figure}: ${units.toFixed(1)} units, and the baseline has no such figure`);
    else if (units > known * (1 + TOLERANCE)) complaints.push(`${figure}: ${units.toFixed(1)} units, ${known} before`);
  }
  for (const figure of Object.keys(baseline))
    if (!(figure in measured)) complaints.push(`${figure}: in the baseline, and was not measured`);
  return complaints;
}

/** Writes the figures down, with the reason for the change. */
export function writeBaseline(measured: Measured, reason: string): void {
  const units = Object.fromEntries(
    Object.entries(measured).map(([figure, value]) => [figure, Number(value.toFixed(1))]),
  );
  writeFileSync(FILE, `${JSON.stringify({ reason, units }, null, 2)}\n`);
}

/** Says how the figures stand. Returns whether the run may pass. */
export function holdToBaseline(measured: Measured): boolean {
  const complaints = compare(readBaseline().units, measured);
  if (complaints.length === 0) {
    process.stdout.write(`\nXS units are within ${TOLERANCE * 100} % of bench/baseline.json.\n`);
    return true;
  }
  process.stdout.write(
    `\nXS units beyond ${TOLERANCE * 100} % of bench/baseline.json:\n${complaints.map((text) => `  ${text}\n`).join("")}` +
      'If that is meant: npm run bench:quick -- --baseline "why", and commit the file with the change.\n',
  );
  return false;
}
