/**
 * What a signature costs a device that has no cryptography but a hash: `npx tsx bench/sign.ts`, not part of the others.
 * `argand budget` does not count it: there the world signs for the gateway.
 */
import { CPU_ASSUMPTION, CPU_HZ } from "../host-sim/xs/cpu";
import { count, table } from "./table";
import { measureWorks } from "./xs-works";

const WORKS = ["one ES256 signature (RFC 6979), hash not counted", "the public key of a key, once at a start"];
const TURNS = 2;

const works = await measureWorks("ES256", "./sign-guest.ts", WORKS, TURNS);
if (works !== undefined) {
  table(
    "ES256 in XS 13.3",
    ["what", "units", "RV32 instructions", "ms"],
    works.map(({ name, units, instructions }) =>
      instructions === undefined
        ? [name, count(units), "-", "-"]
        : [name, count(units), count(instructions), ((instructions / CPU_HZ) * 1000).toFixed(1)],
    ),
  );
  process.stdout.write(`\nms ${CPU_ASSUMPTION}\n`);
}
