/** Records what a broker hands out for one gateway, by MQTT.js: a witness that shares nothing with the gateway. */
import mqtt from "mqtt";
import type { Plan } from "../../firmware/plan";
import { couldNotRun } from "../cli/exit";
import { encodeMessage } from "../uplink-file";

export class Recorder {
  readonly #client: mqtt.MqttClient;
  readonly #messages: Uint8Array[] = [];

  private constructor(client: mqtt.MqttClient) {
    this.#client = client;
    client.on("message", (topic, payload, packet) => {
      // A retained message is an earlier run's legacy.
      if (!packet.retain) this.#messages.push(encodeMessage(topic, payload));
    });
  }

  static async start(url: string, plan: Plan): Promise<Recorder> {
    try {
      const client = await mqtt.connectAsync(url, { reconnectPeriod: 500, connectTimeout: 5_000 }, false);
      const recorder = new Recorder(client);
      await client.subscribeAsync(`argand/v1/${plan.gateway.site}/${plan.gateway.id}/#`, { qos: 1 });
      return recorder;
    } catch {
      throw couldNotRun(`--out: no MQTT broker answers at ${url}, so nothing can be recorded from it`);
    }
  }

  async stop(): Promise<readonly Uint8Array[]> {
    await this.#client.endAsync();
    return this.#messages;
  }
}
