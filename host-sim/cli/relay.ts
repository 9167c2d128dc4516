/**
 * Hands the messages of a virtual run on to a real broker, by MQTT.js with QoS 1. In virtual time the gateway talks to the
 * world's broker, because no real one could keep its time; what that took arrives here unchanged.
 */
import mqtt from "mqtt";
import { readMessages } from "../uplink-file";
import type { BrokerAddress } from "./broker-url";
import { couldNotRun } from "./exit";

/** Messages handed to MQTT.js before waiting for their acknowledgements. */
const WINDOW = 64;

/** As the gateway publishes them: its state and what it is made of stay at the broker. */
function isRetained(topic: string): boolean {
  return topic.endsWith("/state") || topic.includes("/trace/");
}

export async function relay(uplink: readonly Uint8Array[], broker: BrokerAddress): Promise<void> {
  const client = await connect(broker);
  try {
    let waiting: Promise<unknown>[] = [];
    for (const piece of uplink)
      for (const { topic, payload } of readMessages(piece)) {
        waiting.push(client.publishAsync(topic, Buffer.from(payload), { qos: 1, retain: isRetained(topic) }));
        if (waiting.length >= WINDOW) {
          await Promise.all(waiting);
          waiting = [];
        }
      }
    await Promise.all(waiting);
  } finally {
    await client.endAsync();
  }
}

async function connect(broker: BrokerAddress): Promise<mqtt.MqttClient> {
  try {
    return await mqtt.connectAsync(broker.loginUrl, { reconnectPeriod: 0, connectTimeout: 5_000 });
  } catch {
    throw couldNotRun(`no MQTT broker answers at ${broker.url}; is one running there?`);
  }
}
