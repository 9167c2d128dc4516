/** `argand validate SITE`: everything that is wrong with a site, with place and remedy. */
import { Command } from "commander";
import { type BusLoad, duration, formatDiagnostics, loadSite, percent } from "../../manifests/load";
import { ExitCode } from "./exit";
import { printJson, say, useColour } from "./terminal";

export function validateCommand(): Command {
  return new Command("validate")
    .description("Check a site manifest and, where it names one, its scenario.")
    .argument("<site>", "site manifest, YAML or JSON")
    .option("--json", "one JSON object on stdout")
    .addHelpText("after", "\nExample:\n  argand validate manifests/examples/first-light.yaml")
    .action(async (path: string, options: { json?: boolean }, command: Command) => {
      const result = await loadSite(path);
      const diagnostics = result.ok ? [] : result.diagnostics;
      if (options.json === true) printJson({ ok: result.ok, diagnostics, buses: result.ok ? result.loads : [] });
      else if (!result.ok) say(formatDiagnostics(diagnostics, { colour: useColour }));
      else {
        say(`${path}: ${result.plan.devices.length} devices, nothing wrong`);
        for (const load of result.loads.filter(({ load }) => load > 0)) say(busLine(load));
      }
      command.setOptionValue("exitCode", result.ok ? ExitCode.done : ExitCode.wrongInput);
    });
}

/** One line for each bus that devices share. */
function busLine({ bus, kind, load, devices }: BusLoad): string {
  const longestUs = Math.max(...devices.flatMap(({ uses }) => uses.map(({ busyUs }) => busyUs)));
  const count = `${devices.length} ${devices.length === 1 ? "device" : "devices"}`;
  return `  bus ${bus} (${kind}): ${count}, busy ${percent(load)} of its time, longest turn ${duration(longestUs)}`;
}
