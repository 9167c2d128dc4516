/**
 * The shared test suites of the IO classes against this provider, with stand-ins in the place of the SDK's native classes.
 * It shows that the provider keeps ECMA-419 on top of the SDK's manners, as far as the stand-ins have them right; that the
 * SDK's own sockets work under it was tried with the SDK (README.md).
 */
import { describe, expect, it, vi } from "vitest";
import type { I2CTarget, SerialPort } from "../../drivers/emulation";
import { virtualTime } from "../../host-sim/world/virtual-time.test-suite";
import { analogSuite } from "../analog.test-suite";
import { digitalSuite } from "../digital.test-suite";
import { flashSuite } from "../flash.test-suite";
import { i2cSuite } from "../i2c.test-suite";
import { pulseCountSuite } from "../pulse-count.test-suite";
import { serialSuite } from "../serial.test-suite";
import { spiSuite } from "../spi.test-suite";
import { tcpSuite } from "../tcp.test-suite";
import { udpSuite } from "../udp.test-suite";
import { ADDRESS, bench, listenerFor, newBench } from "./stand-ins.test-suite";

vi.mock("embedded:io/socket/tcp", async () => ({ default: (await import("./stand-ins.test-suite")).NativeTCP }));
vi.mock("embedded:io/socket/udp", async () => ({ default: (await import("./stand-ins.test-suite")).NativeUDP }));
vi.mock("embedded:io/digital", async () => ({ default: (await import("./stand-ins.test-suite")).NativeDigital }));
vi.mock("embedded:io/analog", async () => ({ default: (await import("./stand-ins.test-suite")).NativeAnalog }));
vi.mock("embedded:io/pulsecount", async () => ({ default: (await import("./stand-ins.test-suite")).NativePulseCount }));
vi.mock("embedded:io/i2c", async () => ({ default: (await import("./stand-ins.test-suite")).NativeI2C }));
vi.mock("embedded:io/spi", async () => ({ default: (await import("./stand-ins.test-suite")).NativeSPI }));
vi.mock("embedded:storage/flash", async () => ({ default: (await import("./stand-ins.test-suite")).nativeFlash }));
vi.mock("embedded:io/serial", async () => ({ default: (await import("./stand-ins.test-suite")).NativeSerial }));
vi.mock("net", () => ({
  default: {
    resolve: (host: string, callback: (host: string, address?: string) => void) =>
      bench.kernel.after(1000, () => callback(host, host === "broker.example" ? ADDRESS : undefined)),
  },
}));

const { isNumericAddress, SdkTCP, tcpClass } = await import("./tcp");
const { SdkUDP } = await import("./udp");
const { digitalClass, SdkDigital } = await import("./digital");
const { SdkAnalog } = await import("./analog");
const { SdkPulseCount } = await import("./pulse-count");
const { SdkI2C } = await import("./i2c");
const { SdkSPI } = await import("./spi");
const { SdkSerial } = await import("./serial");
const { sdkFlash } = await import("./flash");

class Memory implements I2CTarget {
  #stored = new Uint8Array(0);

  write(bytes: Uint8Array): boolean {
    if (bytes.length > 0) this.#stored = Uint8Array.from(bytes);
    return true;
  }

