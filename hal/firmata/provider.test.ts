/** The whole way: our classes, johnny-five and firmata-io, a socket, a virtual Arduino, and an emulated part on its I2C. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ReadOutcome, SHT3x } from "../../drivers/sht3x/driver";
import { analogSuite } from "../analog.test-suite";
import { digitalSuite } from "../digital.test-suite";
import { i2cSuite } from "../i2c.test-suite";
import { NodeClock } from "../node/clock";
import { realTime } from "../node/real-time.test-suite";
import { pwmSuite } from "../pwm.test-suite";
import { boardPackages } from "./packages";
import { type FirmataProvider, openFirmata } from "./provider";
import { CallableThread } from "./thread-call";

const present = isPresent();
const hasSocat = spawnSync("socat", ["-V"], { stdio: "ignore" }).error === undefined;
if (!hasSocat) console.warn("skipped: hal/firmata over a serial port (socat is not installed)");
if (!present) console.warn("skipped: hal/firmata (the optional packages johnny-five and firmata-io are not installed)");

const ARDUINO = new URL("./virtual-arduino.test-suite.ts", import.meta.url);
const I2C_OPTIONS = { data: 18, clock: 19, hz: 100_000 } as const;

async function plugIn() {
  const arduino = await CallableThread.start(ARDUINO, 20_000, () => {});
  const port = arduino.call("listen") as number;
  const lost: string[] = [];
  const provider = await openFirmata({ host: "127.0.0.1", port });
  provider.onLost = (reason) => lost.push(reason);
  const unplug = async () => {
    await provider.close();
    await arduino.end();
  };
  return { arduino, provider, port, lost, unplug };
}

describe.skipIf(!present)("hal/firmata", () => {
  let arduino: CallableThread;
  let provider: FirmataProvider;
  let unplug: () => Promise<void>;
  beforeAll(async () => {
    ({ arduino, provider, unplug } = await plugIn());
  });
  afterAll(() => unplug());

  digitalSuite("hal/firmata", () => ({
    ...realTime,
    Digital: provider.io.Digital,
    pin: 7,
    pullsDown: false,
    drive: (level) => void arduino.call("drive", 7, level),
    level: () => arduino.call("level", 7) as number,
    dispose: () => void arduino.call("drive", 7, undefined),
  }));

  analogSuite("hal/firmata", () => ({
    Analog: provider.io.Analog,
    pin: 15,
    apply: (share) => void arduino.call("apply", 15, share),
  }));

  pwmSuite("hal/firmata", () => ({
    PWM: provider.io.PWM,
    pin: 9,
    duty: () => (arduino.call("duty", 9) as number) / 255,
  }));

  i2cSuite("hal/firmata", () => ({
    I2C: provider.io.I2C,
    options: { ...I2C_OPTIONS, address: 0x20 },
    deadAddress: 0x21,
    holdsBus: false,
    hearsAcknowledge: false,
  }));

  it("says what board there is", () => {
    expect(provider.board).toMatchObject({ firmware: "VirtualFirmata.ino 2.6", analogBits: 10, pwmBits: 8 });
    expect(provider.board.pins).toHaveLength(20);
  });

  it.each([
    ["a pin that is not there", () => new provider.io.Digital({ pin: 99, mode: 0 })],
    ["a pin that is the serial line", () => new provider.io.Digital({ pin: 1, mode: 0 })],
    ["an analog input that is none", () => new provider.io.Analog({ pin: 13 })],
    ["a PWM pin that is none", () => new provider.io.PWM({ pin: 2 })],
    ["a name that is none", () => new provider.io.Digital({ pin: "LED", mode: 0 })],
  ])("refuses %s", (_what, make) => {
    expect(make).toThrow(expect.objectContaining({ code: "no-resource" }));
  });

  it("knows pins by the names that are printed beside them", () => {
    arduino.call("apply", 16, 1);
    const analog = new provider.io.Analog({ pin: "A2" });
    expect(analog.read()).toBe(1023);
    analog.close();
  });

  it("refuses what Firmata cannot do", () => {
    const unsupported = expect.objectContaining({ code: "unsupported" });
    expect(() => new provider.io.PWM({ pin: 9, hz: 1000 })).toThrow(unsupported);
    const i2c = new provider.io.I2C({ ...I2C_OPTIONS, address: 0x20 });
    expect(() => i2c.write(new Uint8Array(31))).toThrow(unsupported);
    expect(() => i2c.read(new Uint8Array(33))).toThrow(unsupported);
    expect(() => i2c.read(0)).toThrow(unsupported);
    i2c.close();
  });

  it("carries bytes of all values both ways", () => {
    const i2c = new provider.io.I2C({ ...I2C_OPTIONS, address: 0x20 });
    for (let from = 0; from < 256; from += 30) {
      const bytes = Uint8Array.from({ length: 30 }, (_, i) => (from + i) & 0xff);
      i2c.write(bytes);
      expect([...new Uint8Array(i2c.read(30))]).toEqual([...bytes]);
    }
    i2c.close();
  });

  it("leaves an input alone when its neighbour on the port is written", () => {
    arduino.call("drive", 4, 1);
    const input = new provider.io.Digital({ pin: 4, mode: provider.io.Digital.Input });
    expect(input.read()).toBe(1);
    const output = new provider.io.Digital({ pin: 5, mode: provider.io.Digital.Output });
    output.write(1);
    arduino.call("drive", 4, undefined);
    expect([input.read(), arduino.call("modeOf", 4)]).toEqual([0, 0]);
    input.close();
    output.close();
  });

  it("lets the unmodified SHT3x driver read a part", async () => {
    arduino.call("setAir", "temperature", -12.25);
    const clock = new NodeClock();
    const sensor = new SHT3x({ sensor: { ...I2C_OPTIONS, io: provider.io.I2C }, clock });
    expect(sensor.identification.uniqueID).toMatch(/^[0-9a-f]{8}$/);
    await wait(5_000);
    await wait(sensor.start());
    const sample = sensor.sample();
    expect(sample?.thermometer.temperature).toBeCloseTo(-12.25, 2);
    expect(sample?.hygrometer.humidity).toBeCloseTo(50, 2);
    arduino.call("nack", 5);
    await wait(sensor.start());
    expect(sensor.sample()).toBeUndefined();
    expect(sensor.outcome).toBe(ReadOutcome.noAnswer);
    sensor.close();
    arduino.call("nack", 0);
  });
});

describe.skipIf(!present)("a link to an Arduino", () => {
  it("that hangs ends a call after 1.5 s, and is good again when the board is", async () => {
    const { arduino, provider, unplug } = await plugIn();
    const analog = new provider.io.Analog({ pin: 14 });
    arduino.call("hang", true);
    const startedMs = performance.now();
    expect(() => analog.read()).toThrow(expect.objectContaining({ code: "timeout" }));
    expect(performance.now() - startedMs).toBeLessThan(5_000);
    arduino.call("hang", false);
    expect(analog.read()).toBe(0);
    await unplug();
  });

  it("that is lost is told once, and every read throws", async () => {
    const { arduino, provider, lost, unplug } = await plugIn();
    const { Digital, I2C, PWM } = provider.io;
    const digital = new Digital({ pin: 2, mode: 0, edge: 3, onReadable: () => {} });
    const i2c = new I2C({ ...I2C_OPTIONS, address: 0x44 });
    const pwm = new PWM({ pin: 3 });
    arduino.call("unplug");
    await realTime.until(() => lost.length > 0, "the loss is told");
    expect(lost).toEqual(["the connection was closed"]);
    for (const use of [() => digital.read(), () => i2c.read(1), () => pwm.write(1)])
      expect(use).toThrow(expect.objectContaining({ code: "device" }));
    for (const io of [digital, i2c, pwm]) io.close();
    await unplug();
  });

  it.skipIf(!hasSocat)("goes over a serial port as well: here a pseudo terminal", async () => {
    const arduino = await CallableThread.start(ARDUINO, 20_000, () => {});
    const folder = mkdtempSync(join(tmpdir(), "argand-firmata-"));
    const path = join(folder, "ttyACM0");
    const socat = spawn("socat", [`PTY,link=${path},raw,echo=0`, `TCP:127.0.0.1:${arduino.call("listen")}`]);
    try {
      await realTime.until(() => existsSync(path), "the pseudo terminal is there");
      const provider = await openFirmata({ path });
      const i2c = new provider.io.I2C({ ...I2C_OPTIONS, address: 0x20 });
      i2c.write(Uint8Array.of(1, 0x80, 0xff));
      expect([...new Uint8Array(i2c.read(3))]).toEqual([1, 0x80, 0xff]);
      i2c.close();
      await provider.close();
    } finally {
      socat.kill();
      await arduino.end();
      rmSync(folder, { recursive: true });
    }
  });

  it("that is refused says so", async () => {
    const { port, unplug } = await plugIn();
    await unplug();
    await expect(openFirmata({ host: "127.0.0.1", port })).rejects.toMatchObject({ code: "refused" });
    await expect(openFirmata({ path: "/dev/there-is-no-such-port" })).rejects.toMatchObject({ code: "no-resource" });
  });
});

/** As the gateway's scheduler would: nothing blocks. */
function wait(us: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.ceil(us / 1000) + 1));
}

function isPresent(): boolean {
  try {
    boardPackages();
    return true;
  } catch {
    return false;
  }
}

describe("without the optional packages", () => {
  const none = (name: string) => {
    throw new Error(`Cannot find module '${name}'`);
  };

  it("the room says what to install", () => {
    const message = expect.stringContaining("npm install johnny-five@2.1.0 firmata-io@2.3.0");
    expect(() => boardPackages(none)).toThrow(expect.objectContaining({ code: "no-resource", message }));
  });

  it("nothing native comes with them: johnny-five's own serialport and firmata are replaced", () => {
    const lock = JSON.parse(readFileSync(new URL("../../package-lock.json", import.meta.url), "utf8")) as {
      packages: { [path: string]: { name?: string; version: string; resolved?: string } };
    };
    expect(lock.packages["node_modules/firmata"].name).toBe("firmata-io");
    expect(lock.packages["node_modules/browser-serialport"].name).toBe("firmata-io");
    const serialports = Object.keys(lock.packages).filter((path) => /(^|\/)serialport$/.test(path));
    expect(serialports).toEqual(["node_modules/serialport"]);
    expect(Object.values(lock.packages).filter(({ resolved }) => resolved !== undefined)).toEqual([]);
  });
});
