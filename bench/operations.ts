/**
 * `npx tsx bench/operations.ts`: what one operation costs in XS, in units and in RV32IMAC instructions. For choosing the
 * shape of a hot path; then measure the whole (bench/sampling.ts). Method: bench/README.md.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildXs, cpuAvailability } from "../host-sim/xs/build";
import { runXs } from "../host-sim/xs/run";
import { OPERATIONS, type Operation } from "./operation-list";
import { count, table } from "./table";

/** Turns of the shorter loop; the longer has twice as many, and the difference is taken. */
const TURNS = 256;

/**
 * One class for each operation, so that fields are at the same depth in all. The source is written as text because a
 * bundler would drop or fold an operation whose result nobody uses.
 */
function program(operations: readonly Operation[]): string {
  const classes = operations.map(
    ({ members = "", setup = "", body }) => `new (class {
  ${members}
  #n = 0; #x = 1.5; #flag = true; #self = this; #other = new Part(); #list = [new Part(), new Part(), new Part()];
  #bytes = new Uint8Array(512); #ints = new Int32Array(64); #doubles = new Float64Array(64); p = 0;
  m0() {} m1(a) {} m2(a, b) {} m3(a, b, c) {} #m0() {} #m1(a) {} #m2(a, b) {}
  run(n) { ${setup}; for (let i = 0; i < n; i++) { ${body} } }
})()`,
  );
  // In a function, as a bundle is: what stands at a script's top would be looked up as a global.
  return `(() => { "use strict";
class Part {
  #v = 0; v = 0;
  m0() {} m1(a) {} m2(a, b) {} m3(a, b, c) {} get() { return this.#v; } set(a) { this.#v = a; } bump() { this.#v++; }
}
function f0() {} function f2(a, b) {} function add(a, b) { return a + b; }
const K = { a: 1, b: 2 }; const FIVE = 5; let variable = 0;
const cost = (read, o, n) => { const from = read(); o.run(n); return read() - from; };
for (const o of [${classes.join(",\n")}]) {
  o.run(${TURNS});
  const per = (read) => (cost(read, o, ${2 * TURNS}) - cost(read, o, ${TURNS})) / ${TURNS};
  host.print(per(host.units) + " " + per(host.instructions));
}
})()`;
}

type Cost = { readonly units: number; readonly instructions: number };

async function measure(operations: readonly Operation[]): Promise<Cost[]> {
  const folder = mkdtempSync(join(tmpdir(), "argand-bench-"));
  try {
    const bundle = join(folder, "operations.js");
    writeFileSync(bundle, program(operations));
    const costs: Cost[] = [];
    await runXs({
      host: await buildXs({ cpu: "rv32" }),
      bundle,
      onPrint: (line) => {
        const [units, instructions] = line.split(" ").map(Number);
        costs.push({ units, instructions });
      },
    });
    return costs;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function main(): Promise<void> {
  const availability = cpuAvailability();
  if (!availability.ok) {
    process.stdout.write(`operations are skipped: ${availability.reason}; get it with: ${availability.install}\n`);
    return;
  }
  const [loop, ...costs] = await measure([{ name: "empty loop", body: "" }, ...OPERATIONS]);
  table(
    `One operation in XS 13.3, without its loop (${loop.units} units, ${count(loop.instructions)} instructions a turn)`,
    ["operation (its source: operation-list.ts)", "units", "RV32 instructions"],
    OPERATIONS.map(({ name }, index) => [
      name,
      (costs[index].units - loop.units).toFixed(1),
      count(costs[index].instructions - loop.instructions),
    ]),
  );
}

await main();
