/**
 * How much of a board's memory the uplink holds: MQTT client, outbox, store in flash. Alive in the gateway's own XS machine after
 * batches, alarms and an outage, less what was alive before it was made. `npx tsx bench/uplink-arena.ts`; TLS is not in it, nor
 * the socket's own buffers.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildXs, xsAvailability } from "../host-sim/xs/build";
import { bundleForXs } from "../host-sim/xs/bundle";
import { runXs } from "../host-sim/xs/run";
import { es256Source } from "../host-sim/xs/signer-source";

const GOAL_BYTES = 24 * 1024;

async function main(): Promise<void> {
  const availability = xsAvailability();
  if (!availability.ok) {
    process.stdout.write(`skipped: ${availability.reason}\n`);
    return;
  }
  const host = await buildXs({});
  const folder = mkdtempSync(join(tmpdir(), "argand-arena-"));
  try {
    const bundle = async (name: string) => {
      const outfile = join(folder, `${name}.js`);
      await bundleForXs({
        entry: fileURLToPath(new URL(`./uplink-arena-${name}.ts`, import.meta.url)),
        outfile,
        virtual: { "argand:es256": es256Source([], "..") },
      });
      return outfile;
    };
    const [gateway, world] = [await bundle("gateway"), await bundle("world")];
    const memory = { chunkBytes: 16_000_000, heapSlots: 500_000, stackSlots: 8192, fixed: true };
    await runXs({
      ...{ host, gateway, bundle: world, memory },
      onPrint: (line) => {
        if (!line.startsWith("{")) return;
        const { slots, chunkBytes, bytes, steady } = JSON.parse(line) as Record<string, number> & {
          steady: { slots: number; chunkBytes: number };
        };
        process.stdout.write(
          `the uplink holds ${slots} slots and ${chunkBytes} bytes of chunks: ${bytes} bytes with ${host.bits} bits ` +
            `(goal ${GOAL_BYTES}); a batch then costs ${steady.slots} slots and ${steady.chunkBytes} bytes of garbage\n`,
        );
      },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
