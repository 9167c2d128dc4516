/**
 * A serial server in the world's network: passes bytes between sockets and the slaves on its line, knows nothing of frames. One
 * line for all sockets, as the cheap ones have it.
 */
import type { Clock, Timer } from "../../hal/clock";
import type { TCP } from "../../hal/io";
import type { NetworkPort, SerialPort, SerialTarget } from "../emulation";

type Outgoing = { readonly bytes: Uint8Array; readonly atUs: number };

export class SerialServer {
  readonly #clock: Clock;
  readonly #timer: Timer;
  readonly #slaves: SerialTarget[] = [];
  readonly #sockets = new Set<TCP>();
  readonly #outgoing: Outgoing[] = [];

  constructor({ Listener, TCP, port }: NetworkPort, clock: Clock) {
    this.#clock = clock;
    this.#timer = clock.timer(() => this.flush());
    const server = this;
    new Listener({
      port,
      onReadable(count) {
        for (let i = 0; i < count; i++) {
          const from = this.read();
          if (from !== undefined) server.accept(TCP, from);
        }
      },
    });
  }

  /** Hangs a slave on the line. */
  attach(make: (port: SerialPort) => SerialTarget): void {
    this.#slaves.push(
      make({
        transmit: (bytes, delayUs) => {
          this.#outgoing.push({ bytes, atUs: this.#clock.nowUs() + delayUs });
          this.flush();
        },
      }),
    );
  }

  private accept(TCP: NetworkPort["TCP"], from: TCP): void {
    const server = this;
    const socket: TCP = new TCP({
      from,
      onReadable() {
        const bytes = new Uint8Array((this.read() as ArrayBuffer | undefined) ?? new ArrayBuffer(0));
        for (const slave of server.#slaves) slave.receive(bytes);
      },
      onError() {
        server.#sockets.delete(socket);
        socket.close();
      },
    });
    this.#sockets.add(socket);
  }

  private flush(): void {
    const nowUs = this.#clock.nowUs();
    let nextUs = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.#outgoing.length; ) {
      const { bytes, atUs } = this.#outgoing[i];
      if (atUs > nowUs) {
        if (atUs < nextUs) nextUs = atUs;
        i++;
        continue;
      }
      this.#outgoing.splice(i, 1);
      for (const socket of this.#sockets) socket.write(bytes);
    }
    if (nextUs < Number.POSITIVE_INFINITY) this.#timer.arm(nextUs);
  }
}
