/** The search on lines of the world that have their own speed, echo, a babbler, or nobody. */
import { describe, expect, it } from "vitest";
import { ModbusSlave } from "../../drivers/modbus/slave-emulator";
import type { SerialConstructor, SerialOptions } from "../../hal/io";
import { WorldBoard } from "../world/board";
import { Kernel } from "../world/kernel";
import { RandomBranch } from "../world/random";
import { Finding, type LineSettings, listen, modeName, searchLine } from "./line-search";

const RIGHT: LineSettings = { baud: 19_200, data: 8, parity: "even", stop: 1 };

function site({ unit = 1, echo = false, dead = false } = {}) {
  const kernel = new Kernel();
  const board = new WorldBoard(kernel, new RandomBranch(1));
  const line = board.serial(1);
  line.echo = echo;
  let settings: SerialOptions | undefined;
  const World = board.io.Serial as SerialConstructor;
  /** The world's line takes the speed that the gateway chose; this one garbles what is sent at any but its own. */
  class Serial extends World {
    constructor(options: SerialOptions) {
      super(options);
      settings = options;
    }
  }
  const fits = () =>
    settings?.baud === RIGHT.baud && settings.parity === RIGHT.parity && (settings.stop ?? 1) === RIGHT.stop;
  line.attach((port) => {
    const slave = new ModbusSlave({
      unit,
      turnaroundUs: 5_000,
      transmit: (bytes, delayUs) => port.transmit(bytes, delayUs),
      read: () => (dead ? 4 : 0),
    });
    return {
      receive: (bytes) => {
        if (fits()) slave.receive(bytes);
        // Nearly the right speed: it answers with what nobody can read.
        else if (settings?.baud === RIGHT.baud && bytes.length > 0) port.transmit(Uint8Array.of(0x5a), 20_000);
      },
    };
  });
  const wait = async (ms: number) => kernel.runUntil(kernel.nowUs() + Math.ceil(ms * 1000));
  const tried: string[] = [];
  const options = {
    Serial: Serial as SerialConstructor,
    port: 1,
    wait,
    unit: 1,
    register: 0,
    timeoutMs: 150,
    onTry: (one: LineSettings, finding: Finding) => tried.push(`${one.baud} ${modeName(one)} ${finding}`),
  };
  return { kernel, board, line, options, tried };
}

describe("the search for a line's settings", () => {
  it("ends at the first that is answered, and tells near misses from silence", async () => {
    const one = site();
    expect(await searchLine(one.options)).toEqual(RIGHT);
    expect(one.tried.slice(-2)).toEqual([`19200 8N1 ${Finding.noise}`, `19200 8E1 ${Finding.answer}`]);
    expect(one.tried[0]).toBe(`9600 8N1 ${Finding.silence}`);
  });

  it("takes an exception for an answer", async () => {
    expect(await searchLine(site({ dead: true }).options)).toEqual(RIGHT);
  });

  it("sees its own echo, and the answer behind it", async () => {
    const alone = site({ unit: 9, echo: true });
    expect(await searchLine(alone.options)).toBeUndefined();
    expect(alone.tried[0]).toBe(`9600 8N1 ${Finding.echo}`);
    expect(await searchLine(site({ echo: true }).options)).toEqual(RIGHT);
  });

  it("ends when nobody answers", async () => {
    const one = site({ unit: 9 });
    expect(await searchLine(one.options)).toBeUndefined();
    expect(one.tried).toHaveLength(32);
  });
});

describe("listening", () => {
  it("hears another master, and a quiet line", async () => {
    const one = site();
    expect(await listen(one.options, RIGHT, 2_000)).toBe(0);
    one.line.attach((port) => {
      one.kernel.after(500_000, () => port.transmit(Uint8Array.of(1, 3, 0, 0, 0, 1, 0x84, 0x0a), 0));
      return { receive: () => {} };
    });
    // Its request, and the answer that it gets.
    expect(await listen(one.options, RIGHT, 2_000)).toBe(8 + 7);
  });

  it("says that there is no such port", async () => {
    class Missing {
      constructor(options: SerialOptions) {
        queueMicrotask(() => options.onError?.call(this as never, new Error("no such file")));
      }
      close(): void {}
    }
    const Serial = Missing as unknown as SerialConstructor;
    const wait = () => new Promise<void>((resolve) => setTimeout(resolve, 1));
    await expect(listen({ Serial, port: "/dev/nothing", wait }, RIGHT, 10)).rejects.toThrow("no such file");
  });
});
