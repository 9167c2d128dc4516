/** qemu's machine for the RV32IMAC build of the host (host/rv32.c). */
import { RV32_QEMU } from "./toolchain";

/** How to start a bare RV32 image with these arguments: the program, and its own arguments. */
export function rv32Command(image: string, list: readonly string[]): [program: string, words: readonly string[]] {
  // A comma separates qemu's own options, unless doubled. rv32.c splits at the unit separator.
  const word = ["argand-xs", ...list].join("\x1f").replaceAll(",", ",,");
  const machine = ["-M", "virt", "-m", "192M", "-bios", "none", "-kernel", image];
  // One instruction, one nanosecond of qemu's clock; without sleep=off the clock starts with some of real time.
  const counting = ["-icount", "shift=0,sleep=off"];
  const quiet = ["-display", "none", "-monitor", "none", "-serial", "none"];
  return [RV32_QEMU, [...machine, ...counting, ...quiet, "-semihosting-config", `enable=on,target=native,arg=${word}`]];
}
