/** `argand cmd`: gives a gateway a command through its broker, and waits for the record of what became of it. */
import { randomBytes } from "node:crypto";
import { Command } from "commander";
import mqtt from "mqtt";
import { COMMAND_KINDS, CommandError, encodeCommand, usage } from "../../firmware/commands/form";
import { formatDiagnostics, loadSite } from "../../manifests/load";
import type { KeyRing } from "../collect/key-ring";
import { readWireMessage, WireError } from "../collect/wire";
import { type BrokerAddress, parseBrokerUrl } from "./broker-url";
import { keyRing } from "./collect-input";
import { parseDurationUs } from "./duration";
import { couldNotRun, ExitCode, wrongInput } from "./exit";
import { printJson, say, useColour } from "./terminal";

const CONNECT_TIMEOUT_MS = 5_000;

type Options = {
  readonly broker?: string;
  readonly id?: string;
  readonly expires?: string;
  readonly timeout: string;
  readonly key: readonly string[];
  readonly json?: boolean;
};

export function cmdCommand(): Command {
  return new Command("cmd")
    .description("Give a gateway a command through its broker, and say what became of it.")
    .argument("<site>", "site manifest: whose gateway, and which broker")
    .argument("<command>", COMMAND_KINDS.join(", "))
    .argument("[words...]", "what it is about")
    .option("--broker <url>", "mqtt://[user:password@]host:port; the site's own when left out")
    .option("--id <id>", "of the command: the same id is carried out once, however often it is sent")
    .option("--expires <duration>", "after so long it shall not be carried out any more")
    .option("--timeout <duration>", "how long to wait for the gateway's record", "10s")
    .option("--key <file>", "believe a record only if this key has signed it; may be given often", collect, [])
    .option("--json", "one JSON object on stdout")
    .addHelpText(
      "after",
      `
Commands:
${COMMAND_KINDS.map((kind) => `  ${usage(kind)}`).join("\n")}

The gateway takes what its site allows (uplink: { commands: { allow: [...] } }), a device what its own page allows (allow: [reset]).
Exit code 0: done. 1: refused. 2: no record came.

Examples:
  argand cmd manifests/examples/commands.yaml state
  argand cmd manifests/examples/commands.yaml acknowledge hall-hot --expires 30s
  argand cmd manifests/examples/commands.yaml device facp silence --broker mqtt://127.0.0.1:1884 --key gateway-key.pem`,
    )
    .action(async (site: string, kind: string, words: string[], options: Options, command: Command) => {
      command.setOptionValue("exitCode", await give(site, kind, words, options));
    });
}

function collect(value: string, list: string[]): string[] {
  return [...list, value];
}

async function give(path: string, kind: string, words: readonly string[], options: Options): Promise<number> {
  const site = await loadSite(path);
  if (!site.ok) throw wrongInput(formatDiagnostics(site.diagnostics, { colour: useColour }));
  const { gateway, uplink } = site.plan;
  const broker = parseBrokerUrl(options.broker ?? `${uplink.tls ? "mqtts" : "mqtt"}://${uplink.host}:${uplink.port}`);
  const id = options.id ?? `cmd-${randomBytes(8).toString("hex")}`;
  const expires = options.expires === undefined ? Number.NaN : parseDurationUs(options.expires, "--expires") / 1e6;
  const payload = encode(id, kind, words, Math.ceil(Date.now() / 1000 + expires));
  const prefix = `argand/v1/${gateway.site}/${gateway.id}/`;
  const timeoutMs = parseDurationUs(options.timeout, "--timeout") / 1000;
  const text = await exchange(broker, prefix, id, payload, timeoutMs, keyRing(options.key));
  const done = text.includes(": done");
  if (options.json === true) printJson({ id, done, text });
  else say(`${gateway.id}: ${text}`);
  return done ? ExitCode.done : ExitCode.wrongInput;
}

function encode(id: string, kind: string, words: readonly string[], expiresS: number): Uint8Array {
  try {
    return encodeCommand(id, kind, words, expiresS);
  } catch (error) {
    if (error instanceof CommandError) throw wrongInput(error.message);
    throw error;
  }
}

async function exchange(
  broker: BrokerAddress,
  prefix: string,
  id: string,
  payload: Uint8Array,
  timeoutMs: number,
  keys: KeyRing,
): Promise<string> {
  const client = await connect(broker);
  try {
    const answer = new Promise<string>((resolve, reject) => {
      const late = setTimeout(
        () => reject(couldNotRun(`no record of ${id} came in ${timeoutMs / 1000} s: is the gateway online?`)),
        timeoutMs,
      );
      client.on("message", (topic, bytes) => {
        const text = recordOf(topic, bytes, id, keys);
        if (text === undefined) return;
        clearTimeout(late);
        resolve(text);
      });
    });
    await client.subscribeAsync(`${prefix}audit`, { qos: 1 });
    await client.publishAsync(`${prefix}cmd`, Buffer.from(payload), { qos: 1 });
    return await answer;
  } finally {
    await client.endAsync(true);
  }
}

async function connect({ url, loginUrl }: BrokerAddress): Promise<mqtt.MqttClient> {
  try {
    return await mqtt.connectAsync(loginUrl, { reconnectPeriod: 0, connectTimeout: CONNECT_TIMEOUT_MS });
  } catch (error) {
    throw couldNotRun(`${url}: ${(error as Error).message || "no MQTT broker answers"}`);
  }
}

/** The gateway's words about that command; what is about another, or by a key that is not believed, is none. */
function recordOf(topic: string, bytes: Uint8Array, id: string, keys: KeyRing): string | undefined {
  try {
    const message = readWireMessage(topic, new Uint8Array(bytes));
    if (message.content.kind !== "pack") return undefined;
    const record = message.content.records[0];
    if (!record.name.endsWith(`/command/${id}`)) return undefined;
    if (keys.size > 0 && keys.judge(message) !== "valid") {
      say(`a record of ${id} is not signed by the key that was given: not believed`);
      return undefined;
    }
    return record.text;
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}
