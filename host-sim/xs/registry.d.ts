/** The module that the bundler writes (`registrySource` in host-sim/registry.ts). */
declare module "argand:registry" {
  export const drivers: import("../../drivers/contract").DriverRegistry;
  export const emulators: import("../../drivers/emulation").EmulatorRegistry;
  export const features: import("../../firmware/features/feature").Features;
}

/** Written by `signerSource` there. */
declare module "argand:signer" {
  export const signerOf: ((seed: number) => import("../../hal/crypto").Signer) | undefined;
}

/** Written by `es256Source` there. */
declare module "argand:es256" {
  export const Es256Signer: typeof import("../../hal/es256").Es256Signer | undefined;
}
