/** `argand collect`: the other end of the uplink. Keeps what gateways send, and says what it proves and what is missing. */
import { mkdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import type { Collector } from "../collect/collector";
import { derive } from "../collect/derive";
import { writeNdjson, writeParquet } from "../collect/files";
import { PostgresSink } from "../collect/postgres";
import { rowsOf } from "../collect/rows";
import { Spool } from "../collect/spool";
import { Subscription } from "../collect/subscribe";
import { parseBrokerUrl } from "./broker-url";
import { entriesOf, keyRing, spooled } from "./collect-input";
import { parseDurationUs } from "./duration";
import { couldNotRun, ExitCode, wrongInput } from "./exit";
import { bold, dim, red, say } from "./terminal";

type Options = {
  broker: string;
  out: string;
  postgres?: string;
  from?: string[];
  share?: string;
  client?: string;
  key?: string[];
  format: string[];
  for?: string;
  count?: number;
  json?: boolean;
};

const FORMATS = ["ndjson", "parquet"];

export function collectCommand(): Command {
  return new Command("collect")
    .description(
      "Keep what gateways send: verify signatures and traces, order by boot and seq, drop duplicates, list gaps.",
    )
    .option("--broker <url>", "the broker to listen to", "mqtt://127.0.0.1:1883")
    .option("--out <folder>", "where everything is kept", "collected")
    .option("--postgres <url>", "write the records into PostgreSQL as well, table argand_records")
    .option("--from <file...>", "read these instead of a broker: folders of a collector, or uplink.bin of a simulation")
    .option("--share <group>", "share the load with other collectors of this group (the broker must know MQTT 5)")
    .option("--client <id>", "MQTT client identifier, unique at the broker")
    .option("--key <pem...>", "public keys of gateways; with one, only what they have signed is taken")
    .option("--format <name...>", `files to write: ${FORMATS.join(", ")}`, ["ndjson"])
    .option("--for <duration>", "end after so long")
    .option("--count <messages>", "end after so many messages", Number)
    .option("--json", "print one object on stdout")
    .addHelpText(
      "after",
      `
Files in the folder: spool.bin (what came, as it came), records.ndjson, records.parquet, summary.json.

Examples:
  argand collect --broker mqtt://127.0.0.1:1883 --out collected --key gateway.pem
  argand collect --share lab --client lab-1 --out collected-1
  argand collect --from collected-1 collected-2 --out all --format ndjson parquet
  argand collect --from out/uplink.bin --out collected`,
    )
    .action(async (options: Options, command: Command) => {
      const complete = await collect(options);
      command.setOptionValue("exitCode", complete ? ExitCode.done : ExitCode.notAsExpected);
    });
}

async function collect(options: Options): Promise<boolean> {
  for (const format of options.format)
    if (!FORMATS.includes(format)) throw wrongInput(`there is no format "${format}": ${FORMATS.join(", ")}`);
  const keys = keyRing(options.key ?? []);
  if (options.from === undefined) await listen(options);
  const entries = options.from === undefined ? spooled(options.out) : options.from.flatMap(entriesOf);
  const { collector, messages } = derive(entries, { keys });
  const rows = messages.flatMap(rowsOf);
  mkdirSync(options.out, { recursive: true });
  if (options.format.includes("ndjson")) writeNdjson(join(options.out, "records.ndjson"), rows);
  if (options.format.includes("parquet")) writeParquet(join(options.out, "records.parquet"), rows);
  if (options.postgres !== undefined) await toPostgres(options.postgres, rows);
  const summary = summarise(collector, messages.length, rows.length);
  writeFileSync(join(options.out, "summary.json"), `${JSON.stringify(summary, undefined, 2)}\n`);
  report(summary, options.share !== undefined);
  if (options.json === true) process.stdout.write(`${JSON.stringify(summary)}\n`);
  // One of a group has a part: what it lacks, the others have.
  const whole = options.share !== undefined || summary.missing === 0;
  return whole && summary.refused === 0 && summary.rejectedTraces.length === 0;
}

async function listen(options: Options): Promise<void> {
  const broker = parseBrokerUrl(options.broker);
  const spool = new Spool(options.out);
  if (spool.tornBytes > 0) say(dim(`${spool.path}: ${spool.tornBytes} bytes of a torn message were cut off`));
  let received = 0;
  let finish = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let subscription: Subscription;
  try {
    subscription = await Subscription.open({
      url: broker.loginUrl,
      client: options.client ?? `argand-collect-${hostname()}`,
      ...(options.share === undefined ? {} : { share: options.share }),
      take(topic, payload) {
        spool.append(Date.now(), topic, payload);
        spool.sync();
        if (++received === options.count) setImmediate(finish);
      },
    });
  } catch (error) {
    spool.close();
    throw couldNotRun(`${broker.url}: ${(error as Error).message}`);
  }
  say(dim(`listening on ${broker.url}; Ctrl-C ends`));
  process.once("SIGINT", finish);
  process.once("SIGTERM", finish);
  const timer =
    options.for === undefined ? undefined : setTimeout(finish, parseDurationUs(options.for, "--for") / 1000);
  try {
    await Promise.race([finished, subscription.ended]);
  } catch (error) {
    throw couldNotRun(`${spool.path}: ${(error as Error).message}`);
  } finally {
    clearTimeout(timer);
    await subscription.close().catch(() => {});
    spool.close();
  }
}

async function toPostgres(url: string, rows: readonly ReturnType<typeof rowsOf>[number][]): Promise<void> {
  try {
    const sink = await PostgresSink.open(url);
    await sink.write(rows);
    await sink.close();
  } catch (error) {
    throw couldNotRun(`PostgreSQL: ${(error as Error).message}`);
  }
}

function summarise(collector: Collector, messages: number, records: number) {
  const accounts = collector.accounts();
  const boots = accounts.flatMap((account) => account.boots);
  const count = (of: (boot: (typeof boots)[number]) => number) => boots.reduce((sum, boot) => sum + of(boot), 0);
  return {
    messages,
    records,
    duplicates: count(({ duplicates }) => duplicates),
    missing: count(({ missing }) => missing.reduce((sum, { from, to }) => sum + to - from + 1, 0)),
    declaredLost: count(({ letGo }) => letGo),
    refused: collector.refused,
    refusals: collector.refusals,
    rejectedTraces: collector.index.rejected,
    gateways: accounts,
  };
}

/** @param shared others of the group have what is not here */
function report(summary: ReturnType<typeof summarise>, shared: boolean): void {
  const { messages, records, duplicates, missing, declaredLost, refused, refusals, rejectedTraces } = summary;
  for (const { site, gateway, boots } of summary.gateways) {
    say(bold(`${site}/${gateway}`));
    for (const { boot, delivered, lastSeq, declared, missing: holes } of boots) {
      say(`  boot ${boot}: ${delivered} messages, up to number ${lastSeq}`);
      for (const { from, to, reason } of declared) say(`    ${from} to ${to}: let go by the gateway (${reason})`);
      if (!shared) for (const { from, to } of holes) say(red(`    ${from} to ${to}: missing, and nobody says why`));
    }
  }
  for (const { topic, reason } of refusals.slice(0, 20)) say(red(`refused ${topic}: ${reason}`));
  for (const { what, reason } of rejectedTraces) say(red(`rejected ${what}: ${reason}`));
  say(
    `${messages} messages with ${records} records, ${duplicates} duplicates, ${declaredLost} let go and told, ${shared ? "a part of what its group has" : `${missing} missing`}, ${refused} refused`,
  );
}
