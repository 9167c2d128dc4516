import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SerialPortMock } from "serialport";
import { describe, expect, it } from "vitest";
import { serialSuite } from "../serial.test-suite";
import { realTime } from "./real-time.test-suite";
import { type NativePortClass, type NativePortOptions, SerialPortMissingError, serialClass } from "./serial";

/** The mock that the package brings, with a record of what was opened and how. */
function mockPorts(path: string): {
  Port: NativePortClass;
  last(): SerialPortMock | undefined;
  options: NativePortOptions[];
} {
  SerialPortMock.binding.reset();
  SerialPortMock.binding.createPort(path, { record: true, echo: false });
  let port: SerialPortMock | undefined;
  const options: NativePortOptions[] = [];
  const Port = class extends SerialPortMock {
    constructor(given: NativePortOptions) {
      super(given);
      options.push(given);
      port = this;
    }
  };
  return { Port: Port as unknown as NativePortClass, last: () => port, options };
}

serialSuite("hal/node on the mock of serialport", () => {
  const mock = mockPorts("/dev/mock");
  return {
    ...realTime,
    Serial: serialClass(() => mock.Port),
    options: { baud: 19200, port: "/dev/mock" },
    heard: () => [...(mock.last()?.port?.recording ?? [])],
    say: (bytes) => mock.last()!.port!.emitData(Buffer.from(bytes)),
  };
});

const socatThere = spawnSync("socat", ["-V"]).status === 0;
if (!socatThere) console.warn("socat is not installed: Serial on a pair of pseudo terminals is skipped");

describe.skipIf(!socatThere)("a pair of pseudo terminals", () => {
  serialSuite("hal/node on a pseudo terminal", async () => {
    const folder = mkdtempSync(join(tmpdir(), "argand-serial-"));
    const [near, far] = [join(folder, "near"), join(folder, "far")];
    const socat: ChildProcess = spawn("socat", [`pty,raw,echo=0,link=${near}`, `pty,raw,echo=0,link=${far}`]);
    let file = -1;
    await realTime.until(() => {
      try {
        file = openSync(far, constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOCTTY);
      } catch {
        return false;
      }
      return true;
    }, "socat makes its terminals");
    const heard: number[] = [];
    return {
      ...realTime,
      Serial: serialClass(),
      options: { baud: 115200, port: near },
      heard: () => {
        const buffer = new Uint8Array(4096);
        try {
          for (let n = readSync(file, buffer); n > 0; n = readSync(file, buffer)) heard.push(...buffer.subarray(0, n));
        } catch {
          // Nothing to read now.
        }
        return heard;
      },
      say: (bytes) => void writeSync(file, bytes),
      dispose: async () => {
        closeSync(file);
        socat.kill();
        await new Promise((resolve) => socat.once("exit", resolve));
        rmSync(folder, { recursive: true });
      },
    };
  });
});

describe("Serial of hal/node", () => {
  it("hands the line's settings to the system", async () => {
    const mock = mockPorts("/dev/mock");
    const Serial = serialClass(() => mock.Port);
    const serial = new Serial({ port: "/dev/mock", baud: 9600, data: 8, parity: "even", stop: 1 });
    expect(mock.options).toMatchObject([
      { path: "/dev/mock", baudRate: 9600, dataBits: 8, parity: "even", stopBits: 1, rtscts: false },
    ]);
    serial.close();
    await realTime.settle();
  });

  it("says what to install when the package is not there", () => {
    const Serial = serialClass(() => {
      throw new SerialPortMissingError();
    });
    expect(() => new Serial({ port: "/dev/ttyUSB0", baud: 9600 })).toThrow(/npm install serialport/);
  });

  it("needs a device path", () => {
    const Serial = serialClass(() => mockPorts("/dev/mock").Port);
    expect(() => new Serial({ port: 1, baud: 9600 })).toThrow(TypeError);
  });

  it("tells onError, once, when the port does not exist, and may be closed after", async () => {
    const mock = mockPorts("/dev/mock");
    const Serial = serialClass(() => mock.Port);
    const errors: unknown[] = [];
    const serial = new Serial({ port: "/dev/absent", baud: 9600, onError: (error) => void errors.push(error) });
    await realTime.until(() => errors.length > 0, "an error");
    expect(errors).toMatchObject([{ code: "device" }]);
    expect(() => serial.write(Uint8Array.of(1))).toThrow(Error);
    serial.close();
    serial.close();
  });

  it("tells onError when the adapter is unplugged", async () => {
    const mock = mockPorts("/dev/mock");
    const Serial = serialClass(() => mock.Port);
    const errors: unknown[] = [];
    let ready = false;
    const serial = new Serial({
      port: "/dev/mock",
      baud: 9600,
      onWritable: () => void (ready = true),
      onError: (error) => void errors.push(error),
    });
    await realTime.until(() => ready, "ready");
    (mock.last() as unknown as { _disconnected(error: Error): void })._disconnected(new Error("gone"));
    await realTime.until(() => errors.length > 0, "an error");
    expect(errors).toMatchObject([{ code: "ended" }]);
    serial.close();
  });

  it("lets an instance that follows on the same port wait until the system has let go", async () => {
    const mock = mockPorts("/dev/mock");
    const Serial = serialClass(() => mock.Port);
    const errors: unknown[] = [];
    let ready = 0;
    for (let i = 0; i < 5; i++) {
      const options = { port: "/dev/mock", baud: 9600, onError: (error: unknown) => void errors.push(error) };
      const serial = new Serial({ ...options, onWritable: () => void ready++ });
      if (i % 2 === 0) await realTime.settle();
      serial.close();
    }
    await realTime.settle();
    expect(errors).toEqual([]);
    expect(ready).toBe(3);
  });
});
