/**
 * What a device asks of wires that it shares with others. Its page of the site schema says so (`DriverSchema.busUse`), and the
 * manifest check adds it up: `manifests/bus-load.ts` refuses a bus that is asked for more than it can give. Host only.
 *
 * Times are those of the wires, as the world counts them (`busyUs` of its buses); the conformance test holds what a driver says
 * against what it does.
 */
import type { PlanMap } from "./plan";
import type { BusKind } from "./schema";

/** One thing that a device does on its bus again and again. */
export interface BusUse {
  /** For messages: `a reading`, or a class of requests such as `class alarm`. */
  readonly what: string;
  readonly everyMs: number;
  /** The wires are taken for so long at each turn, with the silence that the protocol wants around it. */
  readonly busyUs: number;
  /** All uses of the same name on the bus must be through, one after another, within this time. */
  readonly limitMs?: number;
  /** From the beginning of a turn to its last reading, where the part needs longer than the wires. */
  readonly takesUs?: number;
}

/** The bus of a device, with the options of the device's own connection over those of the bus. */
export type ConnectedBus = { readonly kind: BusKind; readonly options: PlanMap; readonly everyMs: number };

/** Start and stop of an I2C transaction, a bit time each; a byte and its acknowledgement (UM10204 section 3.1). */
const I2C_FRAME_CLOCKS = 2;
const I2C_BYTE_CLOCKS = 9;

/** Bytes on the wires in one reading, by the kind of bus. */
export type Transfers = {
  /** Data bytes of each transaction; the address byte is counted here. A write and a read without a stop between are two. */
  readonly i2c?: readonly number[];
  /** Bytes of all transfers, their register bytes among them. */
  readonly spi?: number;
  /** Bytes both ways. */
  readonly serial?: number;
};

/** The one use of a device that reads its part at each period. */
export function readingUse(bus: ConnectedBus, transfers: Transfers, takesUs?: number): BusUse[] {
  const busyUs = wiresUs(bus, transfers);
  return [{ what: "a reading", everyMs: bus.everyMs, busyUs, ...(takesUs === undefined ? {} : { takesUs }) }];
}

/** How long the wires are taken. */
export function wiresUs({ kind, options }: ConnectedBus, { i2c = [], spi = 0, serial = 0 }: Transfers): number {
  const rate = (key: string) => options[key] as number;
  if (kind === "i2c")
    return i2c.reduce((us, bytes) => us + bitsUs(I2C_FRAME_CLOCKS + I2C_BYTE_CLOCKS * (1 + bytes), rate("hz")), 0);
  if (kind === "spi") return bitsUs(8 * spi, rate("hz"));
  return kind === "serial" ? bitsUs(serial * serialBits(options), rate("baud")) : 0;
}

/** Bits of a character: start, data, parity, stop. */
export function serialBits(options: PlanMap): number {
  const { data = 8, parity = "none", stop = 1 } = options as { data?: number; parity?: string; stop?: number };
  return 1 + data + (parity === "none" ? 0 : 1) + stop;
}

function bitsUs(bits: number, hz: number): number {
  return (bits * 1_000_000) / hz;
}
