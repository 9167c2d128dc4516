/** What the numbers of GB/T 26875.3-2011 are called: `tables-2011.json`, with a source for each fact. Host only. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export type AnalogKind = { readonly name: string; readonly unit: string; readonly step: number };

export type Tables = {
  readonly id: string;
  readonly commands: { readonly [code: string]: string };
  readonly types: { readonly [code: string]: string };
  readonly systems: { readonly [code: string]: string };
  readonly components: { readonly [code: string]: string };
  /** By bit. */
  readonly systemState: readonly string[];
  readonly componentState: readonly string[];
  readonly transmitterState: readonly string[];
  readonly systemOperation: readonly string[];
  readonly transmitterOperation: readonly string[];
  readonly analogs: { readonly [code: string]: AnalogKind };
  /** What a condition of a source becomes (`drivers/panel-points`); empty where it only clears the bit of normal run. */
  readonly conditionStates: { readonly [condition: string]: string };
  readonly facts: readonly { readonly fact: string; readonly source: string; readonly confidence: string }[];
};

export const TABLES = JSON.parse(
  readFileSync(fileURLToPath(new URL("./tables-2011.json", import.meta.url)), "utf8"),
) as Tables;

export const ANALOG_NAMES: { readonly [code: string]: string } = Object.fromEntries(
  Object.entries(TABLES.analogs).map(([code, { name }]) => [code, name]),
);

/** `undefined` where no code has that name. */
export function codeOf(names: { readonly [code: string]: string }, name: string): number | undefined {
  const found = Object.entries(names).find(([, other]) => other === name);
  return found === undefined ? undefined : Number(found[0]);
}
