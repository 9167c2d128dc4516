/** The options of each IO class, checked as ECMA-419 says, for every provider. What only one provider cannot do it checks itself. */
import {
  type AnalogOptions,
  DigitalEdge,
  DigitalMode,
  type DigitalOptions,
  type I2COptions,
  type ListenerOptions,
  type PulseCountOptions,
  type PWMOptions,
  type SerialOptions,
  type SPIOptions,
  type TCPOptions,
  type UDPOptions,
} from "./io";
import {
  bytesOf,
  optionalBoolean,
  optionalCallback,
  requireFormat,
  requireInteger,
  requireOptions,
  requirePositive,
  requireSpecifier,
  requireStreamFormat,
  requireText,
} from "./io-options";
import {
  IDLE_CHIPS_MAX,
  LIGHT_CLOCK_MAX_HZ,
  LIGHT_CLOCK_MIN_HZ,
  LIGHT_OCTETS_MAX,
  type LightEmitterOptions,
  type LightFrame,
} from "./light";

const LAST_PORT = 65_535;
const LAST_ADDRESS = 127;
const LONGEST_KEEP_ALIVE_MS = 0x7fff_ffff;
const PARITIES = ["none", "even", "odd"];
const LARGEST_RESOLUTION_BITS = 32;

/** @param isOwn whether `from` is an instance of the provider that asks */
export function validateTCP(options: TCPOptions, isOwn: (from: unknown) => boolean): void {
  requireOptions(options, "TCP");
  if (options.from === undefined) {
    requireText(options.address, "address");
    requireInteger(options.port, "port", 1, LAST_PORT);
  } else if (!isOwn(options.from)) throw new TypeError("from must be a TCP of this provider");
  optionalBoolean(options.noDelay, "noDelay");
  if (options.keepAlive !== undefined) requireInteger(options.keepAlive, "keepAlive", 1, LONGEST_KEEP_ALIVE_MS);
  validateStream(options);
}

/** @returns the port; 0 asks for any that is free */
export function validateListener(options: ListenerOptions | UDPOptions, what: "Listener" | "UDP"): number {
  requireOptions(options, what);
  if (options.address !== undefined) requireText(options.address, "address");
  optionalCallback(options.onReadable, "onReadable");
  optionalCallback(options.onError, "onError");
  return options.port === undefined ? 0 : requireInteger(options.port, "port", 0, LAST_PORT);
}

export function validateSerial(options: SerialOptions, fastestBaud: number): void {
  requireOptions(options, "Serial");
  requireInteger(options.baud, "baud", 1, fastestBaud);
  for (const name of ["port", "receive", "transmit"] as const)
    if (options[name] !== undefined) requireSpecifier(options[name], name);
  if (options.data !== undefined) requireInteger(options.data, "data", 7, 8);
  if (options.stop !== undefined) requireInteger(options.stop, "stop", 1, 2);
  if (options.parity !== undefined && !PARITIES.includes(options.parity))
    throw new RangeError(`parity must be one of ${PARITIES.join(", ")}, is ${JSON.stringify(options.parity)}`);
  validateStream(options);
}

export function validateI2C(options: I2COptions): void {
  requireOptions(options, "I2C");
  requireSpecifier(options.data, "data");
  requireSpecifier(options.clock, "clock");
  requirePositive(options.hz, "hz");
  requireInteger(options.address, "address", 0, LAST_ADDRESS);
  if (options.port !== undefined) requireSpecifier(options.port, "port");
}

export function validateSPI(options: SPIOptions): void {
  requireOptions(options, "SPI");
  if (options.out === undefined && options.in === undefined) throw new TypeError("SPI needs in, out or both");
  requireSpecifier(options.clock, "clock");
  for (const name of ["out", "in", "select", "port"] as const)
    if (options[name] !== undefined) requireSpecifier(options[name], name);
  if (options.active !== undefined) requireInteger(options.active, "active", 0, 1);
  requirePositive(options.hz, "hz");
  if (options.mode !== undefined) requireInteger(options.mode, "mode", 0, 3);
}