  read(into: Uint8Array): boolean {
    into.set(this.#stored.subarray(0, into.length));
    return true;
  }
}

udpSuite("hal/esp32 on stand-ins", () => {
  const { kernel } = newBench();
  return { ...virtualTime(kernel), UDP: SdkUDP, address: ADDRESS, ports: [4001, 4002] };
});

tcpSuite("hal/esp32 on stand-ins", () => {
  const { kernel } = newBench();
  const Listener = listenerFor((address) => new SdkTCP({ address, port: 1 }));
  return { ...virtualTime(kernel), TCP: SdkTCP, Listener, address: ADDRESS, deadPort: 9 };
});

digitalSuite("hal/esp32 on stand-ins", () => {
  const { kernel, board } = newBench();
  const pin = board.digital(4);
  return {
    ...virtualTime(kernel),
    Digital: SdkDigital,
    pin: 4,
    drive: (level) => pin.drive(level),
    level: () => pin.level,
  };
});

analogSuite("hal/esp32 on stand-ins", () => {
  const { board } = newBench();
  const pin = board.analog(1);
  let share = 0;
  pin.attach({ millivolts: () => share * 2450 });
  return {
    Analog: SdkAnalog,
    pin: 1,
    apply: (value) => {
      share = value;
    },
    fail: () => {
      pin.failed = true;
    },
  };
});

pulseCountSuite("hal/esp32 on stand-ins", () => {
  const { kernel, board } = newBench();
  const wires = board.pulses(4, 5);
  return {
    ...virtualTime(kernel),
    PulseCount: SdkPulseCount,
    options: { signal: 4, control: 5 },
    pulse: (count) => wires.count(count),
  };
});

i2cSuite("hal/esp32 on stand-ins", () => {
  const { board } = newBench();
  board.i2c(21, 22).attach(0x44, new Memory());
  return {
    I2C: SdkI2C,
    options: { data: 21, clock: 22, hz: 400_000, address: 0x44 },
    deadAddress: 0x45,
    holdsBus: false,
  };
});

flashSuite("hal/esp32 on stand-ins", () => {
  newBench();
  return { flash: sdkFlash, path: "outbox" };
});

spiSuite("hal/esp32 on stand-ins", () => {
  const { kernel, board } = newBench();
  const shifted: number[] = [];
  board.spi(18, 23).attach({ shift: (bytes) => shifted.push(...bytes) });
  return {
    ...virtualTime(kernel),
    SPI: SdkSPI,
    options: { out: 23, in: 19, clock: 18, hz: 1_000_000 },
    shifted: () => shifted,
  };
});

serialSuite("hal/esp32 on stand-ins", () => {
  const { kernel, board } = newBench();
  const heard: number[] = [];
  let far: SerialPort | undefined;
  board.serial(1).attach((port) => {
    far = port;
    return { receive: (bytes) => heard.push(...bytes) };
  });
  return {
    ...virtualTime(kernel),
    Serial: SdkSerial,
    options: { baud: 19_200, port: 1, receive: 16, transmit: 17 },
    flushesOutput: false,
    heard: () => heard,
    say: (bytes) => far!.transmit(bytes, 0),
  };
});

describe("names of hosts", () => {
  it("are told from numeric addresses", () => {
    expect(["10.0.0.1", "fe80::1", "broker.example", "10a"].map((address) => isNumericAddress(address))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it("are resolved first; a name that nobody knows is an error of the connection", () => {
    const { kernel, host } = newBench();
    new host.Listener({ port: 1883 });
    const said: string[] = [];
    const connect = (address: string) =>
      new SdkTCP({
        address,
        port: 1883,
        onWritable: () => void said.push(`${address} connected`),
        onError: (error) => void said.push((error as Error).message),
      });
    connect("broker.example");
    connect("nobody.example");
    kernel.runUntil(1_000_000);
    expect(said).toContain("broker.example connected");
    expect(said).toContain("the name nobody.example could not be resolved");
  });

  it("that are resolved after the socket was closed connect nothing", () => {
    const { kernel } = newBench();
    const socket = new SdkTCP({ address: "broker.example", port: 9, onError: () => expect.unreachable() });
    socket.close();
    kernel.runUntil(1_000_000);
    expect(() => socket.read()).toThrow(/closed/);
  });
});

describe("a callback that throws", () => {
  it("does not end the process: the provider is told", () => {
    const { kernel, host } = newBench();
    new host.Listener({ port: 1883 });
    const faults: unknown[] = [];
    const GuardedTCP = tcpClass((error) => faults.push(error));
    new GuardedTCP({
      address: ADDRESS,
      port: 1883,
      onWritable: () => {
        throw new Error("a mistake of the firmware");
      },
    });
    kernel.runUntil(100_000);
    expect(faults).toEqual([expect.objectContaining({ message: "a mistake of the firmware" })]);
  });
});

describe("an edge whose callback throws", () => {
  it("does not end the process either", () => {
    const { kernel, board } = newBench();
    const faults: unknown[] = [];
    const Guarded = digitalClass((error) => faults.push(error));
    new Guarded({
      pin: 4,
      mode: Guarded.Input,
      edge: Guarded.Rising,
      onReadable: () => {
        throw new Error("a mistake of the firmware");
      },
    });
    board.digital(4).drive(1);
    kernel.runUntil(1000);
    expect(faults).toEqual([expect.objectContaining({ message: "a mistake of the firmware" })]);
  });
});

describe("what the SDK's UART cannot do", () => {
  it("is refused with a reason, not silently done otherwise", () => {
    newBench();
    const open = (mode: object) => new SdkSerial({ baud: 9600, port: 1, receive: 16, transmit: 17, ...mode });
    for (const mode of [{ parity: "even" }, { stop: 2 }, { data: 7 }])
      expect(() => open(mode)).toThrow(expect.objectContaining({ code: "unsupported" }));
    open({}).close();
  });
});
