/**
 * The optional packages johnny-five and firmata-io, and as much of their types as is used here: they bring none.
 *
 * Of `firmata` and `serialport` 8, which johnny-five names, neither is installed (see `overrides` in package.json): it is given its
 * IO object and never looks for a port by itself.
 */
import type { EventEmitter } from "node:events";
import { createRequire } from "node:module";
import type { Duplex } from "node:stream";
import { IOError } from "../io-error";

export interface FirmataIO extends EventEmitter {
  readonly transport: Duplex;
  readonly pins: { value: number; readonly supportedModes: readonly number[]; readonly analogChannel: number }[];
  readonly firmware: { readonly name?: string; readonly version?: { readonly major: number; readonly minor: number } };
  readonly RESOLUTION: { readonly ADC: number | null; readonly PWM: number | null };
  queryFirmware(callback: () => void): void;
  reportDigitalPin(pin: number, on: 0 | 1): void;
  reportAnalogPin(channel: number, on: 0 | 1): void;
}

/** Methods that johnny-five's Board passes on to its IO. */
export interface Board extends EventEmitter {
  pinMode(pin: number, mode: number): void;
  queryPinState(pin: number, callback: () => void): void;
  pwmWrite(pin: number, value: number): void;
  i2cConfig(options: { delay: number }): void;
  i2cWrite(address: number, bytes: number[]): void;
  i2cReadOnce(address: number, byteLength: number, callback: (bytes: number[]) => void): void;
}

type BoardPackages = {
  readonly Firmata: new (transport: Duplex, options: { reportVersionTimeout: number }) => FirmataIO;
  readonly JohnnyFive: {
    readonly Board: new (options: { io: FirmataIO; repl: false; debug: false; sigint: false }) => Board;
  };
};

const INSTALL = "npm install johnny-five@2.1.0 firmata-io@2.3.0";

/** Takes a package by its name: both are CommonJS. */
export type Load = (name: string) => unknown;
const installed: Load = createRequire(import.meta.url);

/** @throws IOError `no-resource` with what to install */
export function boardPackages(load: Load = installed): BoardPackages {
  try {
    const { Firmata } = load("firmata-io") as Pick<BoardPackages, "Firmata">;
    return { Firmata, JohnnyFive: load("johnny-five") as BoardPackages["JohnnyFive"] };
  } catch {
    throw new IOError("no-resource", `pins of an Arduino need the packages johnny-five and firmata-io: ${INSTALL}`);
  }
}
