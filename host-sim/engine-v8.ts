/** A virtual run in V8: the portable modules as they stand, in this process. */
import { nodeCrypto } from "../hal/node/crypto";
import { driverNames, importDrivers, importEmulators, importFeatures } from "./registry";
import { simulatedSigner } from "./simulated-key";
import { encodeMessage } from "./uplink-file";
import { runSimulation, type SimulationSummary } from "./world/simulation";

export type EngineRun = {
  readonly summary: SimulationSummary;
  /** Contents of `uplink.bin`, in pieces. */
  readonly uplink: readonly Uint8Array[];
};

export type EngineOptions = {
  /** Deterministic CBOR of a `SimulationInput`. */
  readonly input: Uint8Array;
  readonly say: (text: string) => void;
  readonly onProgress: (nowUs: number, durationUs: number) => void;
};

export async function runInV8(options: EngineOptions): Promise<EngineRun> {
  const names = driverNames();
  const drivers = await importDrivers(names);
  const emulators = await importEmulators(names);
  const uplink: Uint8Array[] = [];
  const summary = runSimulation(options.input, {
    crypto: nodeCrypto,
    signerOf: simulatedSigner,
    drivers,
    emulators,
    features: await importFeatures(),
    onPublish: (topic, payload) => uplink.push(encodeMessage(topic, payload)),
    say: options.say,
    onProgress: options.onProgress,
  });
  return { summary, uplink };
}
