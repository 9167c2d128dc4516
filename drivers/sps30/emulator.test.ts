import { describe, expect, it } from "vitest";
import { partBench } from "../part-bench.test-suite";
import { ADDRESS, Command, Frame } from "./constants";
import { driver } from "./driver";
import { emulator } from "./emulator";
import { shdlcFrame } from "./shdlc";

describe("the SPS30's emulator on I2C", () => {
  function part() {
    const table = partBench({ driver, emulator, address: ADDRESS, channels: [] });
    const target = table.part.i2c!;
    const send = (command: number, ...more: number[]) =>
      target.write(Uint8Array.of(command >> 8, command & 0xff, ...more));
    const read = (length: number) => {
      table.wait(20_000);
      const into = new Uint8Array(length);
      return target.read(into) ? [...into] : undefined;
    };
    return { ...table, send, read };
  }

  it("says its product type: 00080000", () => {
    const { send, read } = part();
    send(Command.productType);
    expect(read(12)!.filter((_, i) => i % 3 !== 2)).toEqual([...Buffer.from("00080000")]);
  });

  it("takes the example of the data sheet that starts it: 0x0300 with CRC 0xac", () => {
    const { send, read } = part();
    expect(send(Command.readValues)).toBe(false);
    expect(send(Command.start, 0x03, 0x00, 0xac)).toBe(true);
    read(0);
    send(Command.dataReady);
    expect(read(3)!.slice(0, 2)).toEqual([0, 0]);
  });

  it("has new values each second, until they are read", () => {
    const { send, read, wait } = part();
    send(Command.start, 0x03, 0x00, 0xac);
    wait(1_000_000);
    const ready = () => {
      send(Command.dataReady);
      return read(3)![1];
    };
    expect(ready()).toBe(1);
    send(Command.readValues);
    // 4 µg/m³ is 0x40800000.
    expect(read(60)!.slice(0, 5)).toEqual([0x40, 0x80, expect.any(Number), 0x00, 0x00]);
    expect(ready()).toBe(0);
  });
});

describe("the SPS30's emulator on a UART", () => {
  function part() {
    const table = partBench({ driver, emulator, io: "Serial", channels: [] });
    const answers: number[][] = [];
    const target = table.part.serial!({ transmit: (bytes) => answers.push([...bytes]) });
    const ask = (content: number[]) => {
      target.receive(shdlcFrame(content));
      return answers.pop();
    };
    return { ...table, ask, target, answers };
  }

  it("answers the data sheet's start with its answer", () => {
    expect(part().ask([0, Frame.start, 2, 1, 3])).toEqual([0x7e, 0x00, 0x00, 0x00, 0x00, 0xff, 0x7e]);
  });

  it("says what it may not do now, and what it does not know", () => {
    const { ask } = part();
    expect(ask([0, Frame.stop, 0])![3]).toBe(0x43);
    expect(ask([0, 0x77, 0])![3]).toBe(0x02);
  });

  it("is silent to another address, a wrong length and a wrong checksum", () => {
    const { ask, target, answers } = part();
    expect(ask([1, Frame.start, 2, 1, 3])).toBeUndefined();
    expect(ask([0, Frame.start, 3, 1, 3])).toBeUndefined();
    target.receive(Uint8Array.of(0x7e, 0x00, 0x01, 0x00, 0xff, 0x7e));
    expect(answers).toEqual([]);
  });

  it("answers without data while nothing is new", () => {
    const { ask, wait } = part();
    ask([0, Frame.start, 2, 1, 3]);
    expect(ask([0, Frame.readValues, 0])![4]).toBe(0);
    wait(1_000_000);
    expect(ask([0, Frame.readValues, 0])![4]).toBe(40);
  });

  it("refuses a verb that it does not know", () => {
    const { part: emulated } = part();
    expect(() => emulated.act!("explode", [])).toThrow(/SPS30 can/);
  });
});
