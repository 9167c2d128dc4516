/**
 * ECMA-419 `SMBus` over any `I2C` class: registers by number, words little-endian unless asked otherwise. Many drivers of the
 * Moddable SDK are written for it.
 */
import type { ByteBuffer, I2C, I2CConstructor, I2COptions } from "../../hal/io";
import { bytesOf, requireInteger } from "../../hal/io-options";

export interface SMBus extends I2C {
  readUint8(register: number): number;
  writeUint8(register: number, value: number): void;
  readUint16(register: number, bigEndian?: boolean): number;
  writeUint16(register: number, value: number, bigEndian?: boolean): void;
  readBuffer(register: number, byteLength: number): ArrayBuffer;
  readBuffer(register: number, into: ByteBuffer): number;
  writeBuffer(register: number, bytes: ByteBuffer): void;
  sendByte(command: number): void;
  receiveByte(): number;
  readQuick(): void;
  writeQuick(): void;
}
export type SMBusConstructor = new (options: I2COptions) => SMBus;

export function smbusClass(Base: I2CConstructor): SMBusConstructor {
  return class extends Base implements SMBus {
    readUint8(register: number): number {
      const into = new Uint8Array(1);
      this.writeRead(registerByte(register), into);
      return into[0];
    }

    writeUint8(register: number, value: number): void {
      this.write(Uint8Array.of(registerByte(register)[0], value));
    }

    readUint16(register: number, bigEndian = false): number {
      const into = new Uint8Array(2);
      this.writeRead(registerByte(register), into);
      return new DataView(into.buffer).getUint16(0, !bigEndian);
    }

    writeUint16(register: number, value: number, bigEndian = false): void {
      const bytes = new Uint8Array(3);
      bytes[0] = registerByte(register)[0];
      new DataView(bytes.buffer).setUint16(1, value, !bigEndian);
      this.write(bytes);
    }

    readBuffer(register: number, byteLength: number): ArrayBuffer;
    readBuffer(register: number, into: ByteBuffer): number;
    readBuffer(register: number, want: number | ByteBuffer): ArrayBuffer | number {
      const command = registerByte(register);
      return typeof want === "number" ? this.writeRead(command, want) : this.writeRead(command, want);
    }

    writeBuffer(register: number, data: ByteBuffer): void {
      const own = bytesOf(data);
      const bytes = new Uint8Array(1 + own.length);
      bytes[0] = registerByte(register)[0];
      bytes.set(own, 1);
      this.write(bytes);
    }

    sendByte(command: number): void {
      this.write(registerByte(command));
    }

    receiveByte(): number {
      return new Uint8Array(this.read(1))[0];
    }

    readQuick(): void {
      this.read(0);
    }

    writeQuick(): void {
      this.write(new Uint8Array(0));
    }
  };
}

function registerByte(register: number): Uint8Array {
  return Uint8Array.of(requireInteger(register, "register", 0, 255));
}
