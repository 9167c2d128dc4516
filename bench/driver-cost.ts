/**
 * What each sampled driver costs in XS: a site with one device, its gateway in an XS machine of its own, beside the same gateway
 * without it. Exact, and the same on every machine with a 32-bit XS.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Conformance, SensorConformance } from "../drivers/conformance";
import { ConformanceBench } from "../drivers/conformance-bench.test-suite";
import type { DevicePlan } from "../drivers/plan";
import type { DriverSchema } from "../drivers/schema";
import { PLAN_VERSION, type Plan } from "../firmware/plan";
import { type CborValue, encodeDeterministic } from "../firmware/uplink/cbor/encode";
import { AMPLE, partFigures } from "../host-sim/budget/measure";
import { Part, partNames } from "../host-sim/budget/parts";
import { probedProgram } from "../host-sim/budget/probed-program";
import { DRIVERS_FOLDER, driverNames, importDrivers, importEmulators } from "../host-sim/registry";
import { bundleGateway, bundlePlanless, bundleWorld } from "../host-sim/xs/bridge/programs";
import { type BridgedRun, runBridged } from "../host-sim/xs/bridge/run-bridged";
import { buildXs, type XsHost } from "../host-sim/xs/build";
import { measureXs } from "../host-sim/xs/run";

export type DriverCost = {
  readonly driver: string;
  /** The configuration that was measured, the first of its conformance facts. */
  readonly page: string;
  readonly bus: string;
  readonly channels: number;
  /** XS units of the driver in one acquisition, its share of the bus model not counted. */
  readonly units: number;
  /** Slots and bytes that the driver allocates in one acquisition. */
  readonly slotsPerReading: number;
  readonly bytesPerReading: number;
  /** What stays: the device with its driver and its channels, queues included. */
  readonly heldSlots: number;
  readonly heldBytes: number;
  /** Byte code and symbols of the driver, with what it shares with others. */
  readonly codeBytes: number;
  /** The wires are taken for so long by one acquisition; 0 on a pin of its own. */
  readonly busUs: number;
};

const WARM_UP_US = 40_000_000;
const MEASURE_US = 40_000_000;
/** The last second that is measured must be over before sampling ends. */
const TAIL_US = 1_000_000;

/** The drivers that are sampled sensors, with the device that stands for each. */
export async function sampledDrivers(): Promise<{ readonly name: string; readonly facts: SensorConformance }[]> {
  const found: { name: string; facts: SensorConformance }[] = [];
  for (const name of driverNames()) {
    const file = `${DRIVERS_FOLDER}${name}/conformance.ts`;
    const { conformance } = (await import(file)) as { conformance: Conformance };
    if (conformance.kind === "sensor") found.push({ name, facts: conformance });
  }
  return found;
}

