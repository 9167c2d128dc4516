/** aedes on loopback: an MQTT 3.1.1 broker inside the simulator's process. */
import { createServer, type Server, type Socket } from "node:net";
import { Aedes } from "aedes";

export class EmbeddedBroker {
  readonly port: number;
  readonly #aedes: Aedes;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;

  private constructor(aedes: Aedes, server: Server, sockets: Set<Socket>) {
    this.#aedes = aedes;
    this.#server = server;
    this.#sockets = sockets;
    this.port = (server.address() as { port: number }).port;
  }

  /** Listens on `preferredPort`, or on any free port when that is taken. */
  static async start(preferredPort: number): Promise<EmbeddedBroker> {
    const aedes = await Aedes.createBroker();
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
      aedes.handle(socket);
    });
    try {
      await listen(server, preferredPort);
    } catch {
      await listen(server, 0);
    }
    return new EmbeddedBroker(aedes, server, sockets);
  }

  /** For a scenario's `fault: broker down`: no new connections, and the standing ones end. */
  async down(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async up(): Promise<void> {
    if (!this.#server.listening) await listen(this.#server, this.port);
  }

  async close(): Promise<void> {
    await this.down();
    await new Promise<void>((resolve) => this.#aedes.close(() => resolve()));
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
}
