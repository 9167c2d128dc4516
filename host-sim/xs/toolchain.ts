/** What this machine can build XS with. */
import { spawnSync } from "node:child_process";

export type XsBits = 32 | 64;
/** `pc`: this machine. `rv32`: RV32IMAC, the instruction set of the ESP32-C6, under qemu. */
export type XsCpu = "pc" | "rv32";

export type XsAvailability =
  | { readonly ok: true; readonly bits: XsBits }
  | { readonly ok: false; readonly reason: string; readonly install: string };

export type CpuAvailability = { readonly ok: true } | Extract<XsAvailability, { ok: false }>;

export const RV32_GCC = "riscv64-unknown-elf-gcc";
export const RV32_QEMU = "qemu-system-riscv32";

/**
 * Whether XS can be built here, and how wide its slots would be: 32 bits as on the device where gcc can do that.
 * One line for people where it cannot.
 */
export function xsAvailability(): XsAvailability {
  for (const program of ["make", "gcc", "npm", "tar"])
    if (!starts(program))
      return {
        ok: false,
        reason: `the XS engine needs ${program}, which is not installed`,
        install: "apt-get install gcc make gcc-multilib",
      };
  return { ok: true, bits: compilesFor32Bits() ? 32 : 64 };
}

/** Whether instructions of RV32IMAC can be counted here. One line for people where they cannot. */
export function cpuAvailability(): CpuAvailability {
  const compiler = starts(RV32_GCC);
  const missing: string[] = [];
  if (!compiler) missing.push("gcc-riscv64-unknown-elf");
  if (!compiler || !compilesForRv32()) missing.push("picolibc-riscv64-unknown-elf");
  if (!starts(RV32_QEMU)) missing.push("qemu-system-misc");
  if (missing.length === 0) return { ok: true };
  return {
    ok: false,
    reason: `counting RV32 instructions needs ${missing.join(" and ")}`,
    install: `apt-get install ${missing.join(" ")}`,
  };
}

/** Without picolibc, a package of its own in Debian, the compiler has no C library. */
function compilesForRv32(): boolean {
  const flags = ["--specs=picolibc.specs", "-march=rv32imac", "-mabi=ilp32", "-x", "c", "-o", "/dev/null", "-c", "-"];
  const compiling = spawnSync(RV32_GCC, flags, {
    input: "#include <semihost.h>\n",
    stdio: ["pipe", "ignore", "ignore"],
  });
  return compiling.status === 0;
}

function starts(program: string): boolean {
  return spawnSync(program, ["--version"], { stdio: "ignore" }).error === undefined;
}

/** gcc without gcc-multilib has no 32-bit headers, and fails at the first `#include`. */
export function compilesFor32Bits(): boolean {
  const compiling = spawnSync("gcc", ["-m32", "-x", "c", "-o", "/dev/null", "-"], {
    input: "#include <stdint.h>\nint main(void) { return 0; }\n",
    stdio: ["pipe", "ignore", "ignore"],
  });
  return compiling.status === 0;
}