/** @param only measures these alone */
export async function measureDrivers(
  only?: readonly string[],
  progress = (_text: string) => {},
): Promise<DriverCost[]> {
  const host = await buildXs({ onProgress: progress });
  const folder = mkdtempSync(join(tmpdir(), "argand-drivers-"));
  try {
    const bench = new DriverBench(host, folder);
    const costs: DriverCost[] = [];
    await bench.prepare();
    for (const { name, facts } of await sampledDrivers()) {
      if (only !== undefined && !only.includes(name)) continue;
      progress(name);
      costs.push(await bench.measure(name, facts));
    }
    return costs;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

class DriverBench {
  readonly #host: XsHost;
  readonly #folder: string;
  #bare = { codeBytes: 0, slots: 0, bytes: 0 };

  constructor(host: XsHost, folder: string) {
    this.#host = host;
    this.#folder = folder;
  }

  async prepare(): Promise<void> {
    await bundleWorld(siteOf([]), this.#path("world"));
    const run = await this.#run(siteOf([]), "bare", {});
    const { liveSlots, liveChunkBytes } = run.measurement!;
    this.#bare = { codeBytes: await this.#code([]), slots: liveSlots, bytes: liveChunkBytes };
  }

  async measure(name: string, facts: SensorConformance): Promise<DriverCost> {
    const [drivers, emulators] = await Promise.all([importDrivers([name]), importEmulators([name])]);
    const { schema } = (await import(`${DRIVERS_FOLDER}${name}/schema.ts`)) as { schema: DriverSchema };
    const page = facts.pages[0];
    const at = new ConformanceBench({ driver: drivers[name], emulator: emulators[name], schema, facts }, page);
    const { plan } = at.device;
    const site = siteOf([plan]);
    const [plain, probed, codeBytes] = await Promise.all([
      this.#run(site, `plain-${name}`, {}),
      this.#run(site, `probed-${name}`, probedProgram(), partNames([name]).length),
      this.#code([name]),
    ]);
    const figures = partFigures(partNames([name]), probed)[Part.firstDriver];
    const perReading = plan.everyMs / 1000;
    const { liveSlots, liveChunkBytes } = plain.measurement!;
    return {
      driver: name,
      page: page.name,
      bus: at.kind,
      channels: plan.channels.length,
      units: figures.unitsPerSecond * perReading,
      slotsPerReading: figures.slotsPerSecond * perReading,
      bytesPerReading: figures.chunkBytesPerSecond * perReading,
      heldSlots: liveSlots - this.#bare.slots,
      heldBytes: liveChunkBytes - this.#bare.bytes,
      codeBytes: codeBytes - this.#bare.codeBytes,
      busUs: (at.busUse ?? []).reduce((sum, { busyUs }) => sum + busyUs, 0),
    };
  }

  #path(name: string): string {
    return join(this.#folder, `${name}.js`);
  }

  async #run(plan: Plan, name: string, program: Parameters<typeof bundleGateway>[2], parts = 0): Promise<BridgedRun> {
    await bundleGateway(plan, this.#path(name), program);
    const simulation = encodeDeterministic({
      plan: encodeDeterministic(plan as unknown as CborValue),
      scenario: null,
      seed: 1,
      durationUs: WARM_UP_US + MEASURE_US + TAIL_US,
      replay: null,
    });
    const untilUs = WARM_UP_US + MEASURE_US;
    return runBridged({
      host: this.#host,
      gateway: this.#path(name),
      world: this.#path("world"),
      folder: this.#folder,
      memory: AMPLE,
      input: { simulation, fromUs: WARM_UP_US, untilUs, parts, trace: false, ballast: 0 },
    });
  }

  /** The gateway's program without a plan. */
  async #code(names: readonly string[]): Promise<number> {
    const outfile = this.#path(`code-${names.join("-")}`);
    await bundlePlanless(names, outfile);
    const { codeBytes, symbolBytes } = await measureXs(this.#host, outfile);
    return codeBytes + symbolBytes;
  }
}

function siteOf(devices: readonly DevicePlan[]): Plan {
  return {
    version: PLAN_VERSION,
    gateway: { id: "gw-01", site: "bench", board: "esp32-s3", trace: {} },
    devices,
    uplink: {
      host: "192.0.2.1",
      port: 1883,
      tls: false,
      client: "gw-01",
      keepAliveMs: 30_000,
      batch: { everyMs: 10_000, max: 64 },
      store: { alarmBytes: 4096, telemetryBytes: 8192 },
    },
    policy: {},
  };
}

/** Marks in `drivers/README.md` between which the table stands. */
export const TABLE_BEGIN = "<!-- driver cost: written by npx tsx bench/drivers.ts -->";
export const TABLE_END = "<!-- end of driver cost -->";

const COLUMNS = [
  "driver",
  "measured",
  "channels",
  "units a reading",
  "held slots",
  "held bytes",
  "byte code",
  "bus time",
] as const;

/** The table as it stands in the README. */
export function costTable(costs: readonly DriverCost[]): string {
  const rows = costs.map((cost) => [
    `[\`${cost.driver}\`](${cost.driver}/README.md)`,
    `${cost.page}, ${cost.bus}`,
    String(cost.channels),
    count(cost.units),
    count(cost.heldSlots),
    count(cost.heldBytes),
    count(cost.codeBytes),
    cost.busUs === 0 ? "-" : `${count(cost.busUs)} us`,
  ]);
  const lines = [COLUMNS, COLUMNS.map((_, i) => (i < 2 ? "---" : "---:")), ...rows];
  return lines.map((row) => `| ${row.join(" | ")} |`).join("\n");
}

export function count(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** The rows of a table by driver, cells as they stand there. */
export function readTable(readme: string): Map<string, readonly string[]> {
  const begin = readme.indexOf(TABLE_BEGIN);
  const end = readme.indexOf(TABLE_END);
  if (begin < 0 || end < begin) throw new Error(`drivers/README.md has no place for the table: ${TABLE_BEGIN}`);
  const rows = readme
    .slice(begin + TABLE_BEGIN.length, end)
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .slice(2)
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  return new Map(rows.map((row) => [row[0].replace(/^\[`(.*)`\].*$/, "$1"), row]));
}

export function withTable(readme: string, table: string): string {
  readTable(readme);
  const begin = readme.indexOf(TABLE_BEGIN) + TABLE_BEGIN.length;
  return `${readme.slice(0, begin)}\n\n${table}\n\n${readme.slice(readme.indexOf(TABLE_END))}`;
}
