/** From a file to a plan, or to what is wrong with it. The one door into this room. */
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import type { Plan } from "../firmware/plan";
import type { BusLoad } from "./bus-load";
import { compileSite } from "./compile";
import type { Diagnostic } from "./diagnostic";
import { loadDriverPages } from "./driver-pages";
import { type CompiledScenario, compileScenario } from "./scenario";
import { publishedSchema, type Site } from "./schema/site";
import { readSource } from "./source";
import { checkFlashBatches } from "./store";
import { checkSite } from "./validate";

export { type BusLoad, duration, percent } from "./bus-load";
export type { Diagnostic } from "./diagnostic";
export { formatDiagnostics } from "./diagnostic";

export type LoadedSite = {
  readonly ok: true;
  readonly site: Site;
  readonly plan: Plan;
  /** How busy the buses are that devices share. */
  readonly loads: readonly BusLoad[];
  /** Absolute path of the scenario that the site names. */
  readonly scenarioFile?: string;
};

export type SiteResult = LoadedSite | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

export async function loadSite(file: string): Promise<SiteResult> {
  const parsed = readSource(file);
  if (!parsed.ok) return parsed;
  const checked = checkSite(parsed.source, await loadDriverPages());
  if (!checked.ok) return checked;
  const { site, loads } = checked.checked;
  const plan = compileSite(checked.checked);
  const problems = checkFlashBatches(parsed.source, plan);
  if (problems.length > 0) return { ok: false, diagnostics: problems };
  if (site.simulate === undefined) return { ok: true, site, plan, loads };
  const name = site.simulate.scenario;
  const path = isAbsolute(name) ? name : join(dirname(file), name);
  const scenario = await loadScenario(path, { plan });
  if (scenario.ok) return { ok: true, site, plan, loads, scenarioFile: resolve(path) };
  const [{ line, message, suggestion }] = scenario.diagnostics;
  if (line > 0) return scenario;
  // A file that cannot be read is a mistake of the one that names it.
  const meant = suggestion === undefined ? {} : { suggestion: relative(dirname(file), suggestion) };
  const problem = parsed.source.problem(["simulate", "scenario"], `scenario ${name}: ${message}`, meant);
  return { ok: false, diagnostics: [problem] };
}

export async function loadScenario(file: string, site: { readonly plan: Plan }): Promise<CompiledScenario> {
  const parsed = readSource(file);
  return parsed.ok ? compileScenario(parsed.source, site.plan) : parsed;
}

/** The JSON Schema of site manifests, for editors. */
export async function siteJsonSchema(): Promise<unknown> {
  return publishedSchema(await loadDriverPages());
}
