import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { TSchema } from "typebox";
import { Errors } from "typebox/value";
import { describe, expect, it } from "vitest";
import { loadDriverPages } from "../driver-pages";
import { siteJsonSchema } from "../load";
import { readSource } from "../source";

const SCHEMA = fileURLToPath(new URL("./site.schema.json", import.meta.url));
const FIRST_LIGHT = fileURLToPath(new URL("../examples/first-light.yaml", import.meta.url));

describe("the published schema", () => {
  it("is what the schemas say today; if not: npx argand schema > manifests/schema/site.schema.json", async () => {
    expect(JSON.parse(readFileSync(SCHEMA, "utf8"))).toEqual(JSON.parse(JSON.stringify(await siteJsonSchema())));
  });

  it("has a page for each driver, chosen by its name, and a description of every key of it", async () => {
    const schema = JSON.parse(readFileSync(SCHEMA, "utf8")) as Node;
    const pages = schema.properties!["devices"].additionalProperties!.oneOf!;
    expect(pages.map((page) => page.properties!["driver"].const)).toEqual([...(await loadDriverPages()).keys()]);
    for (const page of pages)
      for (const [key, node] of Object.entries(page.properties!)) expect(node.description, key).toMatch(/.\.?$/);
  });

  it("takes first-light, and not what an editor should underline", () => {
    const schema = JSON.parse(readFileSync(SCHEMA, "utf8")) as TSchema;
    const source = readSource(FIRST_LIGHT);
    if (!source.ok) throw new Error(source.diagnostics[0].message);
    const site = source.source.value as { devices: object; buses: object };
    expect(Errors(schema, site)).toEqual([]);
    const hung = (page: object) => ({ ...site, devices: { twin: { driver: "sht3x", bus: "i2c0", ...page } } });
    expect(Errors(schema, hung({ address: 0x45 }))).toEqual([]);
    for (const wrong of [
      hung({ adress: 0x45 }),
      hung({ driver: "sht3" }),
      hung({ every: "1 sec" }),
      { ...site, devices: { "no/topic": { driver: "sht3x", bus: "i2c0" } } },
      { ...site, buses: { i2c0: { kind: "i2c", data: 8 } } },
      { ...site, uplnk: {} },
    ])
      expect(Errors(schema, wrong), JSON.stringify(wrong)).not.toEqual([]);
  });
});

type Node = {
  readonly const?: unknown;
  readonly description?: string;
  readonly properties?: { readonly [key: string]: Node };
  readonly additionalProperties?: Node;
  readonly oneOf?: readonly Node[];
};
