import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SerialPort } from "../../drivers/emulation";
import type { SerialOptions } from "../../hal/io";
import { serialSuite } from "../../hal/serial.test-suite";
import { WorldBoard } from "./board";
import { Kernel } from "./kernel";
import { RandomBranch } from "./random";
import { virtualTime } from "./virtual-time.test-suite";

/** A device that notes what it hears and when, and talks when the test says so. */
class Device {
  readonly heard: number[] = [];
  readonly atUs: number[] = [];
  port: SerialPort | undefined;
}

function world(seed = 1) {
  const kernel = new Kernel();
  const board = new WorldBoard(kernel, new RandomBranch(seed));
  const line = board.serial(1);
  const hang = (): Device => {
    const device = new Device();
    line.attach((port) => {
      device.port = port;
      return {
        receive: (bytes) => {
          device.heard.push(...bytes);
          for (const _ of bytes) device.atUs.push(kernel.nowUs());
        },
      };
    });
    return device;
  };
  const open = (options: Partial<SerialOptions> = {}) => {
    const got: number[] = [];
    const arrivals: { count: number; atUs: number }[] = [];
    const serial = new board.io.Serial!({
      port: 1,
      baud: 10_000,
      onReadable(count) {
        arrivals.push({ count, atUs: kernel.nowUs() });
        got.push(...new Uint8Array(this.read() as ArrayBuffer));
      },
      ...options,
    });
    return { serial, got, arrivals };
  };
  return { kernel, board, line, hang, open };
}

serialSuite("the world", () => {
  const { kernel, board, hang } = world();
  const device = hang();
  return {
    ...virtualTime(kernel),
    Serial: board.io.Serial!,
    options: { baud: 19200, port: 1 },
    heard: () => device.heard,
    say: (bytes) => device.port!.transmit(bytes, 0),
  };
});

