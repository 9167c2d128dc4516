/** The world's end of the bridge: its clock, chance and IO instances at the gateway's service. */

import { utf8Bytes } from "../../../firmware/uplink/utf8";
import type { Clock, Timer } from "../../../hal/clock";
import type { Crypto } from "../../../hal/crypto";
import type { FlashPartition } from "../../../hal/flash";
import type { Analog, Digital, I2C, IOProvider, PulseCount, Serial, SPI, TCP, UDP } from "../../../hal/io";
import { closedError } from "../../../hal/io-options";
import type { LightEmitter } from "../../../hal/light";
import type { Random } from "../../../hal/random";
import type { SimulatedSigner } from "../../simulated-key";
import {
  Ask,
  type BridgeHost,
  Callback,
  COUNTER_NAMES,
  FIRST_INSTANCE,
  INSTANCE_STEP,
  Kind,
  NOTHING,
  ReadFlag,
  Tell,
} from "./protocol";

declare const host: BridgeHost;

export type WorldPlatform = {
  readonly clock: Clock;
  readonly random: Random;
  readonly crypto: Crypto;
  readonly io: IOProvider;
};

/** The gateway in the other machine, as a simulation drives it. */
export class RemoteGateway {
  readonly #platform: WorldPlatform;
  readonly #timers = new Map<number, Timer>();
  readonly #instances = new Map<number, Bridged>();
  #next = FIRST_INSTANCE;
  /** Numbers of closed instances, to be used again: a gateway reconnects often. */
  readonly #free: number[] = [];

  constructor(platform: WorldPlatform) {
    this.#platform = platform;
    host.onCall(this.#answer, 0, this);
  }

  start(): void {
    host.call(Tell.start);
  }

  stopSampling(): void {
    host.call(Tell.stopSampling);
  }

  acknowledge(alarm: string): boolean {
    return host.call(Tell.acknowledge, 0, 0, 0, alarm) === 1;
  }

  command(device: string, command: string, point: string): boolean {
    return host.call(Tell.command, 0, 0, 0, `${device} ${command} ${point}`) === 1;
  }

  get undelivered(): number {
    return host.call(Tell.undelivered);
  }

  counters(): { readonly [name in (typeof COUNTER_NAMES)[number]]: number } {
    const values = new Float64Array(host.call(Tell.counters) as unknown as ArrayBuffer);
    const counters = {} as Record<(typeof COUNTER_NAMES)[number], number>;
    COUNTER_NAMES.forEach((name, i) => {
      counters[name] = values[i];
    });
    return counters;
  }

  #answer(op: number, a: number, b: number, c: number, bytes: ArrayBuffer | undefined): unknown {
    const { clock, random, crypto } = this.#platform;
    switch (op) {
      case Ask.nowUs:
        return clock.nowUs();
      case Ask.wallMs:
        return clock.wallMs();
      case Ask.wallQuality:
        return clock.wallQuality();
      case Ask.timer:
        return this.#timer();
      case Ask.arm:
        return this.#timers.get(a)!.arm(b);
      case Ask.disarm:
        return this.#timers.get(a)!.disarm();
      case Ask.random:
        return random.uint32();
      case Ask.sha256:
        return exactly(crypto.sha256(new Uint8Array(bytes!)));
      case Ask.secret:
        return exactly((crypto.signer as SimulatedSigner | undefined)?.secret ?? new Uint8Array(0));
      case Ask.open:
        return this.#open(a, b, JSON.parse(textOf(bytes!)) as object);
      case Ask.close:
        return this.#close(a);
      default:
        return this.#instance(a).answer(op, b, c, bytes);
    }
  }

  #number(): number {
    const reused = this.#free.pop();
    if (reused !== undefined) return reused;
    const id = this.#next;
    this.#next += INSTANCE_STEP;
    return id;
  }

  #timer(): number {
    const id = this.#number();
    this.#timers.set(
      id,
      this.#platform.clock.timer(() => void host.call(id)),
    );
    return id;
  }

  #open(kind: number, callbacks: number, options: object): number {
    const { io } = this.#platform;
    const id = this.#number();
    const whole = { ...options, ...callbacksOf(id, callbacks) } as never;
    this.#instances.set(id, bridged(kind, io, whole));
    return id;
  }

  #instance(id: number): Bridged {
    const instance = this.#instances.get(id);
    if (instance === undefined) throw closedError("IO instance");
    return instance;
  }

  #close(id: number): void {
    this.#instance(id).io.close();
    this.#instances.delete(id);
    this.#free.push(id);
  }
}

/** Only what the gateway listens to is passed on. */
function callbacksOf(id: number, callbacks: number): object {
  const has = (callback: number) => (callbacks & (1 << callback)) !== 0;
  return {
    ...(has(Callback.readable) ? { onReadable: (count: number) => void host.call(id + Callback.readable, count) } : {}),
    ...(has(Callback.writable) ? { onWritable: (count: number) => void host.call(id + Callback.writable, count) } : {}),
    ...(has(Callback.error)
      ? {
          onError: (error: unknown) => {
            if (error instanceof Error) host.call(id + Callback.error, 0, 0, 0, error.message);
            else host.call(id + Callback.error);
          },
        }
      : {}),
  };
}

