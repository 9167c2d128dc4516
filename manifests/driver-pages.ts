/** Finds the pages of all drivers by convention: `drivers/<name>/schema.ts`. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { DriverSchema, SchemaContext } from "../drivers/schema";
import { busOptions } from "./bus-options";
import type { CheckedBus } from "./buses";

const DRIVERS = fileURLToPath(new URL("../drivers/", import.meta.url));
const MANIFESTS = fileURLToPath(new URL("./", import.meta.url));

export type DriverPages = ReadonlyMap<string, DriverSchema>;

export async function loadDriverPages(): Promise<DriverPages> {
  const names = readdirSync(DRIVERS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(`${DRIVERS}${entry.name}/schema.ts`))
    .map((entry) => entry.name)
    .sort();
  const pages = new Map<string, DriverSchema>();
  for (const name of names) {
    const module = (await import(`../drivers/${name}/schema.ts`)) as { schema: DriverSchema };
    pages.set(name, module.schema);
  }
  return pages;
}

/** What a driver's page is told about the site around it. */
export function schemaContextOn(bus: CheckedBus | undefined, channels?: SchemaContext["channels"]): SchemaContext {
  return {
    ...schemaContext,
    ...(bus === undefined ? {} : { bus: { kind: bus.kind, options: busOptions(bus) } }),
    ...(channels === undefined ? {} : { channels }),
  };
}

/** Data files below `manifests/`, such as panel profiles. */
export const schemaContext: SchemaContext = {
  dataFile(path) {
    const file = `${MANIFESTS}${path}`;
    return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as unknown) : undefined;
  },
  dataNames(folder) {
    if (!existsSync(`${MANIFESTS}${folder}`)) return [];
    return readdirSync(`${MANIFESTS}${folder}`)
      .filter((name) => name.endsWith(".json"))
      .map((name) => name.slice(0, -".json".length))
      .sort();
  },
};
