/** The targets of `argand build`. */

export type Target = {
  /** Platform as mcconfig names it. */
  readonly platform: string;
  /** Module of hal/esp32 that makes the platform's provider. */
  readonly provider: "platform-esp32" | "platform-lin";
  /** Where mcconfig puts what it makes, below `bin/` and `tmp/` of the output folder. */
  readonly output: string;
  /** Folder of ESP-IDF's project that the SDK generates; absent where ESP-IDF has no part in it. */
  readonly idfProject?: string;
  readonly about: string;
};

export const TARGETS: { readonly [name: string]: Target } = {
  lin: { platform: "lin", provider: "platform-lin", output: "lin/mc", about: "Linux, under the SDK's host" },
  esp32: {
    platform: "esp32",
    provider: "platform-esp32",
    output: "esp32",
    idfProject: "xsProj-esp32",
    about: "ESP32 boards (ESP32-DevKitC, NodeMCU-32S)",
  },
  "esp32-s3": {
    platform: "esp32/esp32s3",
    provider: "platform-esp32",
    output: "esp32/esp32s3",
    idfProject: "xsProj-esp32s3",
    about: "ESP32-S3-DevKitC",
  },
};
