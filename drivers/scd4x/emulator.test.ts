import { describe, expect, it } from "vitest";
import { partBench } from "../part-bench.test-suite";
import { ADDRESS, Command, humidityPercent, temperatureCel } from "./constants";
import { driver } from "./driver";
import { emulator } from "./emulator";

function part() {
  const table = partBench({
    driver,
    emulator,
    address: ADDRESS,
    channels: [],
    settings: { mode: "periodic", altitude: 0 },
  });
  const target = table.part.i2c!;
  const send = (command: number, ...more: number[]) =>
    target.write(Uint8Array.of(command >> 8, command & 0xff, ...more));
  const read = (length: number) => {
    const into = new Uint8Array(length);
    return target.read(into) ? [...into] : undefined;
  };
  return { ...table, send, read };
}

describe("the SCD4x's emulator", () => {
  it("answers the example of the data sheet: 500 ppm, 25 Cel, 37 %RH", () => {
    const { air, send, read, wait } = part();
    Object.assign(air, { co2: 500, temperature: temperatureCel(0x6667), humidity: humidityPercent(0x5eb9) });
    send(Command.startPeriodic);
    wait(5_000_000);
    send(Command.readMeasurement);
    wait(1000);
    expect(read(9)).toEqual([0x01, 0xf4, 0x33, 0x66, 0x67, 0xa2, 0x5e, 0xb9, 0x3c]);
  });

  it("takes the example of the data sheet for the pressure: 987 hPa with CRC 0x42", () => {
    const { send } = part();
    expect(send(Command.setAmbientPressure, 0x03, 0xdb, 0x42)).toBe(true);
  });

  it("acknowledges a read of a measurement only when there is one, and once", () => {
    const { send, read, wait } = part();
    expect(send(Command.readMeasurement)).toBe(false);
    send(Command.startPeriodic);
    wait(4_999_999);
    expect(send(Command.readMeasurement)).toBe(false);
    wait(1);
    expect(send(Command.readMeasurement)).toBe(true);
    wait(1000);
    expect(read(9)).toHaveLength(9);
    expect(send(Command.readMeasurement)).toBe(false);
  });

  it("takes no settings while it measures", () => {
    const { send, wait } = part();
    send(Command.startPeriodic);
    wait(1000);
    expect(send(Command.getSerialNumber)).toBe(false);
    expect(send(Command.getDataReady)).toBe(true);
    wait(1000);
    expect(send(Command.stopPeriodic)).toBe(true);
    wait(499_999);
    expect(send(Command.getSerialNumber)).toBe(false);
    wait(1);
    expect(send(Command.getSerialNumber)).toBe(true);
  });
});
