/** The module that the bundler writes (`gatewayProgram` in programs.ts): what firmware there is, and for which site. */
declare module "argand:firmware" {
  export const Gateway: typeof import("../../../firmware/gateway").Gateway;
  export const drivers: import("../../../drivers/contract").DriverRegistry;
  export const features: import("../../../firmware/features/feature").Features;
  /** Made when modules run: its bytes lie in ROM, as firmware/main.ts has them. */
  export const plan: Uint8Array;
  /** Only in a program with probes: walks `count` times through an empty one. */
  export function calibrate(what: number, count: number): void;
}