/** @returns whether the pin is an input */
export function validateDigital(options: DigitalOptions): boolean {
  requireOptions(options, "Digital");
  requireSpecifier(options.pin, "pin");
  const isInput = isInputMode(options.mode);
  optionalBoolean(options.activeLow, "activeLow");
  optionalCallback(options.onReadable, "onReadable");
  if (isInput && options.onReadable !== undefined)
    requireInteger(options.edge, "edge", DigitalEdge.Rising, DigitalEdge.Rising + DigitalEdge.Falling);
  if (!isInput && options.initialValue !== undefined) requireInteger(options.initialValue, "initialValue", 0, 1);
  if (options.format !== undefined) requireFormat(options.format, "number");
  return isInput;
}

function isInputMode(mode: unknown): boolean {
  const known = requireInteger(mode, "mode", DigitalMode.Input, DigitalMode.OutputOpenDrain);
  if (known <= DigitalMode.InputPullUpDown) return true;
  if (known >= DigitalMode.Output) return false;
  throw new RangeError(`mode must be one of the modes of Digital, is ${known}`);
}

export function validateAnalog(options: AnalogOptions): void {
  requireOptions(options, "Analog");
  requireSpecifier(options.pin, "pin");
  if (options.resolution !== undefined) requireInteger(options.resolution, "resolution", 1, LARGEST_RESOLUTION_BITS);
  if (options.format !== undefined) requireFormat(options.format, "number");
}

export function validatePWM(options: PWMOptions): void {
  requireOptions(options, "PWM");
  requireSpecifier(options.pin, "pin");
  if (options.hz !== undefined) requirePositive(options.hz, "hz");
  if (options.port !== undefined) requireSpecifier(options.port, "port");
  if (options.format !== undefined) requireFormat(options.format, "number");
}

export function validatePulseCount(options: PulseCountOptions): void {
  requireOptions(options, "PulseCount");
  requireSpecifier(options.signal, "signal");
  requireSpecifier(options.control, "control");
  optionalCallback(options.onReadable, "onReadable");
  if (options.format !== undefined) requireFormat(options.format, "number");
}

/** @returns the chips of the idle pattern as bytes */
export function validateShine(duty: unknown, idle: unknown, idleChips: unknown): Uint8Array {
  if (typeof duty !== "number") throw new TypeError("duty must be a number");
  if (!(duty > 0 && duty < 1)) throw new RangeError(`duty must be between 0 and 1, is ${duty}`);
  const chips = bytesOf(idle);
  requireInteger(idleChips, "idleChips", 1, Math.min(IDLE_CHIPS_MAX, 8 * chips.length));
  return chips;
}

export function validateFrame(frame: LightFrame, maxOctets: number): void {
  requireOptions(frame, "a frame");
  const octets = bytesOf(frame.octets).length;
  requireInteger(frame.preambleChips, "preambleChips", 0, 8 * octets);
  requireInteger(frame.bitsAt, "bitsAt", (frame.preambleChips + 7) >> 3, octets);
  requireInteger(frame.bitCount, "bitCount", 1, 8 * (octets - frame.bitsAt));
  requireInteger(frame.bitsAt + ((frame.bitCount + 7) >> 3), "octets of the frame", 1, maxOctets);
}

export function validateLightEmitter(options: LightEmitterOptions): void {
  requireOptions(options, "LightEmitter");
  requireSpecifier(options.pin, "pin");
  requireInteger(options.clockHz, "clockHz", LIGHT_CLOCK_MIN_HZ, LIGHT_CLOCK_MAX_HZ);
  if (options.lineCode !== "manchester" && options.lineCode !== "vppm")
    throw new RangeError(`lineCode must be "manchester" or "vppm", is ${JSON.stringify(options.lineCode)}`);
  if (options.zeroBegins !== undefined) requireInteger(options.zeroBegins, "zeroBegins", 0, 1);
  optionalBoolean(options.invert, "invert");
  requireInteger(options.maxOctets, "maxOctets", 1, LIGHT_OCTETS_MAX);
}

function validateStream(options: TCPOptions | SerialOptions): void {
  if (options.format !== undefined) requireStreamFormat(options.format);
  optionalCallback(options.onReadable, "onReadable");
  optionalCallback(options.onWritable, "onWritable");
  optionalCallback(options.onError, "onError");
}
