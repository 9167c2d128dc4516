/** `argand flash-torture`: the power-cut proof of the store in flash. */
import { fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { Command, Option } from "commander";
import { CHECKS, type CheckName } from "../torture/ledger";
import { mergeResults, type TortureOptions, type TortureResult, torture } from "../torture/torture";
import { ExitCode, wrongInput } from "./exit";
import { Progress, printJson, say } from "./terminal";

type Options = {
  seed: string;
  rounds: string;
  first: string;
  second: string;
  jobs: string;
  shard?: string;
  json?: boolean;
};

/** What a process that has a shard tells the one that began it. */
type Message = { readonly cuts: number; readonly of: number } | { readonly result: TortureResult };

export function flashTortureCommand(): Command {
  return new Command("flash-torture")
    .description("Cut the power at every byte of every flash operation of the outbox, and again while it recovers.")
    .option("--seed <number>", "seed of what a cut leaves behind", "1")
    .option("--rounds <number>", "rounds of the workload: append, acknowledge, rotate, overflow, erase, restart", "1")
    .option("--first <number>", "try every so many-th moment of the workload; 1: all", "1")
    .option("--second <number>", "and every so many-th moment of each recovery; 1: all; 0: none", "1")
    .option("--jobs <number>", "processes that share the work; the result is the same", String(availableParallelism()))
    .addOption(new Option("--shard <index/of>").hideHelp())
    .option("--json", "one JSON object on stdout; people's output goes to stderr")
    .addHelpText(
      "after",
      `
The whole proof, every moment of the workload and every moment of each recovery, takes ten minutes of one core.

Exit codes: 0 everything held, 3 a check was broken.

Examples:
  argand flash-torture
  argand flash-torture --first 97 --second 97 --json
  argand flash-torture --seed 2`,
    )
    .action(async (options: Options, command: Command) => {
      command.setOptionValue("exitCode", await flashTorture(options));
    });
}

async function flashTorture(options: Options): Promise<number> {
  const wanted: TortureOptions = {
    seed: whole(options.seed, "--seed", 0),
    rounds: whole(options.rounds, "--rounds", 1),
    stride: whole(options.first, "--first", 1),
    secondStride: whole(options.second, "--second", 0),
  };
  if (options.shard !== undefined) return tortureShard(wanted, options.shard);
  const jobs = whole(options.jobs, "--jobs", 1);
  const progress = new Progress();
  const show = (cuts: number, of: number) => progress.show(`${cuts} of ${of} moments`);
  const result = jobs === 1 ? torture({ ...wanted, onProgress: show }) : await tortureIn(jobs, options, show);
  progress.clear();
  describeTorture(result);
  if (options.json === true) printJson(result);
  return isWhole(result) ? ExitCode.done : ExitCode.notAsExpected;
}

/** One of several processes. */
function tortureShard(wanted: TortureOptions, shard: string): number {
  const [index, of] = shard.split("/").map((text) => whole(text, "--shard", 0));
  const tell = (message: Message) => process.send?.(message);
  tell({ result: torture({ ...wanted, shard: { index, of }, onProgress: (cuts, all) => tell({ cuts, of: all }) }) });
  return ExitCode.done;
}

async function tortureIn(jobs: number, options: Options, show: (cuts: number, of: number) => void) {
  const { seed, rounds, first, second } = options;
  const words = ["--seed", seed, "--rounds", rounds, "--first", first, "--second", second];
  // Shards go through the workload side by side: any one tells how far all are.
  const shard = (index: number) =>
    new Promise<TortureResult>((resolve, reject) => {
      const child = fork(process.argv[1], ["flash-torture", ...words, "--shard", `${index}/${jobs}`]);
      const end = () => child.kill();
      process.once("exit", end);
      child.on("message", (message: Message) => {
        if ("result" in message) resolve(message.result);
        else show(message.cuts, message.of);
      });
      child.once("error", reject);
      child.once("exit", (code) => {
        process.off("exit", end);
        reject(new Error(`a process of the torture ended with ${code} and without a result`));
      });
    });
  return mergeResults(await Promise.all(Array.from({ length: jobs }, (_, index) => shard(index))));
}

function isWhole({ checks, impossibleBits, problems }: TortureResult): boolean {
  return problems.length === 0 && impossibleBits === 0 && Object.values(checks).every(({ broken }) => broken === 0);
}

function describeTorture(result: TortureResult): void {
  const count = (value: number) => value.toLocaleString("en-US");
  say(
    `${count(result.operations)} flash operations, which can be cut at ${count(result.moments)} moments (seed ${result.seed})`,
  );
  say(
    `${count(result.firstCuts)} cuts of the workload, ${count(result.secondCuts)} of the recoveries after them, which left ` +
      `${count(result.secondStates)} different states of the cells`,
  );
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
