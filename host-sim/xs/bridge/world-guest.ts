/**
 * The world's program in a process with two machines: the simulation as everywhere, its gateway at the other end of the
 * bridge. It reads the gateway's figures at the start and at the end of the time that is measured.
 */

import { drivers, emulators, features } from "argand:registry";
import { signerOf } from "argand:signer";
import { sha256 } from "@noble/hashes/sha2.js";
import { decodeCbor } from "../../../firmware/uplink/cbor/reader";
import { utf8Bytes } from "../../../firmware/uplink/utf8";
import { runSimulation } from "../../world/simulation";
import { type BridgeHost, COUNTERS, PART_FIGURES, Tell, TracePhase } from "./protocol";
import { RemoteGateway } from "./world-side";

declare const host: BridgeHost & {
  input(): ArrayBuffer;
  write(bytes: ArrayBuffer | ArrayBufferView): void;
};

/** Everything that decides a measured run. Travels as deterministic CBOR. */
export type MeasuringInput = {
  /** Deterministic CBOR of a `SimulationInput`. */
  readonly simulation: Uint8Array;
  /** Bounds of the time that is measured, multiples of 10 s; both 0: nothing is. */
  readonly fromUs: number;
  readonly untilUs: number;
  /** How many parts the gateway's program has probes for; 0: none. */
  readonly parts: number;
  readonly trace: boolean;
  /** Slots that the world takes for itself and holds, to show that they do not count. */
  readonly ballast: number;
};

export type Figures<Names extends readonly string[]> = { readonly [name in Names[number]]: number };

/** Differences over the measured time, and what is there at its end. */
export type Measurement = {
  readonly virtualSeconds: number;
  readonly samples: number;
  readonly batches: number;
  readonly used: Figures<typeof COUNTERS>;
  readonly parts: readonly Figures<typeof PART_FIGURES>[];
  /** The same from the start of the gateway to the start of the measuring. */
  readonly partsBefore: readonly Figures<typeof PART_FIGURES>[];
  /** After a full collection: what the gateway holds for good. */
  readonly liveSlots: number;
  readonly liveChunkBytes: number;
  readonly stackPeak: number;
};

/** Price of a probe, from so many passes of an empty one. */
export type Calibration = { readonly inside: number; readonly outside: number };

type Reading = {
  readonly samples: number;
  readonly batches: number;
  readonly counters: number[];
  readonly parts: number[][];
};

const CALIBRATION_PASSES = 1000;
const NOUGHT = PART_FIGURES.map(() => 0);

function readCounters(): number[] {
  return COUNTERS.map((_, which) => host.counter(which));
}

function readParts(count: number): number[][] {
  return Array.from({ length: count }, (_, part) => PART_FIGURES.map((_, which) => host.partFigure(part, which)));
}

function named<Names extends readonly string[]>(names: Names, after: number[], before: number[]): Figures<Names> {
  const figures: Record<string, number> = {};
  names.forEach((name, i) => {
    figures[name] = after[i] - before[i];
  });
  return figures as Figures<Names>;
}

/** Asking the gateway for its counters costs it units; they lie outside of what is measured. */
class Meter {
  readonly #input: MeasuringInput;
  readonly #gateway: RemoteGateway;
  #before: Reading | undefined;

  constructor(input: MeasuringInput, gateway: RemoteGateway) {
    this.#input = input;
    this.#gateway = gateway;
  }

  at(nowUs: number): void {
    const { fromUs, untilUs, parts, trace } = this.#input;
    if (untilUs === 0) return;
    if (nowUs === fromUs) {
      const { samples, batches } = this.#gateway.counters();
      if (trace) host.trace(TracePhase.measured);
      this.#before = { samples, batches, counters: readCounters(), parts: readParts(parts) };
    }
    if (nowUs === untilUs) this.#finish();
  }

  #finish(): void {
    const { fromUs, untilUs, parts } = this.#input;
    const before = this.#before!;
    const counters = readCounters();
    const partFigures = readParts(parts);
    host.trace(TracePhase.off);
    const { samples, batches } = this.#gateway.counters();
    const stackPeak = host.counter(COUNTERS.indexOf("stackPeak"));
    host.collect();
    const measurement: Measurement = {
      virtualSeconds: (untilUs - fromUs) / 1_000_000,
      samples: samples - before.samples,
      batches: batches - before.batches,
      used: named(COUNTERS, counters, before.counters),
      parts: partFigures.map((figures, part) => named(PART_FIGURES, figures, before.parts[part])),
      partsBefore: before.parts.map((figures) => named(PART_FIGURES, figures, NOUGHT)),
      liveSlots: host.counter(COUNTERS.indexOf("slotsInUse")),
      liveChunkBytes: host.counter(COUNTERS.indexOf("chunkBytesInUse")),
      stackPeak,
    };
    host.print(`measurement ${JSON.stringify(measurement)}`);
  }
}

/** Units of one pass: `what` 0 an empty loop, 1 a plain call in it, 2 the same call through a probe. */
function unitsOf(what: number): { readonly outside: number; readonly inside: number } {
  const before = readParts(2);
  host.call(Tell.calibrate, what, CALIBRATION_PASSES);
  const after = readParts(2);
  return {
    // A pass costs whole units; the rest is the call that made them all.
    outside: Math.round((after[0][0] - before[0][0]) / CALIBRATION_PASSES),
    inside: Math.round((after[1][0] - before[1][0]) / CALIBRATION_PASSES),
  };
}

/** What a probe adds to the part that is entered, and to the one that it is entered from. */
function calibrate(): void {
  const empty = unitsOf(0);
  const plain = unitsOf(1);
  const probed = unitsOf(2);
  const calibration: Calibration = {
    inside: probed.inside - (plain.outside - empty.outside),
    outside: probed.outside - empty.outside,
  };
  host.print(`calibration ${JSON.stringify(calibration)}`);
}

const head = new Uint8Array(6);

function simulate(): void {
  const input = decodeCbor(new Uint8Array(host.input())) as unknown as MeasuringInput;
  const ballast: object[] = [];
  for (let i = 0; i < input.ballast; i++) ballast.push({ i });
  if (input.parts > 0) calibrate();
  if (input.trace) host.trace(TracePhase.start);
  let meter: Meter | undefined;
  const summary = runSimulation(input.simulation, {
    crypto: { sha256 },
    ...(signerOf === undefined ? {} : { signerOf }),
    drivers,
    emulators,
    features,
    openGateway: (options) => {
      const gateway = new RemoteGateway(options);
      meter = new Meter(input, gateway);
      return gateway;
    },
    onPublish: (topic, payload) => {
      const name = utf8Bytes(topic);
      const view = new DataView(head.buffer);
      view.setUint16(0, name.length);
      view.setUint32(2, payload.length);
      host.write(head.subarray(0, 2));
      host.write(name);
      host.write(head.subarray(2, 6));
      host.write(payload);
    },
    say: (text) => host.print(`say ${text}`),
    onProgress: (nowUs, durationUs) => {
      meter?.at(nowUs);
      host.print(`progress ${nowUs} ${durationUs}`);
    },
  });
  host.print(`summary ${JSON.stringify(summary)}`);
}

simulate();
