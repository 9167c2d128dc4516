/** A small ECMA-419 driver, written without this house in mind, against our emulator; and what a driver may ask in vain. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { SHT3xEmulator } from "../../drivers/sht3x/emulator";
import { i2cSuite } from "../../hal/i2c.test-suite";
import { type ForeignSensorClass, foreignBench, PINS } from "./bench.test-suite";
import { loadDriver } from "./loader";
import { smbusClass } from "./smbus";

const EXAMPLE = fileURLToPath(new URL("./example-driver.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "argand-driver-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function example(options: object = {}) {
  const bench = foreignBench({ address: 0x44, part: (plan, context) => new SHT3xEmulator(plan, context) });
  const { default: Climate } = await loadDriver({ file: EXAMPLE, modules: bench.modules });
  const readings: unknown[] = [];
  const errors: unknown[] = [];
  const sensor = new (Climate as ForeignSensorClass)({
    sensor: { ...PINS, io: bench.I2C },
    onReadable() {
      readings.push(sensor.sample());
    },
    onError: (error: unknown) => errors.push(error),
    ...options,
  });
  return { ...bench, sensor, readings, errors };
}

describe("a driver that was written elsewhere", () => {
  it("measures by itself, in virtual time", async () => {
    const { wait, air, readings, sensor } = await example();
    wait(1_100_000);
    air.temperature = -12.25;
    wait(1_000_000);
    expect(readings).toMatchObject([
      { ticks: 1002, took: 16, thermometer: { temperature: expect.closeTo(21.5, 2) } },
      {
        ticks: 2002,
        thermometer: { temperature: expect.closeTo(-12.25, 2) },
        hygrometer: { humidity: expect.closeTo(45, 2) },
      },
    ]);
    sensor.close();
    wait(5_000_000);
    expect(readings).toHaveLength(2);
  });

  it("meets the faults of our bus", async () => {
    const { wait, bus, readings, errors } = await example();
    bus.corruptNext();
    wait(1_100_000);
    bus.nackNext();
    wait(1_000_000);
    expect(errors).toMatchObject([{ message: "checksum" }, { code: "no-acknowledge" }]);
    wait(1_000_000);
    expect(readings).toHaveLength(1);
  });

  it("lives in the world that loaded it, beside another", async () => {
    const one = await example();
    const other = await example({ interval: 100 });
    one.wait(1_100_000);
    other.wait(500_000);
    expect([one.readings.length, other.readings.length]).toEqual([1, 4]);
  });
});

describe("the loader", () => {
  async function load(source: string, natives?: object) {
    const file = join(folder, "driver.js");
    writeFileSync(file, source);
    const { modules } = foreignBench({ address: 1, part: () => ({ i2c: { write: () => true, read: () => true } }) });
    return loadDriver({ file, modules, ...(natives === undefined ? {} : { natives: natives as never }) });
  }

  it("names what a driver asks for and this host does not have", async () => {
    await expect(load('import Digital from "embedded:io/digital"; export default Digital;')).rejects.toMatchObject({
      code: "driver-load",
      message: expect.stringContaining('needs module "embedded:io/digital"'),
    });
    await expect(load('export default class { #sum(a) @ "xs_sum"; }')).rejects.toThrow("native function xs_sum");
  });

  it("says the line of a mistake", async () => {
    await expect(load("\n\nexport default class {")).rejects.toThrow(/driver\.js:3: /);
    await expect(load('\nimport a from "./nowhere.js"; export default a;')).rejects.toThrow(/driver\.js:2: /);
  });

  it("reads what lies beside the driver", async () => {
    writeFileSync(join(folder, "table.js"), "export const ANSWER = 42;");
    expect((await load('import { ANSWER } from "./table.js"; export default ANSWER;')).default).toBe(42);
  });

  it("answers functions that the SDK has in C", async () => {
    const source = `class Host @ "xs_host_destructor" { constructor() @ "xs_host"; }
      export default class extends Host { base = 1; #sum(a, b) @ "xs_sum"; sum(a, b) { return this.#sum(a, b); } }`;
    const made: object[] = [];
    const natives = {
      xs_host(this: object) {
        made.push(this);
      },
      xs_sum(this: { base: number }, a: number, b: number) {
        return this.base + a + b;
      },
    };
    const Sum = (await load(source, natives)).default as new () => { sum(a: number, b: number): number };
    const sum = new Sum();
    expect(sum.sum(2, 3)).toBe(6);
    expect(made).toEqual([sum]);
  });
});

/** An I2C device that stores what is written to it and reads it back. */
i2cSuite("SMBus over the world's I2C", () => {
  let stored = new Uint8Array(0);
  const store = {
    write: (bytes: Uint8Array) => {
      stored = bytes.slice();
      return true;
    },
    read: (into: Uint8Array) => {
      for (let i = 0; i < into.length; i++) into[i] = stored[i] ?? 0xff;
      return true;
    },
  };
  const { I2C } = foreignBench({ address: 0x20, part: () => ({ i2c: store }) });
  return { I2C: smbusClass(I2C), options: { ...PINS, hz: 100_000, address: 0x20 }, deadAddress: 0x21 };
});

describe("SMBus", () => {
  const heard: number[][] = [];
  const { SMBus } = foreignBench({
    address: 0x20,
    part: () => ({
      i2c: {
        write: (bytes) => {
          heard.push([...bytes]);
          return true;
        },
        read: (into) => {
          into.set([0x12, 0x34, 0x56].slice(0, into.length));
          return true;
        },
      },
    }),
  });
  const bus = new SMBus({ ...PINS, hz: 100_000, address: 0x20 });

  it("writes and reads registers, words in either order of bytes", () => {
    heard.length = 0;
    bus.writeUint8(1, 0xab);
    bus.writeUint16(2, 0xabcd);
    bus.writeUint16(3, 0xabcd, true);
    bus.writeBuffer(4, Uint8Array.of(5, 6).buffer);
    bus.sendByte(7);
    bus.writeQuick();
    expect(heard).toEqual([[1, 0xab], [2, 0xcd, 0xab], [3, 0xab, 0xcd], [4, 5, 6], [7], []]);
    expect([bus.readUint8(1), bus.readUint16(1), bus.readUint16(1, true), bus.receiveByte()]).toEqual([
      0x12, 0x3412, 0x1234, 0x12,
    ]);
    expect([...new Uint8Array(bus.readBuffer(1, 3))]).toEqual([0x12, 0x34, 0x56]);
    const words = new Uint16Array(1);
    bus.readBuffer(1, words.buffer);
    expect(words[0]).toBe(0x3412);
    expect(() => bus.readUint8(256)).toThrow(RangeError);
  });
});
