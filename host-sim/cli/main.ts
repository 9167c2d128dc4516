/** The `argand` command: parses the line, runs one subcommand, turns every end into an exit code and one message. */
import { Command, CommanderError } from "commander";
import { budgetCommand } from "./budget";
import { buildCommand } from "./build";
import { collectCommand } from "./collect";
import { doctorCommand } from "./doctor";
import { driverCommand } from "./driver";
import { CommandError, ExitCode } from "./exit";
import { flashTortureCommand } from "./flash-torture";
import { gb26875Command } from "./gb26875";
import { modbusCommand } from "./modbus";
import { schemaCommand } from "./schema";
import { simCommand } from "./sim";
import { tailCommand } from "./tail";
import { red, say } from "./terminal";
import { traceCommand } from "./trace";
import { validateCommand } from "./validate";
import { vlcCommand } from "./vlc/vlc";

function program(): Command {
  const argand = new Command("argand")
    .description("Gateway firmware for sensors, Modbus fire panels and visible-light luminaires, simulated on a PC.")
    .version("0.1.0")
    .exitOverride()
    .configureOutput({ outputError: (text) => say(red(text.trimEnd())) })
    .addHelpText(
      "after",
      `
Exit codes: 0 done, 1 the input is wrong, 2 it could not run, 3 a scenario's expectation was not met.

Examples:
  argand validate manifests/examples/first-light.yaml
  argand sim manifests/examples/first-light.yaml
  argand sim manifests/examples/first-light.yaml --virtual --for 10m --seed 7 --json`,
    );
  for (const command of [
    validateCommand,
    simCommand,
    budgetCommand,
    tailCommand,
    collectCommand,
    traceCommand,
    buildCommand,
    driverCommand,
    flashTortureCommand,
    gb26875Command,
    modbusCommand,
    schemaCommand,
    doctorCommand,
    vlcCommand,
  ])
    argand.addCommand(command().exitOverride());
  return argand;
}

/** A reader such as `head` that has seen enough ends the command; that is nobody's mistake. */
function endWithItsReader(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(ExitCode.done);
  });
}

/** @returns the process's exit code */
export async function main(argv: readonly string[]): Promise<number> {
  let exitCode: number = ExitCode.done;
  endWithItsReader();
  try {
    await program()
      .hook("postAction", (_, action) => {
        exitCode = (action.getOptionValue("exitCode") as number | undefined) ?? ExitCode.done;
      })
      .parseAsync(argv as string[]);
    return exitCode;
  } catch (error) {
    return explain(error);
  }
}

function explain(error: unknown): number {
  if (error instanceof CommandError) {
    say(error.message);
    return error.exitCode;
  }
  // Commander has printed its own message; help and version end with 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.done : ExitCode.wrongInput;
  // What is left is a defect of ours: say so, and keep the stack for whoever asks.
  say(red(`argand failed: ${error instanceof Error ? error.message : String(error)}`));
  if (process.env["ARGAND_DEBUG"] !== undefined && error instanceof Error) say(error.stack ?? "");
  else say("This is a defect in argand, not in your input. ARGAND_DEBUG=1 prints where it happened.");
  return ExitCode.couldNotRun;
}