describe("SerialLine", () => {
  it("delivers each byte to a device when its last stop bit ends: 1 ms at 10,000 baud 8N1", () => {
    const { kernel, hang, open } = world();
    const device = hang();
    open().serial.write(Uint8Array.of(1, 2, 3));
    kernel.runUntil(10_000);
    expect(device.heard).toEqual([1, 2, 3]);
    expect(device.atUs).toEqual([1000, 2000, 3000]);
  });

  it("takes eleven bits for a character with parity", () => {
    const { kernel, hang, open } = world();
    const device = hang();
    open({ parity: "even" }).serial.write(Uint8Array.of(1));
    kernel.runUntil(10_000);
    expect(device.atUs).toEqual([1100]);
  });

  it("does not drift at a baud rate that does not divide a microsecond", () => {
    const { kernel, hang, open } = world();
    const device = hang();
    open({ baud: 115_200 }).serial.write(new Uint8Array(1000));
    kernel.runUntil(1_000_000);
    expect(device.atUs.at(-1)).toBe(Math.floor((1000 * 10 * 1_000_000) / 115_200));
  });

  it("lets a device answer after its turnaround time", () => {
    const { kernel, hang, open } = world();
    const device = hang();
    const { serial, got, arrivals } = open();
    serial.write(Uint8Array.of(1));
    kernel.runUntil(1000);
    device.port!.transmit(Uint8Array.of(7, 8), 3500);
    kernel.runUntil(20_000);
    expect(got).toEqual([7, 8]);
    // Sent from 4500 to 6500 µs; the UART's FIFO hands over after two characters of silence.
    expect(arrivals).toEqual([{ count: 2, atUs: 8500 }]);
  });

  it("hands bytes to the gateway in pieces of its FIFO, so a frame arrives in several onReadable", () => {
    const { kernel, hang, open } = world();
    const device = hang();
    const { got, arrivals } = open();
    device.port!.transmit(new Uint8Array(40).fill(5), 0);
    kernel.runUntil(100_000);
    expect(got).toHaveLength(40);
    expect(arrivals.map((arrival) => [arrival.count, arrival.atUs])).toEqual([
      [16, 16_000],
      [16, 32_000],
      [8, 42_000],
    ]);
  });

  it("lets every other station hear a talker, but not the talker itself", () => {
    const { kernel, hang, open } = world();
    const [a, b] = [hang(), hang()];
    const { got } = open();
    a.port!.transmit(Uint8Array.of(1, 2), 0);
    kernel.runUntil(20_000);
    expect([a.heard, b.heard, got]).toEqual([[], [1, 2], [1, 2]]);
  });

  it("lets the gateway hear itself where the adapter echoes", () => {
    const { kernel, line, open } = world();
    line.echo = true;
    const { serial, got } = open();
    serial.write(Uint8Array.of(1, 2));
    kernel.runUntil(20_000);
    expect(got).toEqual([1, 2]);
  });

  it("garbles characters that overlap, and counts", () => {
    const { kernel, line, hang, open } = world();
    const [a, b, c] = [hang(), hang(), hang()];
    const { got } = open();
    a.port!.transmit(new Uint8Array(20).fill(0xaa), 0);
    b.port!.transmit(new Uint8Array(20).fill(0xaa), 500);
    kernel.runUntil(100_000);
    expect(line.collisions).toBeGreaterThan(0);
    expect(c.heard).toHaveLength(40);
    expect(c.heard.filter((byte) => byte !== 0xaa).length).toBeGreaterThan(30);
    expect(got).toEqual(c.heard);
    // Who talks is deaf: only the end of the longer transmission is heard by the other.
    expect([a.heard.length, b.heard.length]).toEqual([1, 0]);
  });

  it("does not take an answer that begins as a character ends for a collision", () => {
    const { kernel, line, hang, open } = world();
    const device = hang();
    const { serial, got } = open();
    serial.write(Uint8Array.of(1));
    device.port!.transmit(Uint8Array.of(2), 1000);
    kernel.runUntil(20_000);
    expect(line.collisions).toBe(0);
    expect([device.heard, got]).toEqual([[1], [2]]);
  });

  it("flips single bits with the probability of its noise, the same ones for the same seed", () => {
    const run = (seed: number): number[] => {
      const { kernel, line, hang, open } = world(seed);
      const device = hang();
      line.noise = 0.1;
      const { serial } = open();
      for (let i = 0; i < 10; i++) {
        serial.write(new Uint8Array(1000));
        kernel.runUntil(kernel.nowUs() + 1_000_000);
      }
      expect(device.heard).toHaveLength(10_000);
      expect(device.heard.filter((byte) => byte !== 0)).toHaveLength(line.noisyBytes);
      for (const byte of device.heard) expect([0, 1, 2, 4, 8, 16, 32, 64, 128]).toContain(byte);
      return device.heard;
    };
    const noisy = run(1).filter((byte) => byte !== 0).length;
    expect(noisy).toBeGreaterThan(800);
    expect(noisy).toBeLessThan(1200);
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(run(2));
  });

  it("counts bytes and busy time", () => {
    const { kernel, line, open } = world();
    open().serial.write(new Uint8Array(25));
    kernel.runUntil(100_000);
    expect([line.bytes, line.busyUs]).toEqual([25, 25_000]);
  });

  it("loses and counts what arrives when nobody reads", () => {
    const { kernel, board, hang } = world();
    const device = hang();
    const serial = new board.io.Serial!({ port: 1, baud: 10_000 });
    device.port!.transmit(new Uint8Array(1024), 0);
    kernel.runUntil(2_000_000);
    device.port!.transmit(Uint8Array.of(9), 0);
    kernel.runUntil(3_000_000);
    expect((serial.read() as ArrayBuffer).byteLength).toBe(1024);
    expect((serial as unknown as { overruns: number }).overruns).toBe(1);
  });

  it("throws when a device has more to say than its queue takes", () => {
    const { hang } = world();
    const device = hang();
    expect(() => device.port!.transmit(new Uint8Array(1025), 0)).toThrow(
      expect.objectContaining({ code: "buffer-full" }),
    );
  });

  it("may be left by the gateway from inside onReadable, while others go on hearing", () => {
    const { kernel, board, line, hang } = world();
    const first = hang();
    const serial = new board.io.Serial!({
      port: 1,
      baud: 10_000,
      onReadable() {
        serial.close();
      },
    });
    const last = hang();
    first.port!.transmit(new Uint8Array(32).fill(3), 0);
    kernel.runUntil(100_000);
    expect(last.heard).toHaveLength(32);
    expect(line.collisions).toBe(0);
  });

  it("finds a line by its pins where there is no port, and one by its name", () => {
    const { kernel, board } = world();
    const heard: number[] = [];
    board.serialPins(16, 17).attach(() => ({ receive: (bytes) => void heard.push(...bytes) }));
    board.serial("/dev/ttyUSB0").attach(() => ({ receive: (bytes) => void heard.push(...bytes) }));
    new board.io.Serial!({ receive: 16, transmit: 17, baud: 9600 }).write(Uint8Array.of(1));
    kernel.runUntil(10_000);
    new board.io.Serial!({ port: "/dev/ttyUSB0", baud: 9600 }).write(Uint8Array.of(2));
    kernel.runUntil(20_000);
    expect(heard).toEqual([1, 2]);
  });

  it("passes characters on together to those who take them quietly, and each where one does not", () => {
    const { kernel, line, open } = world();
    const heard: [number[], number][] = [];
    let left = 5;
    line.attach(() => ({
      receive: (bytes) => {
        heard.push([[...bytes], kernel.nowUs()]);
        left = 1;
      },
      quietFor: () => left,
    }));
    open().serial.write(Uint8Array.of(1, 2, 3, 4, 5, 6, 7));
    const before = kernel.executed;
    kernel.runUntil(20_000);
    expect(heard).toEqual([
      [[1, 2, 3, 4, 5], 5000],
      [[6], 6000],
      [[7], 7000],
    ]);
    // The beginning, three ends, the port that tells that it can be written, once more when all is out.
    expect(kernel.executed - before).toBeLessThan(7);
  });

  it("has counted what ended within a run, at any time", () => {
    const { kernel, line, open } = world();
    line.attach(() => ({ receive: () => {}, quietFor: () => 100 }));
    open().serial.write(new Uint8Array(10));
    for (let ms = 1; ms <= 10; ms++) {
      kernel.runUntil(ms * 1000 + 500);
      expect([line.bytes, line.busyUs]).toEqual([ms, ms * 1000]);
    }
  });

  it("has room again for what began within a run", () => {
    const { kernel, line, open } = world();
    line.attach(() => ({ receive: () => {}, quietFor: () => 2000 }));
    const { serial } = open();
    serial.write(new Uint8Array(1024));
    kernel.runUntil(99_500);
    expect(() => serial.write(new Uint8Array(101))).toThrow(expect.objectContaining({ code: "buffer-full" }));
    serial.write(new Uint8Array(100));
    kernel.runUntil(2_000_000);
    expect(line.bytes).toBe(1124);
  });

  /** What three stations that talk at random hear and when, with a fourth that makes each character an event or not. */
  type Word = { readonly who: number; readonly atMs: number; readonly length: number };
  function babble(words: readonly Word[], each: boolean) {
    const { kernel, board, line } = world(3);
    const log: string[] = [];
    const ports: SerialPort[] = [];
    const hang = (name: string, quiet: number) =>
      line.attach((port) => {
        ports.push(port);
        let count = 0;
        return {
          receive: (bytes) => {
            for (const byte of bytes) {
              count++;
              // Only with every so many bytes the time counts.
              log.push(count % quiet === 0 ? `${name} ${byte} at ${kernel.nowUs()}` : `${name} ${byte}`);
            }
          },
          quietFor: () => quiet - (count % quiet),
        };
      });
    hang("a", 3);
    hang("b", 7);
    if (each) line.attach(() => ({ receive: () => {} }));
    let serial: ReturnType<typeof open> | undefined;
    const open = () =>
      new board.io.Serial!({
        port: 1,
        baud: 10_000,
        onReadable(count) {
          log.push(`gateway ${count} at ${kernel.nowUs()}: ${new Uint8Array(this.read() as ArrayBuffer)}`);
        },
        onWritable(count) {
          log.push(`writable ${count} at ${kernel.nowUs()}`);
        },
      });
    serial = open();
    const say = (name: string, act: () => void) => {
      try {
        act();
      } catch (error) {
        log.push(`${name} ${(error as Error).message} at ${kernel.nowUs()}`);
      }
    };
    words.forEach(({ who, atMs, length }, i) => {
      // No two of them meet in one microsecond, nor what follows from them.
      const atUs = 1000 * atMs + 37 * i;
      kernel.at(atUs, () => {
        const bytes = Uint8Array.from({ length: atMs % 4 === 0 ? 17 * length : length }, (_, i) => i + atUs);
        if (who < 2) say(who === 0 ? "a" : "b", () => ports[who].transmit(bytes, (atMs % 3) * 500));
        else if (who === 2) say("gateway", () => serial!.write(bytes));
        else if (who === 3) serial!.flush();
        else if (who === 4) serial!.flush(length % 2 === 0, true);
        else if (who === 5) line.noise = length % 2 === 0 ? 0 : 0.2;
        else {
          serial!.close();
          serial = open();
        }
      });
    });
    kernel.runUntil(3_000_000);
    // The order among those who hear one run is theirs; each one's own is told apart by its name.
    return ["a", "b", "gateway", "writable"].map((name) => log.filter((line) => line.startsWith(`${name} `)));
  }

  it("is the same line whether or not somebody counts each character", () => {
    const word = fc.record({
      who: fc.nat({ max: 6 }),
      atMs: fc.nat({ max: 150 }),
      length: fc.integer({ min: 1, max: 60 }),
    });
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), (words) => {
        expect(babble(words, false)).toEqual(babble(words, true));
      }),
      { numRuns: Number(process.env["LINE_RUNS"] ?? 300) },
    );
  });

  it("carries any bytes in any portions unchanged", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 100 }), { maxLength: 8 }), (portions) => {
        const { kernel, hang, open } = world();
        const device = hang();
        const { serial, got } = open();
        for (const portion of portions) serial.write(portion);
        kernel.runUntil(2_000_000);
        for (const portion of portions) device.port!.transmit(portion, 100);
        kernel.runUntil(4_000_000);
        const all = portions.flatMap((portion) => [...portion]);
        expect(device.heard).toEqual(all);
        expect(got).toEqual(all);
      }),
      { numRuns: 50 },
    );
  });
});
