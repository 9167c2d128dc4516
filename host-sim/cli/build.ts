/** `argand build SITE --target T`: firmware for one site, by the Moddable SDK. */
import { rmSync } from "node:fs";
import { resolve } from "node:path";
import { Command } from "commander";
import type { Plan } from "../../firmware/plan";
import { formatDiagnostics, loadSite } from "../../manifests/load";
import { type BuildFolder, writeBuildFolder } from "../build/folder";
import {
  findSdk,
  measure,
  programFolder,
  runJavaScriptBuild,
  runWholeBuild,
  type SdkRun,
  type Sizes,
  temporaryFolder,
} from "../build/sdk";
import { TARGETS, type Target } from "../build/targets";
import { wrongInput } from "./exit";
import { readPrivateKey, secretBytes } from "./key-file";
import { dim, Progress, printJson, say, useColour } from "./terminal";

const DEFAULT_SITE = "manifests/examples/first-light.yaml";

type BuildOptions = {
  readonly target: string;
  readonly out?: string;
  readonly config: readonly string[];
  readonly key?: string;
  readonly json?: boolean;
};

export function buildCommand(): Command {
  const targets = Object.entries(TARGETS).map(([name, { about }]) => `  ${name.padEnd(10)} ${about}`);
  return new Command("build")
    .description("Build the firmware of a site with the Moddable SDK ($MODDABLE).")
    .argument("[site]", "site manifest, YAML or JSON", DEFAULT_SITE)
    .requiredOption("--target <target>", `one of ${Object.keys(TARGETS).join(", ")}`)
    .option("--out <dir>", "output folder (default: out/build/<gateway>-<target>)")
    .option("--config <key=value...>", "for the device's configuration, e.g. ssid=... password=...", [])
    .option("--key <file>", "private key that the image brings (argand key new); it lies there in clear text")
    .option("--json", "one JSON object on stdout")
    .addHelpText(
      "after",
      `
Targets:
${targets.join("\n")}

Without ESP-IDF ($IDF_PATH) an ESP32 target is built up to the C source that holds its JavaScript.

Example:
  MODDABLE=~/moddable argand build manifests/examples/first-light.yaml --target esp32-s3`,
    )
    .action(runBuild);
}

async function runBuild(path: string, options: BuildOptions): Promise<void> {
  const target = targetNamed(options.target);
  const site = await loadSite(path);
  if (!site.ok) throw wrongInput(formatDiagnostics(site.diagnostics, { colour: useColour }));
  const config = [...options.config, ...signingConfig(options.key, site.plan)];
  const sdk = findSdk();

  const out = resolve(options.out ?? `out/build/${site.plan.gateway.id}-${options.target}`);
  const folder = await writeBuildFolder(site.plan, target, out);
  say(`${path}: ${folder.modules.length} modules, ${folder.planBytes} bytes of plan; Moddable SDK ${sdk.version}`);

  const progress = new Progress();
  const onLine = (line: string) => progress.show(dim(line));
  const run: SdkRun = { sdk, target, folder: folder.path, out, config, onLine };
  const native = target.idfProject === undefined || (process.env["IDF_PATH"] ?? "") !== "";
  // A link that fails half-way must not leave an older program to be measured.
  rmSync(`${temporaryFolder(out, target)}/mc.xs.c`, { force: true });
  try {
    await (native ? runWholeBuild(run) : runJavaScriptBuild(run));
  } finally {
    progress.clear();
  }
  report(options, target, folder, sdk.version, out, native);
}

/** The device signs with the key in its storage; where it has none, with the image's. */
function signingConfig(file: string | undefined, plan: Plan): string[] {
  if (file === undefined) {
    if (plan.uplink.sign !== undefined)
      say("the site signs: this image brings no key, so the device must have one in its storage (argand key --help)");
    return [];
  }
  if (plan.uplink.sign === undefined) throw wrongInput("--key: the site does not sign (uplink: { sign: es256 })");
  return [`signingKey=${secretBytes(readPrivateKey(file)).toString("hex")}`];
}

function targetNamed(name: string): Target {
  const target = Object.hasOwn(TARGETS, name) ? TARGETS[name] : undefined;
  if (target === undefined)
    throw wrongInput(`There is no target "${name}". The targets are ${Object.keys(TARGETS).join(", ")}.`);
  return target;
}

function report(
  options: BuildOptions,
  target: Target,
  folder: BuildFolder,
  sdkVersion: string,
  out: string,
  native: boolean,
): void {
  const sizes: Sizes = measure(out, target);
  const product = native ? programFolder(out, target) : `${temporaryFolder(out, target)}/mc.xs.c`;
  if (options.json === true) {
    const { modules, drivers, planBytes } = folder;
    printJson({ target: options.target, sdk: sdkVersion, native, product, drivers, modules, planBytes, ...sizes });
    return;
  }
  say(`preloaded: ${sizes.romSlots} slots in ROM`);
  say(`byte code: ${sizes.byteCodeBytes} bytes in ${sizes.byteCodeFiles} modules, the SDK's included`);
  say(`${native ? "built" : "linked"}: ${product}`);
  if (!native)
    say(
      "Only the JavaScript part was built. The image for the board needs ESP-IDF v6: install it, set IDF_PATH, and run\n" +
        "this again. https://www.moddable.com/documentation/devices/esp32",
    );
}
