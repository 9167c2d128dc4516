/** `argand trace`: what gateways are made of, what changed, and whether what they claim holds. */
import { Command } from "commander";
import { Collector } from "../collect/collector";
import type { SpoolEntry } from "../collect/spool";
import { Subscription } from "../collect/subscribe";
import { type Difference, type TraceReport, traceDifferences, traceReport, verifyTrace } from "../collect/trace-report";
import { parseBrokerUrl } from "./broker-url";
import { entriesOf, keyRing } from "./collect-input";
import { parseDurationUs } from "./duration";
import { couldNotRun, ExitCode, wrongInput } from "./exit";
import { bold, dim, red, say } from "./terminal";

type Options = { broker?: string; for: string; key?: string[]; json?: boolean };

export function traceCommand(): Command {
  const trace = new Command("trace").description(
    "Component-level traceability: show what a gateway is made of, compare two, verify a capture.",
  );
  const source = (command: Command) =>
    command
      .option("--broker <url>", "a live broker instead of a file")
      .option("--for <duration>", "how long to listen to it", "5s")
      .option("--key <pem...>", "public keys of gateways; with one, only what they have signed is believed")
      .option("--json", "one object on stdout");
  source(trace.command("show"))
    .description("Print the device manifest and its components.")
    .argument("[capture...]", "uplink.bin of a simulation, or the folder of a collector")
    .addHelpText("after", "\nExample:\n  argand trace show out/uplink.bin --key out/gateway-key.pem")
    .action(show);
  source(trace.command("diff"))
    .description("Print what two traces differ in; with one capture, its first and its last root.")
    .argument("<before>")
    .argument("[after]")
    .addHelpText("after", "\nExample:\n  argand trace diff before/uplink.bin after/uplink.bin")
    .action(diff);
  source(trace.command("verify"))
    .description(
      "Check signatures, hashes, roots and that every record has its component. Exit code 3 where something fails.",
    )
    .argument("[capture...]")
    .addHelpText("after", "\nExample:\n  argand trace verify out/uplink.bin --key out/gateway-key.pem")
    .action(verify);
  return trace;
}

async function show(captures: string[], options: Options): Promise<void> {
  const reports = reportsOf(await entries(captures, options), options);
  if (options.json === true) process.stdout.write(`${JSON.stringify(reports)}\n`);
  else for (const report of reports) print(report);
}

async function diff(before: string, after: string | undefined, options: Options): Promise<void> {
  const first = reportsOf(entriesOf(before), options);
  const second = after === undefined ? first : reportsOf(entriesOf(after), options);
  const differences = traceDifferences(first[0], second[second.length - 1]);
  if (options.json === true) process.stdout.write(`${JSON.stringify(differences)}\n`);
  else if (differences.length === 0) say("nothing differs");
  else for (const difference of differences) say(line(difference));
}

async function verify(captures: string[], options: Options, command: Command): Promise<void> {
  const verdict = verifyTrace(await entries(captures, options), { keys: keyRing(options.key ?? []) });
  if (options.json === true) process.stdout.write(`${JSON.stringify(verdict)}\n`);
  for (const { what, reason } of verdict.faults) say(red(`${what}: ${reason}`));
  const { messages, records, devices, components, faults } = verdict;
  say(
    `${messages} messages, ${records} records, ${devices} device manifests, ${components} components: ${faults.length} faults`,
  );
  if (options.key === undefined) say(dim("signatures were not judged: --key names the gateway's public key"));
  command.setOptionValue("exitCode", faults.length === 0 ? ExitCode.done : ExitCode.notAsExpected);
}

function reportsOf(found: readonly SpoolEntry[], options: Options): TraceReport[] {
  const collector = new Collector({ keys: keyRing(options.key ?? []) });
  for (const { topic, payload, receivedMs } of found) collector.take(topic, payload, receivedMs);
  const { index } = collector;
  if (index.devices.length === 0) {
    const [refusal] = collector.refusals;
    throw wrongInput(
      refusal === undefined
        ? "there is no device manifest in it"
        : `nothing to believe: ${refusal.topic}: ${refusal.reason}`,
    );
  }
  return index.devices.map((manifest) => traceReport(index, manifest));
}

async function entries(captures: readonly string[], options: Options): Promise<SpoolEntry[]> {
  if (options.broker === undefined) {
    if (captures.length === 0) throw wrongInput("name a capture, or a broker with --broker");
    return captures.flatMap(entriesOf);
  }
  const { loginUrl: url } = parseBrokerUrl(options.broker);
  const durationUs = parseDurationUs(options.for, "--for");
  const found: SpoolEntry[] = [];
  const take = (topic: string, payload: Uint8Array) => found.push({ topic, payload, receivedMs: Date.now() });
  let subscription: Subscription;
  try {
    subscription = await Subscription.open({ url, client: `argand-trace-${process.pid}`, take });
  } catch (error) {
    throw couldNotRun(`${url}: ${(error as Error).message}`);
  }
  await new Promise((resolve) => setTimeout(resolve, durationUs / 1000));
  await subscription.close();
  return found;
}

function print({ root, gateway, components }: TraceReport): void {
  say(bold(`root ${root}`));
  say(`  ${fieldsOf(gateway)}`);
  for (const { cid, known, ...fields } of components) {
    say(`${String(fields["device"] ?? "?")} ${dim(cid)}`);
    say(known ? `  ${fieldsOf(fields)}` : red("  not published"));
  }
}

function fieldsOf(fields: { readonly [name: string]: unknown }): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(", ");
}

function line({ of, field, before, after }: Difference): string {
  const text = (value: unknown) => (value === undefined ? "nothing" : JSON.stringify(value));
  return `${of}: ${field} was ${text(before)}, is ${text(after)}`;
}
