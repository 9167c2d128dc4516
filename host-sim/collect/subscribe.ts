/** Listens to a broker with MQTT.js, and acknowledges a message when whoever takes it has it safely. */

import mqtt, { type MqttClient } from "mqtt";
import { EVIDENCE } from "./evidence";

export type SubscribeOptions = {
  readonly url: string;
  /** Under which the broker keeps what comes while this collector is away. */
  readonly client: string;
  /** Share the load with others of this group: the broker gives each message to one of them (MQTT 5 section 4.8.2). */
  readonly share?: string;
  /** Keeps the message; what it throws ends the subscription, and the message is not acknowledged. */
  readonly take: (topic: string, payload: Uint8Array) => void;
};

/** What of a gateway is for one collector of a group, and what every one of them must know. */
const TRACE = "argand/v1/+/+/trace/#";
const CONNECT_TIMEOUT_MS = 5_000;
/** How long a broker keeps the session of a collector that is away. */
const SESSION_S = 7 * 24 * 3600;

export class Subscription {
  readonly #client: MqttClient;
  readonly ended: Promise<void>;
  #end: (error?: Error) => void = () => {};

  private constructor(client: MqttClient, options: SubscribeOptions) {
    this.#client = client;
    this.ended = new Promise((resolve, reject) => {
      this.#end = (error) => (error === undefined ? resolve() : reject(error));
    });
    // MQTT.js sends PUBACK when the callback has been called without an error.
    client.handleMessage = (packet, done) => {
      try {
        options.take(packet.topic, packet.payload as Buffer);
        done();
      } catch (error) {
        client.end(true);
        this.#end(error as Error);
      }
    };
  }

  /** @throws Error when no broker answers, or it refuses the subscription */
  static async open(options: SubscribeOptions): Promise<Subscription> {
    const client = mqtt.connect(options.url, {
      protocolVersion: 5,
      clean: false,
      clientId: options.client,
      properties: { sessionExpiryInterval: SESSION_S, receiveMaximum: 64 },
      connectTimeout: CONNECT_TIMEOUT_MS,
      reconnectPeriod: 1_000,
      resubscribe: false,
    });
    const subscription = new Subscription(client, options);
    await new Promise<void>((resolve, reject) => {
      client.once("connect", () => resolve());
      client.once("error", (error) => reject(error));
      client.once("close", () => reject(new Error("the broker closed the connection")));
    }).catch((error: Error) => {
      client.end(true);
      throw error;
    });
    const prefix = options.share === undefined ? "" : `$share/${options.share}/`;
    // Retained documents do not come to a shared subscription: each collector asks for them itself.
    const topics = [...EVIDENCE.map((what) => `${prefix}argand/v1/+/+/${what}`), TRACE];
    const granted = await client.subscribeAsync(topics, { qos: 1 });
    const refused = granted.find(({ qos }) => (qos as number) >= 0x80);
    if (refused !== undefined) {
      client.end(true);
      throw new Error(`the broker refuses the subscription to ${refused.topic}`);
    }
    return subscription;
  }

  close(): Promise<void> {
    this.#end();
    return this.#client.endAsync();
  }
}
