/** What this machine can build XS with. */
import { spawnSync } from "node:child_process";

export type XsBits = 32 | 64;

export type XsAvailability =
  | { readonly ok: true; readonly bits: XsBits }
  | { readonly ok: false; readonly reason: string; readonly install: string };

/**
 * Whether XS can be built here, and how wide its slots would be: 32 bits as on the device where gcc can do that.
 * One line for people where it cannot.
 */
export function xsAvailability(): XsAvailability {
  for (const program of ["make", "gcc", "npm", "tar"])
    if (spawnSync(program, ["--version"], { stdio: "ignore" }).error !== undefined)
      return {
        ok: false,
        reason: `the XS engine needs ${program}, which is not installed`,
        install: "apt-get install gcc make gcc-multilib",
      };
  return { ok: true, bits: compilesFor32Bits() ? 32 : 64 };
}

/** gcc without gcc-multilib has no 32-bit headers, and fails at the first `#include`. */
export function compilesFor32Bits(): boolean {
  const compiling = spawnSync("gcc", ["-m32", "-x", "c", "-o", "/dev/null", "-"], {
    input: "#include <stdint.h>\nint main(void) { return 0; }\n",
    stdio: ["pipe", "ignore", "ignore"],
  });
  return compiling.status === 0;
}
