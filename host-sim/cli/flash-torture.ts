/** `argand flash-torture`: the power-cut proof of the store in flash. */
import { Command } from "commander";
import { CHECKS, type CheckName } from "../torture/ledger";
import { type TortureResult, torture } from "../torture/torture";
import { ExitCode, wrongInput } from "./exit";
import { Progress, printJson, say } from "./terminal";

type Options = { seed: string; rounds: string; first: string; second: string; json?: boolean };

export function flashTortureCommand(): Command {
  return new Command("flash-torture")
    .description("Cut the power at every byte of every flash operation of the outbox, and again while it recovers.")
    .option("--seed <number>", "seed of what a cut leaves behind", "1")
    .option("--rounds <number>", "rounds of the workload: append, acknowledge, rotate, overflow, erase, restart", "1")
    .option("--first <number>", "try every so many-th moment of the workload; 1: all", "1")
    .option("--second <number>", "and every so many-th moment of each recovery; 1: all, which takes half an hour", "41")
    .option("--json", "one JSON object on stdout; people's output goes to stderr")
    .addHelpText(
      "after",
      `
Exit codes: 0 everything held, 3 a check was broken.

Examples:
  argand flash-torture
  argand flash-torture --first 97 --second 97 --json
  argand flash-torture --second 1`,
    )
    .action((options: Options, command: Command) => {
      command.setOptionValue("exitCode", flashTorture(options));
    });
}

function flashTorture(options: Options): number {
  const progress = new Progress();
  const result = torture({
    seed: whole(options.seed, "--seed", 0),
    rounds: whole(options.rounds, "--rounds", 1),
    stride: whole(options.first, "--first", 1),
    secondStride: whole(options.second, "--second", 1),
    onProgress: (cuts, of) => progress.show(`${cuts} of ${of} moments`),
  });
  progress.clear();
  describeTorture(result);
  if (options.json === true) printJson(result);
  return isWhole(result) ? ExitCode.done : ExitCode.notAsExpected;
}

function isWhole({ checks, impossibleBits, problems }: TortureResult): boolean {
  return problems.length === 0 && impossibleBits === 0 && Object.values(checks).every(({ broken }) => broken === 0);
}

function describeTorture(result: TortureResult): void {
  const count = (value: number) => value.toLocaleString("en-US");
  say(
    `${count(result.operations)} flash operations, which can be cut at ${count(result.moments)} moments (seed ${result.seed})`,
  );
  say(`${count(result.firstCuts)} cuts of the workload, ${count(result.secondCuts)} of the recoveries after them`);
  for (const name of Object.keys(CHECKS) as CheckName[]) {
    const { examined, broken } = result.checks[name];
    say(
      `  ${broken === 0 ? "held  " : "BROKEN"}  ${CHECKS[name]}: ${count(examined)} looked at, ${count(broken)} broken`,
    );
  }
  say(`  erases of a sector, most less fewest of a log: ${result.eraseSpread}`);
  for (const problem of result.problems) say(`  ${problem}`);
}

function whole(text: string, option: string, least: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > 0xffffffff)
    throw wrongInput(`${option}: "${text}" is not a whole number from ${least} up`);
  return value;
}
