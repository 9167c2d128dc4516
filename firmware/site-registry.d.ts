/** Written by `argand build` for one site: the drivers that it names, the features that it wants. The rest of `site/*` is declared in hal/esp32/sdk.d.ts. */
declare module "site/registry" {
  export const drivers: import("../drivers/contract").DriverRegistry;
  export const features: import("./features/feature").Features;
}
