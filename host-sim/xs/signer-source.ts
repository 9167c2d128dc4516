/**
 * Source of a module that exports `signerOf(seed)`: the simulated gateway's key, where the site signs. Its arithmetic is long to
 * load, so that a site which does not sign gets none.
 */
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { FeatureName } from "../../firmware/features/feature";

const SIMULATED_KEY: string = fileURLToPath(new URL("../simulated-key.ts", import.meta.url));

export async function signerSource(features: readonly FeatureName[]): Promise<string> {
  if (!features.includes("signing")) return "export const signerOf = undefined;";
  const { outputFiles } = await build({
    stdin: {
      contents: `export { simulatedSigner as signerOf } from ${JSON.stringify(SIMULATED_KEY)};`,
      resolveDir: fileURLToPath(new URL(".", import.meta.url)),
      loader: "ts",
    },
    bundle: true,
    write: false,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    // XS 13 breaks on a class with fields whose static initialiser constructs it: the library has such. So it gets no fields.
    target: "es2021",
    logLevel: "silent",
  });
  return outputFiles[0].text;
}
