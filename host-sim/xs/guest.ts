/**
 * The program that runs inside XS: the same simulation as in V8, with the host's few functions as its platform. The
 * bundler supplies `argand:registry`, which links the drivers.
 */

import { drivers, emulators, features } from "argand:registry";
import { signerOf } from "argand:signer";
import { sha256 } from "@noble/hashes/sha2.js";
import { utf8Bytes } from "../../firmware/uplink/utf8";
import { runSimulation } from "../world/simulation";

/** What host/ gives to the guest. */
declare const host: {
  input(): ArrayBuffer;
  write(bytes: ArrayBuffer | ArrayBufferView): void;
  print(text: string): void;
};

const head = new Uint8Array(6);

/** A mistake in the input is told as such; whatever else is thrown is a defect and ends the program. */
function tellFault(error: unknown): void {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (code !== "scenario" && code !== "replay") throw error;
  host.print(`fault ${code} ${String(message)}`);
}

function simulate(): void {
  const summary = runSimulation(new Uint8Array(host.input()), {
    crypto: { sha256 },
    ...(signerOf === undefined ? {} : { signerOf }),
    drivers,
    emulators,
    features,
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
    onProgress: (nowUs, durationUs) => host.print(`progress ${nowUs} ${durationUs}`),
  });

  host.print(`summary ${JSON.stringify(summary)}`);
}

try {
  simulate();
} catch (error) {
  tellFault(error);
}
