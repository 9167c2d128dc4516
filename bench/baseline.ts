/**
 * XS units and RV32 instructions are the same on every machine and in every run, so they are held to a stored baseline: one that
 * grows by more than 2 % fails the run. Whoever makes the path dearer on purpose changes `baseline.json` in the same commit and says why in it.
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
  /** RV32IMAC instructions a sample. */
  readonly instructions: Measured;
  /** Byte code and symbols of a site's firmware in bytes, by site: held by `host-sim/budget/code-table.test.ts`. */
  readonly code: Measured;
};

export function readBaseline(): Baseline {
  return JSON.parse(readFileSync(FILE, "utf8")) as Baseline;
}

/** What stands against the measured figures; empty when nothing does. */
export function compare(baseline: Measured, measured: Measured, what: "units" | "instructions" | "bytes"): string[] {
  const complaints: string[] = [];
  for (const [figure, value] of Object.entries(measured)) {
    const known = baseline[figure];
    if (known === undefined)
      complaints.push(`${figure}: ${value.toFixed(1)} ${what}, and the baseline has no such figure`);
    else if (value > known * (1 + TOLERANCE))
      complaints.push(`${figure}: ${value.toFixed(1)} ${what}, ${known} before`);
  }
  for (const figure of Object.keys(baseline))
    if (!(figure in measured)) complaints.push(`${figure}: in the baseline, and was not measured`);
  return complaints;
}

/**
 * Writes the figures down, with the reason for the change.
 * @param instructions undefined where RV32 was not measured: those that are known stand
 */
export function writeBaseline(units: Measured, instructions: Measured | undefined, reason: string): void {
  const baseline: Baseline = {
    reason,
    units: rounded(units),
    instructions: instructions === undefined ? readBaseline().instructions : rounded(instructions),
    code: readBaseline().code,
  };
  writeFileSync(FILE, `${JSON.stringify(baseline, null, 2)}\n`);
}

function rounded(measured: Measured): Measured {
  return Object.fromEntries(Object.entries(measured).map(([figure, value]) => [figure, Number(value.toFixed(1))]));
}

/**
 * Says how the figures stand. Returns whether the run may pass.
 * @param instructions undefined where RV32 was not measured
 */
export function holdToBaseline(units: Measured, instructions: Measured | undefined): boolean {
  const baseline = readBaseline();
  const complaints = compare(baseline.units, units, "units");
  if (instructions !== undefined) complaints.push(...compare(baseline.instructions, instructions, "instructions"));
  const held = instructions === undefined ? "XS units are" : "XS units and RV32 instructions are";
  if (complaints.length === 0) {
    process.stdout.write(`\n${held} within ${TOLERANCE * 100} % of bench/baseline.json.\n`);
    return true;
  }
  process.stdout.write(
    `\nBeyond ${TOLERANCE * 100} % of bench/baseline.json:\n${complaints.map((text) => `  ${text}\n`).join("")}` +
      'If that is meant: npm run bench:quick -- --baseline "why", and commit the file with the change.\n',
  );
  return false;
}
