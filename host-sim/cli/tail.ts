/** `argand tail`: what a collector sees. MQTT.js and cbor-x, so that nothing of our own encoder is trusted. Signatures are
 * not verified here (`argand collect` does). */
import { decode } from "cbor-x";
import { Command } from "commander";
import mqtt from "mqtt";
import { isColumns } from "../../firmware/uplink/columns/reader";
import { isSign1, parseSign1 } from "../../firmware/uplink/cose/parse";
import { SenmlError } from "../senml/resolve";
import { type BrokerAddress, parseBrokerUrl } from "./broker-url";
import { couldNotRun } from "./exit";
import { columnRecords, formatDocument, formatRecord, type ResolvedRecord, resolvePack } from "./senml-view";
import { bold, dim, red, say } from "./terminal";

const CONNECT_TIMEOUT_MS = 5_000;

export function tailCommand(): Command {
  return new Command("tail")
    .description("Subscribe to a broker and print what gateways send, one line a record.")
    .option("--broker <url>", "the broker to listen to", "mqtt://127.0.0.1:1883")
    .option("--topic <filter>", "MQTT topic filter", "argand/v1/#")
    .option("--count <messages>", "end after so many messages", Number)
    .option("--json", "one JSON object a record on stdout")
    .addHelpText("after", "\nExample:\n  argand tail --broker mqtt://127.0.0.1:1883")
    .action((options: TailOptions) => tail(parseBrokerUrl(options.broker), options));
}

type TailOptions = { broker: string; topic: string; count?: number; json?: boolean };

function tail(broker: BrokerAddress, options: TailOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const client = mqtt.connect(broker.loginUrl, { reconnectPeriod: 0, connectTimeout: CONNECT_TIMEOUT_MS });
    let seen = 0;
    const stop = () => client.end(true, () => resolve());
    process.once("SIGINT", stop);
    client.on("connect", () => {
      say(dim(`listening on ${broker.url} to ${options.topic}; Ctrl-C ends`));
      client.subscribe(options.topic, { qos: 1 });
    });
    client.on("message", (topic, payload) => {
      printMessage(topic, payload, options.json === true);
      if (options.count !== undefined && ++seen >= options.count) stop();
    });
    const fail = () => reject(couldNotRun(`no MQTT broker answers at ${broker.url}; is one running there?`));
    client.on("error", fail);
    client.on("close", () => {
      if (!client.disconnecting) fail();
    });
  });
}

function printMessage(topic: string, payload: Buffer, json: boolean): void {
  let pack: unknown;
  let content = payload;
  try {
    if (isSign1(payload)) content = Buffer.from(parseSign1(payload).payload);
    pack = decode(content);
  } catch {
    say(red(`${topic}: ${payload.length} bytes that are not CBOR`));
    return;
  }
  if (isColumns(pack)) {
    for (const record of columnRecords(content)) print(topic, record, json);
    return;
  }
  if (!Array.isArray(pack)) {
    process.stdout.write(`${bold(topic)} ${formatDocument(pack)}\n`);
    return;
  }
  try {
    for (const record of resolvePack(pack)) print(topic, record, json);
  } catch (error) {
    if (!(error instanceof SenmlError)) throw error;
    say(red(`${topic}: a pack that is no SenML: ${error.message}`));
  }
}

function print(topic: string, record: ResolvedRecord, json: boolean): void {
  if (json) process.stdout.write(`${JSON.stringify({ topic, ...record })}\n`);
  else process.stdout.write(`${formatRecord(topic, record)}\n`);
}
