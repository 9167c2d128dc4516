/** The `argand` command: parses the line, runs one subcommand, turns every end into an exit code and one message. */
import { Command, CommanderError } from "commander";
import { CommandError, ExitCode } from "./exit";
import { red, say } from "./terminal";

/** In the order of the help. A command's module is loaded when it is asked for: the others cost a second of everybody's time. */
const COMMANDS: { readonly [name: string]: () => Promise<Command> } = {
  validate: async () => (await import("./validate")).validateCommand(),
  sim: async () => (await import("./sim")).simCommand(),
  budget: async () => (await import("./budget")).budgetCommand(),
  tail: async () => (await import("./tail")).tailCommand(),
  collect: async () => (await import("./collect")).collectCommand(),
  trace: async () => (await import("./trace")).traceCommand(),
  build: async () => (await import("./build")).buildCommand(),
  where: async () => (await import("./where")).whereCommand(),
  driver: async () => (await import("./driver")).driverCommand(),
  "flash-torture": async () => (await import("./flash-torture")).flashTortureCommand(),
  gb26875: async () => (await import("./gb26875")).gb26875Command(),
  modbus: async () => (await import("./modbus")).modbusCommand(),
  schema: async () => (await import("./schema")).schemaCommand(),
  cmd: async () => (await import("./cmd")).cmdCommand(),
  key: async () => (await import("./key")).keyCommand(),
  doctor: async () => (await import("./doctor")).doctorCommand(),
  vlc: async () => (await import("./vlc/vlc")).vlcCommand(),
};

/** @param asked the first word of the line; all commands are loaded where it is none of theirs, for help and "did you mean" */
async function program(asked: string | undefined): Promise<Command> {
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
  const makers = asked !== undefined && Object.hasOwn(COMMANDS, asked) ? [COMMANDS[asked]] : Object.values(COMMANDS);
  for (const make of makers) argand.addCommand((await make()).exitOverride());
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
    const argand = await program(argv[2]);
    await argand
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
