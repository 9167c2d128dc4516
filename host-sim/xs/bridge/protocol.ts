/** What the gateway's machine and the world's machine say to each other: numbers, and bytes where there must be. */

/** What `host` is in a process with two machines (host/bridge.c). */
export interface BridgeHost {
  print(text: string): void;
  /** Calls the other machine. With `into` the answer's bytes are copied there, and their number is the result. */
  call(op: number, a?: number, b?: number, c?: number, bytes?: ArrayBufferView | ArrayBufferLike | string): number;
  call(
    op: number,
    a: number,
    b: number,
    c: number,
    bytes: ArrayBufferView | ArrayBufferLike | undefined,
    into: ArrayBufferView | ArrayBufferLike,
  ): number;
  /**
   * Who answers, with a number, a buffer or nothing: one op (it is then not told which), or all that have nobody of their
   * own.
   */
  onCall(answer: ((...received: never[]) => unknown) | undefined, op?: number, self?: object): void;
  /** In the gateway: the work that follows is that part's. Gives whose it was. */
  enter(part: number): number;
  leave(part: number): void;
  counter(which: number): number;
  partFigure(part: number, which: number): number;
  /** A full collection of the gateway's heap. */
  collect(): void;
  /** 0 ends it. */
  trace(phase: number): void;
}

/** Phases of a trace. */
export const TracePhase = { off: 0, start: 1, measured: 2 } as const;

/** Asked by the gateway. */
export const Ask = {
  nowUs: 1,
  wallMs: 2,
  wallQuality: 3,
  /** Gives the op that the timer will call. */
  timer: 4,
  arm: 5,
  disarm: 6,
  random: 7,
  sha256: 8,
  /** (kind, callbacks) and the options as JSON; gives the instance's number. */
  open: 9,
  /** (instance, bytes wanted, flags). */
  read: 10,
  write: 11,
  writeRead: 12,
  transfer: 13,
  flush: 14,
  close: 15,
  format: 16,
  resolution: 17,
  /** Gives the private key, with nothing where the device has none. */
  secret: 18,
  /** (instance, duty, chips) and the idle pattern. */
  shine: 20,
  /** (instance, port) and the address: where the next packet goes. */
  sendTo: 21,
  /** (instance, first block, the one behind the last). */
  erase: 22,
  /** (instance): blocks, then (instance, 1): bytes of a block. */
  status: 23,
} as const;

/** Asked by the world. */
export const Tell = {
  start: 1,
  stopSampling: 2,
  undelivered: 3,
  /** Gives `COUNTER_NAMES` as doubles. */
  counters: 4,
  /** (what, passes): an empty loop, a plain call, or a call through a probe. */
  calibrate: 5,
  /** The alarm's name as bytes; gives 1 where there was something to acknowledge. */
  acknowledge: 6,
  /** Device, command and point as bytes, a space between; gives 1 where it was not refused. */
  command: 7,
} as const;

export const Kind = {
  i2c: 1,
  spi: 2,
  serial: 3,
  tcp: 4,
  digital: 5,
  analog: 6,
  pulses: 7,
  light: 8,
  udp: 9,
  flash: 10,
} as const;

/** An instance's callbacks have its number, plus these, as ops. A bit of `Ask.open` says which there are. */
export const Callback = { readable: 0, writable: 1, error: 2 } as const;
/** Numbers from here on belong to timers and instances, this many apart. */
export const FIRST_INSTANCE = 32;
export const INSTANCE_STEP = 4;

/** How `read` is asked for: `Ask.read`'s flags. */
export const ReadFlag = { noStop: 1, all: 2 } as const;
/** There was nothing to read. */
export const NOTHING = -1;

/** What options of any IO class cross the bridge. */
export const OPTION_NAMES: readonly string[] = [
  "address",
  "active",
  "activeLow",
  "baud",
  "clock",
  "clockHz",
  "control",
  "data",
  "format",
  "hz",
  "in",
  "initialValue",
  "invert",
  "keepAlive",
  "lineCode",
  "maxOctets",
  "mode",
  "noDelay",
  "out",
  "parity",
  "path",
  "pin",
  "port",
  "receive",
  "resolution",
  "edge",
  "select",
  "signal",
  "stop",
  "transmit",
  "zeroBegins",
];

/** What `host.counter` gives, by name (host/host.h). */
export const COUNTERS = [
  "units",
  "slotsInUse",
  "chunkBytesInUse",
  "collections",
  "slots",
  "chunks",
  "chunkBytes",
  "stackPeak",
  "codeBytes",
  "symbolBytes",
  "instructions",
] as const;
/** What `host.partFigure` gives. */
export const PART_FIGURES = ["units", "slots", "chunks", "chunkBytes", "entries", "exits"] as const;

/** Order of the gateway's counters in `Tell.counters`. */
export const COUNTER_NAMES = [
  "samples",
  "batches",
  "published",
  "acknowledged",
  "dropped",
  "droppedSamples",
  "heldSamples",
  "missedTicks",
  "latestUs",
] as const;
