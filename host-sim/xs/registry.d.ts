/** The module that the bundler writes (`registrySource` in host-sim/registry.ts). */
declare module "argand:registry" {
  export const drivers: import("../../drivers/contract").DriverRegistry;
  export const emulators: import("../../drivers/emulation").EmulatorRegistry;
}
