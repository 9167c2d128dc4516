/** Sources of modules that bring a key into XS where the site signs: its arithmetic takes room, so that another site gets none. */
import type { FeatureName } from "../../firmware/features/feature";

/** Exports `signerOf(seed)`: the simulated gateway's key. @param root specifier of host-sim/ as the entry sees it */
export function signerSource(features: readonly FeatureName[], root: string): string {
  if (!features.includes("signing")) return "export const signerOf = undefined;";
  return `export { simulatedSigner as signerOf } from "${root}/simulated-key";`;
}

/** Exports `Es256Signer`, which signs on a board. @param root specifier of the repository as the entry sees it */
export function es256Source(features: readonly FeatureName[], root: string): string {
  if (!features.includes("signing")) return "export const Es256Signer = undefined;";
  return `export { Es256Signer } from "${root}/hal/es256";`;
}
