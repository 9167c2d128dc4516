import { defineConfig, type Plugin } from "vitest/config";

/** `hal/esp32` names modules of the Moddable SDK, which its tests replace (`vi.mock`). They need a place to stand in. */
const SDK_MODULES = ["time", "timer", "crypt", "preference", "mc/config", "vlc-emitter"];

const sdkModules: Plugin = {
  name: "modules of the Moddable SDK",
  enforce: "pre",
  resolveId: (id) => (id.startsWith("embedded:") || SDK_MODULES.includes(id) ? `\0sdk/${id}` : undefined),
  load: (id) => (id.startsWith("\0sdk/") ? "export default undefined; export const Digest = undefined;" : undefined),
};

export default defineConfig({
  plugins: [sdkModules],
  test: {
    globalSetup: "test/global-setup.ts",
    include: ["{firmware,hal,drivers,host-sim,manifests,test,bench}/**/*.test.ts"],
    // Two cores and real engines behind some tests: a slow machine must not fail a correct program.
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
