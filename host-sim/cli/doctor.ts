/** `argand doctor`: what this machine has, what it lacks, and the command that gets it. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import { Command } from "commander";
import { boardPackages } from "../../hal/firmata/packages";
import { compilesFor32Bits, cpuAvailability } from "../xs/toolchain";
import { ExitCode } from "./exit";
import { bold, dim, printJson, red, say } from "./terminal";

const run = promisify(execFile);

type Finding = {
  readonly name: string;
  readonly need: "required" | "optional";
  readonly found: string | undefined;
  readonly without: string;
  readonly install: string;
};

export function doctorCommand(): Command {
  return new Command("doctor")
    .description("Tell what is installed, what is missing and how to get it.")
    .option("--json", "one JSON object on stdout")
    .addHelpText("after", "\nExample:\n  argand doctor")
    .action(async (options: { json?: boolean }, command: Command) => {
      const findings = await examine();
      if (options.json === true) printJson({ findings: findings.map((f) => ({ ...f, found: f.found ?? null })) });
      else for (const finding of findings) print(finding);
      const broken = findings.some((finding) => finding.need === "required" && finding.found === undefined);
      command.setOptionValue("exitCode", broken ? ExitCode.couldNotRun : ExitCode.done);
    });
}

async function examine(): Promise<Finding[]> {
  const [major, minor] = process.versions.node.split(".").map(Number);
  const nodeFits = major > 20 || (major === 20 && minor >= 19);
  return [
    {
      name: "Node.js 20.19 or newer",
      need: "required",
      found: nodeFits ? process.version : undefined,
      without: "nothing runs",
      install: "https://nodejs.org",
    },
    {
      name: "gcc and make",
      need: "optional",
      found: (await version("make", ["--version"])) && (await version("gcc", ["--version"])),
      without: "no XS engine: --engine xs and its tests are skipped",
      install: "apt-get install gcc make",
    },
    {
      name: "gcc for 32 bits (gcc-multilib)",
      need: "optional",
      found: compilesFor32Bits() ? "gcc -m32 works" : undefined,
      without: "XS is built with 64 bits: its memory figures are not a device's",
      install: "apt-get install gcc-multilib",
    },
    rv32(),
    {
      name: "mosquitto",
      need: "optional",
      found: await version("mosquitto", ["-h"]),
      without: "the tests against mosquitto are skipped",
      install: "apt-get install mosquitto mosquitto-clients",
    },
    {
      name: "serialport (npm)",
      need: "optional",
      found: await serialport(),
      without: "hal/node has no serial ports",
      install: "npm ci (it is an optional dependency)",
    },
    {
      name: "johnny-five and firmata-io (npm)",
      need: "optional",
      found: firmata(),
      without: "no pins of an Arduino: argand sim --firmata",
      install: "npm ci (they are optional dependencies)",
    },
    {
      name: "Moddable SDK",
      need: "optional",
      found: moddable(),
      without: "argand build cannot make firmware for a device",
      install: "see https://www.moddable.com/documentation/Moddable%20SDK%20-%20Getting%20Started, then set MODDABLE",
    },
    {
      name: "ESP-IDF",
      need: "optional",
      found: process.env["IDF_PATH"],
      without: "argand build stops before the native part of an ESP32 image",
      install: "the Moddable SDK's ESP32 page names the version; then set IDF_PATH",
    },
  ];
}

/** First line of what a program says about itself, `undefined` when it is not there. */
async function version(program: string, args: string[]): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await run(program, args);
    return (stdout || stderr).split("\n")[0];
  } catch (error) {
    const failure = error as { code?: unknown; stdout?: string };
    // Some programs end their help with a code of their own.
    return failure.code === "ENOENT" ? undefined : (failure.stdout?.split("\n")[0] ?? program);
  }
}

function rv32(): Finding {
  const availability = cpuAvailability();
  return {
    name: "gcc, picolibc and qemu for RV32",
    need: "optional",
    found: availability.ok ? "RV32IMAC programs compile, and qemu is there" : undefined,
    without: "argand budget --cpu cannot count instructions",
    install: availability.ok
      ? "apt-get install gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf qemu-system-misc"
      : availability.install,
  };
}

async function serialport(): Promise<string | undefined> {
  try {
    await import("serialport");
    return "loads";
  } catch {
    return undefined;
  }
}

function firmata(): string | undefined {
  try {
    boardPackages();
    return "loads";
  } catch {
    return undefined;
  }
}

function moddable(): string | undefined {
  const folder = process.env["MODDABLE"];
  return folder !== undefined && existsSync(`${folder}/xs/includes/xs.h`) ? folder : undefined;
}

function print(finding: Finding): void {
  if (finding.found !== undefined) {
    say(`${bold("ok     ")} ${finding.name}: ${dim(finding.found)}`);
    return;
  }
  say(`${finding.need === "required" ? red("MISSING") : "missing"} ${finding.name}: ${finding.without}`);
  say(`        get it: ${finding.install}`);
}