/** One IO instance of the world and how its class answers. */
type Bridged = {
  readonly io: { close(): void };
  answer(op: number, b: number, c: number, bytes: ArrayBuffer | undefined): unknown;
};

function bridged(kind: number, io: IOProvider, options: never): Bridged {
  switch (kind) {
    case Kind.i2c:
      return i2c(new io.I2C!(options));
    case Kind.spi:
      return spi(new io.SPI!(options));
    case Kind.serial:
      return stream(new io.Serial!(options));
    case Kind.tcp:
      return stream(new io.TCP!(options));
    case Kind.udp:
      return packets(new io.UDP!(options));
    case Kind.digital:
      return pin(new io.Digital!(options));
    case Kind.analog:
      return pin(new io.Analog!(options));
    case Kind.light:
      return light(new io.LightEmitter!(options));
    case Kind.pulses:
      return pin(new io.PulseCount!(options));
    case Kind.flash:
      return flash(io.flash!.open(options));
    default:
      throw new Error(`the bridge knows no IO class ${kind}`);
  }
}

function i2c(io: I2C): Bridged {
  return {
    io,
    answer(op, b, c, bytes) {
      if (op === Ask.read) return io.read(b, (c & ReadFlag.noStop) === 0);
      if (op === Ask.writeRead) return io.writeRead(bytes!, b);
      return io.write(bytes!, (b & ReadFlag.noStop) === 0);
    },
  };
}

function spi(io: SPI): Bridged {
  return {
    io,
    answer(op, b, c, bytes) {
      if (op === Ask.read) return io.read(b);
      if (op === Ask.flush) return b === 0 ? io.flush() : io.flush(c === 1);
      if (op === Ask.write) return io.write(bytes!);
      io.transfer(bytes!);
      return bytes!;
    },
  };
}

function light(io: LightEmitter): Bridged {
  return {
    io,
    answer(op, b, c, bytes) {
      const octets = new Uint8Array(bytes!);
      if (op === Ask.shine) io.shine(b, octets, c);
      // The header is not told apart from the rest: whoever looks at the light must read all of it.
      else io.send({ octets, preambleChips: b, bitsAt: (b + 7) >> 3, bitCount: c, headerBits: 0, headerLength: -1 });
      return undefined;
    },
  };
}

function pin(io: Digital | Analog | PulseCount): Bridged {
  return {
    io,
    answer(op, _b, c, bytes) {
      if (op === Ask.read) return io.read();
      if (op === Ask.resolution) return (io as Analog).resolution;
      if (op === Ask.write) (io as Digital | PulseCount).write(c);
      else if (op === Ask.format) io.format = textOf(bytes!);
      return undefined;
    },
  };
}

function stream(io: Serial | TCP): Bridged {
  return {
    io,
    answer(op, b, c, bytes) {
      switch (op) {
        case Ask.read: {
          const got = (c & ReadFlag.all) !== 0 ? io.read() : io.read(b);
          return got === undefined ? NOTHING : got;
        }
        case Ask.write:
          return io.write(bytes ?? c);
        case Ask.format:
          io.format = textOf(bytes!);
          return undefined;
        case Ask.flush:
          if (b === 0) return (io as Serial).flush();
          return (io as Serial).flush((c & 1) !== 0, (c & 2) !== 0);
      }
      return undefined;
    },
  };
}

function packets(io: UDP): Bridged {
  let address = "";
  let port = 0;
  return {
    io,
    answer(op, b, _c, bytes) {
      if (op === Ask.sendTo) {
        address = textOf(bytes!);
        port = b;
      } else if (op === Ask.write) io.write(bytes!, address, port);
      else if (op === Ask.format) io.format = textOf(bytes!);
      else {
        const packet = io.read();
        if (packet === undefined) return NOTHING;
        const from = utf8Bytes(packet.address);
        const whole = new Uint8Array(3 + from.length + packet.byteLength);
        whole.set([packet.port >> 8, packet.port & 255, from.length]);
        whole.set(from, 3);
        whole.set(new Uint8Array(packet), 3 + from.length);
        return whole.buffer;
      }
      return undefined;
    },
  };
}

function flash(io: FlashPartition): Bridged {
  return {
    io,
    answer(op, b, c, bytes) {
      if (op === Ask.read) return io.read(c, b);
      if (op === Ask.write) io.write(bytes!, b);
      else if (op === Ask.erase) io.eraseBlock(b, c);
      else {
        const { blocks, blockLength } = io.status();
        return b === 0 ? blocks : blockLength;
      }
      return undefined;
    },
  };
}

function exactly(bytes: Uint8Array): ArrayBufferLike {
  return bytes.slice().buffer;
}

function textOf(bytes: ArrayBuffer): string {
  return (String as unknown as { fromArrayBuffer(bytes: ArrayBuffer): string }).fromArrayBuffer(bytes);
}
